#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/model_config.h"

namespace assay::models {

/// Reads keys of one config.json with errors that name the file and the key. A key that is null counts as absent, as it
/// does in transformers. REQUIRES both arguments to outlive it.
class ConfigReader {
 public:
  /// @throws BadInput when `json` is not an object.
  ConfigReader(const Json& json, const std::string& where);

  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] bool is_null(const char* key) const;  ///< there, and null

  [[nodiscard]] std::int64_t count(const char* key) const;
  [[nodiscard]] std::int64_t count(const char* key, std::int64_t otherwise) const {
    return has(key) ? count(key) : otherwise;
  }
  [[nodiscard]] double number(const char* key, double otherwise) const;
  [[nodiscard]] bool flag(const char* key, bool otherwise) const;
  [[nodiscard]] std::string text(const char* key, const std::string& otherwise) const;
  /// Token ids are written as one number or as a list.
  [[nodiscard]] std::vector<std::int32_t> ids(const char* key) const;
  [[nodiscard]] std::vector<std::string> texts(const char* key) const;
  [[nodiscard]] const Json& at(const char* key) const { return json_.at(key); }
  [[nodiscard]] const std::string& where() const { return where_; }

  /// The function that transformers knows by this name (its ACT2FN).
  [[nodiscard]] Activation activation(const char* key, const std::string& otherwise) const;

 private:
  const Json& json_;
  const std::string& where_;
};

/// vocab_size, hidden_size, num_hidden_layers, num_attention_heads and what follows from them, by the names that all but
/// gpt2 use. `kv_heads` is what an absent num_key_value_heads means (0: as many as heads; null always means that),
/// `head_dim` what an absent head_dim means (0: hidden_size / num_attention_heads).
void read_sizes(const ConfigReader& reader, ModelConfig& config, std::int64_t max_positions, std::int64_t kv_heads = 0,
                std::int64_t head_dim = 0);

/// rope_theta and scaling, as transformers 4 (rope_theta, rope_scaling) or 5 (one dict, rope_parameters) writes them, and
/// the share of a head that turns, under its old name or as partial_rotary_factor.
void read_rope(const ConfigReader& reader, ModelConfig& config, const char* theta_key = "rope_theta",
               const char* share_key = "partial_rotary_factor", double share = 1.0);

}  // namespace assay::models
