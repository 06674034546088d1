#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace assay::sdk {

/// Position of a text in what was indexed, and how well it fits a query.
struct Ranked {
  std::size_t position = 0;
  double score = 0;
  friend bool operator==(const Ranked&, const Ranked&) = default;
};

/// The words of a text as BM25 compares them, in order, each as often as it stands there.
///
/// A word is a longest run of ASCII letters and digits and of characters beyond ASCII, but for those that are blanks or
/// punctuation: U+0080..U+00BF without the letters ª µ º, General Punctuation U+2000..U+206F, CJK Symbols and
/// Punctuation U+3000..U+303F. Case is folded in ASCII, Latin-1, Greek (U+0391..U+03A9) and Cyrillic (U+0400..U+042F).
/// There is no stemming, there are no stop words, and scripts without blanks between words give one word a run. Bytes
/// that are no UTF-8 count as letters.
std::vector<std::string> words(std::string_view text);

/// Ranks texts by BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", in the
/// form that Lucene 8 and later compute, with exact lengths; "Lucene (accurate)" in Kamphuis et al. 2020, "Which BM25
/// Do You Mean?"):
///
///   score(q, d) = Σ idf(t) · f(t,d) / (f(t,d) + k1 · (1 - b + b · |d| / avgdl))   over the words t of q, repeated ones
///                                                                                 repeatedly
///   idf(t) = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))
///
/// N texts, n(t) of which hold t; f(t,d) times t in d; |d| words in d, avgdl on average. A query takes time
/// proportional to the postings of its words. Not thread-safe while texts are added.
class Bm25 {
 public:
  struct Parameters {
    double k1 = 1.2;  ///< how fast repeated words stop to count, 0 or more
    double b = 0.75;  ///< how much length counts, 0 to 1
  };

  Bm25() = default;
  explicit Bm25(Parameters parameters) : parameters_(parameters) {}

  /// Adds a text; its position is the number of those before it.
  void add(std::string_view text);

  [[nodiscard]] std::size_t size() const noexcept { return lengths_.size(); }

  /// The `count` best texts (fewer where there are fewer), best first; of equal scores the earlier text. Texts that
  /// share no word with the query score 0 and come last, in their order.
  [[nodiscard]] std::vector<Ranked> rank(std::string_view query, std::size_t count) const;

  /// A score for every text, by position.
  [[nodiscard]] std::vector<double> scores(std::string_view query) const;

  /// Writes the index as a binary file. @throws Error where it cannot be written.
  void save(const std::filesystem::path& file) const;
  /// Reads what `save` wrote; the parameters are the caller's. @throws Corrupted where it is no such file.
  static Bm25 load(const std::filesystem::path& file, Parameters parameters);

 private:
  struct Posting {
    std::uint32_t text;
    std::uint32_t count;
  };

  Parameters parameters_;
  std::unordered_map<std::string, std::uint32_t> terms_;  ///< a word's place in postings_
  std::vector<std::vector<Posting>> postings_;            ///< by word, texts ascending
  std::vector<std::uint32_t> lengths_;                    ///< words a text
  std::uint64_t total_length_ = 0;
};

/// The `count` best of `scores`, best first; of equal ones the earlier.
std::vector<Ranked> best_of(std::span<const double> scores, std::size_t count);

/// Joins rankings of the same texts: each text scores Σ 1 / (k + rank) over the rankings that hold it, ranks from 1
/// (Cormack, Clarke & Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
/// Methods", whose k is 60). Best first; of equal ones the earlier text.
std::vector<Ranked> reciprocal_rank_fusion(std::span<const std::vector<Ranked>> rankings, std::size_t count,
                                           double k = 60);

}  // namespace assay::sdk
