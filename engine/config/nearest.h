#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::config {

/// Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment (Damerau 1964).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that was most likely meant, if one is near enough (a third of its letters).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

/// "; did you mean 'x'?" or "", then "; known: a, b, c" (for messages).
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace assay::config
