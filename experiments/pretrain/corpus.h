#pragma once
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::synth {

class Lexicon;

/// One stretch of a document's text with the weight of its tokens in the loss: answers 1, plain text 0.5, inputs and
/// instructions 0.1. Stretches meet where a token ends, so that each may be tokenised alone.
struct Span {
  std::string text;
  float weight = 0;
};

/// The texts concatenate to the document; every line starts with a space and ends with "\n".
using Document = std::vector<Span>;

struct CorpusOptions {
  std::uint64_t seed = 0;
  /// Family name to draw share; empty means the shares of the registry. Families that are not named are not drawn.
  std::map<std::string, double> mixture;
  /// Upper bound of a document's length in words (digits count as words).
  int max_words = 340;
};

/// An endless stream of text that a small model learns to read, to copy, to classify by examples and to reckon from.
///
/// Immutable after construction: any thread may make any document.
class Corpus {
 public:
  /// `words` is the folder of word lists and wording (experiments/pretrain/words).
  /// @throws BadInput  when a list is malformed or the mixture names an unknown family or has no positive share.
  Corpus(const std::filesystem::path& words, CorpusOptions options);
  ~Corpus();
  Corpus(Corpus&&) noexcept;
  Corpus& operator=(Corpus&&) noexcept;

  /// The document of this number: a pure function of (seed, index, mixture).
  Document document(std::uint64_t index) const;

  /// The family that document(index) comes from.
  std::string_view family_of(std::uint64_t index) const;

  /// A document of one family, whatever its share.
  Document document_of(std::string_view family, std::uint64_t index) const;

  /// The names of all families, in the registry's order.
  std::vector<std::string> families() const;

  const Lexicon& lexicon() const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

/// The document's text without its weights.
std::string text_of(const Document& document);

/// Length in words; every digit of a number counts, because the tokenizer makes it a token.
int words_in(std::string_view text);

/// Writes documents 0 … count-1 for a reader, each under a line with its family.
void write_corpus_sample(std::ostream& out, const Corpus& corpus, std::uint64_t count);

/// Writes one line a family over the first `count` documents: its share of documents, of words and of answer words.
void write_corpus_shares(std::ostream& out, const Corpus& corpus, std::uint64_t count);

}  // namespace assay::synth
