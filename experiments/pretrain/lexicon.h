#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::synth {

/// Where the pretraining corpus may use a noun class, so that tests of a pretrained model can measure what it never
/// saw.
enum class Tier {
  taught,  ///< everywhere
  held_a,  ///< never in text classification; in plain facts and word-level relation tasks
  held_b,  ///< in plain facts only
};

struct NounClass {
  std::string name;                     ///< also the natural label: "bird"
  std::string plural;                   ///< "birds"
  std::vector<std::string> predicates;  ///< what is true of its members: "has feathers"
  std::vector<std::string> words;
  Tier tier = Tier::taught;
  bool countable = true;  ///< its words have a plural
};

struct Verb {
  std::string base, third, past;
};

/// The words of nano's little world, read from `nouns.txt` and `words.txt`. Immutable after loading, so any thread may
/// read it.
class Lexicon {
 public:
  /// @throws BadInput  with file and line, when a line is malformed or a word stands in two noun classes.
  static Lexicon load(const std::filesystem::path& folder);

  const std::vector<NounClass>& classes() const { return classes_; }
  /// The classes of one tier, in the file's order.
  std::vector<const NounClass*> classes(Tier tier) const;
  /// @throws BadInput  when there is no such class.
  const NounClass& noun_class(std::string_view name) const;

  /// A word list of words.txt, or a derived one: `name` (man and woman), `adj` (every adjective outside the held-out
  /// lists), `verb`, `verbs`, `verbed` (base, third person, past), `noun` (taught classes), `thing` (their countable
  /// words), `any_noun` (all tiers), `word` (taught nouns, adjectives, verbs).
  /// Lists named `*_held` hold words that the corpus uses in plain facts only.
  /// @throws BadInput  when there is no such list.
  const std::vector<std::string>& list(std::string_view name) const;
  /// The list, or null.
  const std::vector<std::string>* find_list(std::string_view name) const;

  /// Whether the word stands in any class or list.
  bool knows(std::string_view word) const { return all_words_.contains(word); }

  const std::vector<Verb>& verbs() const { return verbs_; }
  const std::vector<std::pair<std::string, std::string>>& opposites() const { return opposites_; }

 private:
  void read_nouns(const std::filesystem::path& file);
  void read_words(const std::filesystem::path& file);
  void derive_lists();

  std::vector<NounClass> classes_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
  std::set<std::string, std::less<>> all_words_;
  std::vector<Verb> verbs_;
  std::vector<std::pair<std::string, std::string>> opposites_;
};

/// The regular plural: "cherry" gives "cherries", "box" gives "boxes".
std::string plural_of(std::string_view noun);

/// "a" or "an", by the sound that English gives the next word's beginning.
std::string_view article_for(std::string_view word);

/// The noun with its article: "an oak".
std::string with_article(std::string_view noun);

}  // namespace assay::synth
