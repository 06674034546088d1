#pragma once
#include <filesystem>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicon.h"
#include "rng.h"

namespace assay::synth {

/// A word that the caller gives a rule: {"n", "oak"} stands wherever the rule says {n}.
struct Slot {
  std::string_view name;
  std::string_view value;
};

/// Wording as data: rules with alternatives, read from text files (their form is told at the top of sentences.txt).
/// Immutable after loading. Keeps a reference to the lexicon, which must outlive it.
class Grammar {
 public:
  /// Reads every file of `files` in `folder`.
  /// @throws BadInput  with file and line, when a rule is malformed or stands twice.
  Grammar(const std::filesystem::path& folder, std::initializer_list<const char*> files, const Lexicon& lexicon);

  /// One sentence of `rule`: words separated by single spaces, no space at the ends.
  /// @throws BadInput  when the rule does not exist or names something that is neither slot, rule nor word list.
  std::string say(std::string_view rule, Rng& rng, std::span<const Slot> slots) const;
  std::string say(std::string_view rule, Rng& rng, std::initializer_list<Slot> slots = {}) const {
    return say(rule, rng, std::span<const Slot>(slots.begin(), slots.size()));
  }

  /// The rules of one file, in its order.
  const std::vector<std::string>& rules_of(std::string_view file) const;

 private:
  struct Node;
  using Sequence = std::vector<Node>;
  struct Node {
    enum class Kind { word, symbol, choice } kind = Kind::word;
    std::string text;                                // the word, or the symbol's name
    const std::vector<std::string>* list = nullptr;  // what the symbol stands for: a word list …
    const std::vector<Sequence>* rule = nullptr;     // … or a rule
    std::vector<Sequence> options;                   // of a choice
  };
  class Reader;
  struct Writer;

  void read(const std::filesystem::path& file, const std::string& name);
  void resolve(std::vector<Sequence>& alternatives, const Lexicon& lexicon);
  void write(const Sequence& sequence, Writer& writer) const;

  std::map<std::string, std::vector<Sequence>, std::less<>> rules_;
  std::map<std::string, std::vector<std::string>, std::less<>> files_;
};

}  // namespace assay::synth
