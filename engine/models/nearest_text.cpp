#include "models/nearest_text.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <utility>

namespace assay::models {
namespace {

constexpr std::size_t kBlock = 64;  // texts that share a document or a preamble are compared a block at a time

std::size_t equal_at_beginning(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t equal = 0;
  while (equal + kBlock <= most && std::memcmp(a.data() + equal, b.data() + equal, kBlock) == 0) equal += kBlock;
  while (equal < most && a[equal] == b[equal]) ++equal;
  return equal;
}

std::size_t equal_at_end(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  const char* const end_a = a.data() + a.size();
  const char* const end_b = b.data() + b.size();
  std::size_t equal = 0;
  while (equal + kBlock <= most && std::memcmp(end_a - equal - kBlock, end_b - equal - kBlock, kBlock) == 0)
    equal += kBlock;
  while (equal < most &&
         end_a[-1 - static_cast<std::ptrdiff_t>(equal)] == end_b[-1 - static_cast<std::ptrdiff_t>(equal)])
    ++equal;
  return equal;
}

/// The order of the texts read from their ends.
bool less_backwards(std::string_view a, std::string_view b) {
  const std::size_t equal = equal_at_end(a, b);
  if (equal == a.size() || equal == b.size()) return a.size() < b.size();
  return a[a.size() - 1 - equal] < b[b.size() - 1 - equal];
}

std::size_t common_bytes(std::string_view a, std::string_view b) {
  return std::min(equal_at_beginning(a, b) + equal_at_end(a, b), std::min(a.size(), b.size()));
}

}  // namespace

NearestText::NearestText(std::vector<std::string_view> texts) : texts_(std::move(texts)), forwards_(texts_.size()) {
  std::iota(forwards_.begin(), forwards_.end(), std::size_t{0});
  backwards_ = forwards_;
  std::stable_sort(forwards_.begin(), forwards_.end(),
                   [&](std::size_t a, std::size_t b) { return texts_[a] < texts_[b]; });
  std::stable_sort(backwards_.begin(), backwards_.end(),
                   [&](std::size_t a, std::size_t b) { return less_backwards(texts_[a], texts_[b]); });
}

std::size_t NearestText::find(std::string_view wanted) const {
  // In a sorted list the neighbours of a text's place share the longest beginning with it.
  const auto forwards = std::lower_bound(forwards_.begin(), forwards_.end(), wanted,
                                         [&](std::size_t one, std::string_view text) { return texts_[one] < text; });
  const auto backwards =
      std::lower_bound(backwards_.begin(), backwards_.end(), wanted,
                       [&](std::size_t one, std::string_view text) { return less_backwards(texts_[one], text); });
  std::vector<std::size_t> candidates;
  if (forwards != forwards_.end()) candidates.push_back(*forwards);
  if (forwards != forwards_.begin()) candidates.push_back(*std::prev(forwards));
  if (backwards != backwards_.end()) candidates.push_back(*backwards);
  if (backwards != backwards_.begin()) candidates.push_back(*std::prev(backwards));
  std::sort(candidates.begin(), candidates.end());
  return *std::max_element(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return common_bytes(wanted, texts_[a]) < common_bytes(wanted, texts_[b]);
  });
}

std::size_t common_beginning(std::string_view a, std::string_view b) {
  std::size_t common = equal_at_beginning(a, b);
  if (common == a.size() && common == b.size()) return common;
  const auto inside = [&](std::string_view text) {
    return common < text.size() && (static_cast<unsigned char>(text[common]) & 0xC0U) == 0x80U;
  };
  while (common > 0 && (inside(a) || inside(b))) --common;
  return common;
}

}  // namespace assay::models
