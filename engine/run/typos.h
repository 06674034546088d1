#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::run {

/// `text` with one slip of the keyboard in a share of its words: a letter struck beside (QWERTY), dropped, doubled, or
/// two neighbours swapped, the edits of Pruthi, Dhingra and Lipton (arXiv 1905.11268). Each word of two letters or more
/// has one with probability `share`, drawn by (seed, owner, word) alone, so that the typos of a smaller share are among
/// those of a larger one. Only letters are touched: a changed digit would change the question. Works on characters as
/// people see them; a slip that would merge with what stands beside it is left out. REQUIRES valid UTF-8.
std::string with_typos(std::string_view text, double share, std::uint64_t seed, std::string_view owner);

}  // namespace assay::run
