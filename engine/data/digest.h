#pragma once
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace assay::data {

/// SHA-256, fed piece by piece.
class Digest {
 public:
  Digest();
  void add(std::string_view bytes);
  /// Its length first, so that pieces cannot run into one another.
  void add_sized(std::string_view bytes);
  [[nodiscard]] std::string hex();  ///< ends it

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

}  // namespace assay::data
