#include "text/normalize.h"

#include <algorithm>

#include "text/squad.h"

namespace metric_text {
namespace {

/// ASCII letters only: other scripts compare as written.
std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

std::string normalized(const std::string& text, const std::string& how) {
  if (how == "none") return text;
  if (how == "squad") return squad_normalized(text);
  return how == "lower" ? lower_ascii(trimmed(text)) : trimmed(text);
}

}  // namespace metric_text
