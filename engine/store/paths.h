#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::store {

/// Rewrites absolute paths in text for readers elsewhere: relative to the folder that holds the results or to the
/// working folder, the rest of the home folder as "~".
class ShortPaths {
 public:
  explicit ShortPaths(const std::filesystem::path& results);
  [[nodiscard]] std::string operator()(std::string text) const;
  [[nodiscard]] Json operator()(Json value) const;  ///< in every string

 private:
  std::vector<std::pair<std::string, std::string>> prefixes_;  ///< longest first
};

}  // namespace assay::store
