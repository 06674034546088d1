#pragma once
#include <set>
#include <string>
#include <vector>

namespace faithfulness {

/// What a text says that can be held against another: each as often as it stands there.
struct Facts {
  std::vector<std::string> numbers;  ///< plainly written: "1,000.50" and "5 %" are "1000.5" and "5", "two" is "2"
  std::vector<std::vector<std::string>> names;  ///< runs of capitalised words, in lower case
  std::vector<std::string> words;               ///< stems of the other words, without function words
};

/// What an answer claims. A capitalised word at the start of a sentence is part of a name only if another follows it, or if
/// `known_names` has it; else it is a word like any other. "One" is no number: it mostly is none.
Facts claims(const std::string& text, const std::set<std::string>& known_names);

/// What a source supports: all its numbers (words for them too), words in lower case and their stems, and those words that are
/// capitalised somewhere in it.
struct Support {
  std::set<std::string> numbers, words, stems, names;
};
Support support(const std::string& text);

}  // namespace faithfulness
