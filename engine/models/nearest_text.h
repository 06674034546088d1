#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace assay::models {

/// Finds, of many texts, one that shares most of its beginning and end with another. Texts are sorted once forwards and
/// once backwards, so that a question costs a few comparisons of whole texts however many there are. Views must outlive it.
class NearestText {
 public:
  explicit NearestText(std::vector<std::string_view> texts);

  /// Position of the text that, among those with the longest common beginning and those with the longest common end,
  /// shares most bytes with `wanted` at both; the first of equals. There must be a text.
  [[nodiscard]] std::size_t find(std::string_view wanted) const;

 private:
  std::vector<std::string_view> texts_;
  std::vector<std::size_t> forwards_, backwards_;
};

/// Bytes that two texts have in common at their beginnings; a character that differs is not counted in part.
std::size_t common_beginning(std::string_view a, std::string_view b);

}  // namespace assay::models
