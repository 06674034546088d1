#pragma once
#include <map>
#include <string>
#include <vector>

namespace slots {

/// slot → value, as an input names them.
using Meaning = std::map<std::string, std::string>;

/// Reads "name[Blue Spice], area[riverside]" (E2E's way) or {"name": "Blue Spice"}. Empty where the text is neither.
Meaning read(const std::string& text);

/// Ways to say a value: slot → value → phrases, the value itself among them.
using Phrases = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

struct Errors {
  double missing = 0;  ///< slots of the input that the text does not say
  double wrong = 0;    ///< of which it says another value
  double added = 0;    ///< values that the text says beyond the input's
};

/// Holds a text against what it should say. Of phrases for one slot that overlap the longer is meant ("not family friendly").
/// A slot of the input that `phrases` does not know is said by its value as it stands.
Errors errors(const std::string& text, const Meaning& meaning, const Phrases& phrases);

}  // namespace slots
