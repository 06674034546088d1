#include "store/paths.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace assay::store {

ShortPaths::ShortPaths(const std::filesystem::path& results) {
  const auto add = [&](const std::filesystem::path& folder, const std::string& instead) {
    std::string text = folder.lexically_normal().string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    if (text.size() > 1 && text.front() == '/') prefixes_.emplace_back(text + "/", instead);
  };
  add(std::filesystem::absolute(results).parent_path(), "");
  add(std::filesystem::current_path(), "");
  if (const char* home = std::getenv("HOME")) add(home, "~/");
  std::stable_sort(prefixes_.begin(), prefixes_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::string ShortPaths::operator()(std::string text) const {
  for (const auto& [prefix, instead] : prefixes_) {
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
      // Only where a path starts: "/home/ann/" is no prefix of "/mnt/home/ann/".
      const bool starts = at == 0 || (!std::isalnum(static_cast<unsigned char>(text[at - 1])) && text[at - 1] != '_' &&
                                      text[at - 1] != '.' && text[at - 1] != '-' && text[at - 1] != '~');
      if (!starts) {
        ++at;
        continue;
      }
      text.replace(at, prefix.size(), instead);
      at += instead.size();
    }
  }
  return text;
}

Json ShortPaths::operator()(Json value) const {
  if (value.is_string()) return (*this)(value.get<std::string>());
  if (value.is_structured())
    for (auto& child : value) child = (*this)(std::move(child));
  return value;
}

}  // namespace assay::store
