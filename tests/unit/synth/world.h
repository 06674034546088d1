#pragma once
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

namespace assay::synth::testing {

inline std::filesystem::path words_folder() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "experiments/pretrain/words";
}

inline std::set<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> words;
  for (std::string word; in >> word;) words.insert(word);
  return words;
}

}  // namespace assay::synth::testing
