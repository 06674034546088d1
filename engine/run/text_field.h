#pragma once
#include <string>
#include <utility>

#include "assay/sdk/json.h"

namespace assay::run {

/// Takes one field that is text from a JSON object, for nlohmann's SAX parser: the object itself is never built.
class TextField final : public nlohmann::json_sax<Json> {
 public:
  explicit TextField(std::string name) : name_(std::move(name)) {}

  /// Empty where the object does not have it.
  [[nodiscard]] const std::string& value() const { return value_; }

  bool key(string_t& key) override {
    wanted_ = depth_ == 1 && key == name_;
    return true;
  }
  bool string(string_t& text) override {
    if (wanted_) value_ = std::move(text);
    return other();
  }
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }
  bool number_unsigned(number_unsigned_t) override { return other(); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool other() {
    wanted_ = false;
    return true;
  }
  bool enter() {
    ++depth_;
    return other();
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::string name_, value_;
  int depth_ = 0;
  bool wanted_ = false;
};

}  // namespace assay::run
