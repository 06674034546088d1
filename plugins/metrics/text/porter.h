#pragma once
#include <string>
#include <string_view>

namespace metric_text {

/// The stem of a lower-case word by Porter's algorithm (Porter 1980, "An algorithm for suffix stripping") with the
/// extensions of NLTK's PorterStemmer, which rouge_score uses: a list of irregular forms, words of up to two letters
/// kept, "dies" to "die", "enjoy" kept, "-fulli" and "-logi" shortened.
std::string porter_stem(std::string_view word);

}  // namespace metric_text
