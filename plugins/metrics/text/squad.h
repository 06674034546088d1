#pragma once
#include <string>
#include <vector>

namespace metric_text {

/// SQuAD's normalize_answer (Rajpurkar et al. 2016, evaluate-v1.1.py): lower case, without ASCII's punctuation, without
/// the words a, an, the, split at white space.
std::vector<std::string> squad_tokens(const std::string& text);

/// The same, joined by single spaces.
std::string squad_normalized(const std::string& text);

}  // namespace metric_text
