#pragma once
#include <string_view>
#include <vector>

namespace bleu {

/// Whether `tokens_13a` may read the text as it stands: it is UTF-8, and mteval-v13a rewrites nothing of it (entities,
/// lines).
bool is_plain(std::string_view text);

/// The tokens of mteval-v13a, which are parts of `text`, added to `tokens`. REQUIRES a plain text.
void add_tokens_13a(std::string_view text, std::vector<std::string_view>& tokens);

/// What white space separates, as Python's str.split has it. REQUIRES UTF-8.
void add_words(std::string_view text, std::vector<std::string_view>& words);

}  // namespace bleu
