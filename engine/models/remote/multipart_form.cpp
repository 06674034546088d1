#include <fmt/core.h>

#include "models/remote/http_client.h"

namespace assay::models::remote {
namespace {

// 30 letters that no text of a data set holds by accident; RFC 2046 wants no more of it.
constexpr const char* kBoundary = "assay-form-b4c1f09e7d5a4f6c8e21";

std::string quoted(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (c == '"' || c == '\r' || c == '\n') {
      text += fmt::format("%{:02X}",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));  // as browsers write it (WHATWG HTML)
    } else {
      text += c;
    }
  }
  return '"' + text + '"';
}

}  // namespace

void MultipartForm::field(const std::string& name, const std::string& value) {
  parts_ +=
      fmt::format("--{}\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n", kBoundary, quoted(name), value);
}

void MultipartForm::file(const std::string& name, const std::string& file_name, const std::string& content) {
  parts_ += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name={}; filename={}\r\nContent-Type: "
      "application/octet-stream\r\n\r\n{}\r\n",
      kBoundary, quoted(name), quoted(file_name), content);
}

std::string MultipartForm::content_type() const { return fmt::format("multipart/form-data; boundary={}", kBoundary); }

std::string MultipartForm::body() const { return parts_ + fmt::format("--{}--\r\n", kBoundary); }

}  // namespace assay::models::remote
