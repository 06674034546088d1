#include "overlap.h"

#include <algorithm>
#include <unordered_map>

#include "text/porter.h"
#include "text/unicode.h"

namespace rouge {
namespace {

using metric_text::Symbol;

/// Lengths of longest common subsequences of all beginnings of two texts.
class Table {
 public:
  Table(const Tokens& a, const Tokens& b) : columns_(b.size() + 1), cells_((a.size() + 1) * columns_) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t j = 1; j <= b.size(); ++j) {
        at(i, j) = a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
      }
    }
  }
  int& at(std::size_t i, std::size_t j) { return cells_[i * columns_ + j]; }

 private:
  std::size_t columns_;
  std::vector<int> cells_;
};

/// Marks the places in `reference` of one longest common subsequence: of several, rouge_score's.
void mark(const Tokens& reference, const Tokens& answer, std::vector<bool>& marked) {
  Table table(reference, answer);
  for (std::size_t i = reference.size(), j = answer.size(); i > 0 && j > 0;) {
    if (reference[i - 1] == answer[j - 1]) {
      marked[--i] = true;
      --j;
    } else if (table.at(i, j - 1) > table.at(i - 1, j)) {
      --j;
    } else {
      --i;
    }
  }
}

std::unordered_map<Symbol, int> counts(const std::vector<Tokens>& sentences) {
  std::unordered_map<Symbol, int> known;
  for (const Tokens& sentence : sentences) {
    for (const Symbol token : sentence) ++known[token];
  }
  return known;
}

double length(const std::vector<Tokens>& sentences) {
  std::size_t tokens = 0;
  for (const Tokens& sentence : sentences) tokens += sentence.size();
  return static_cast<double>(tokens);
}

}  // namespace

double Overlap::f() const {
  const double p = precision(), r = recall();
  return p + r > 0 ? 2 * p * r / (p + r) : 0;
}

std::vector<std::string> tokenize(std::string_view text, bool stemmer) {
  std::vector<std::string> tokens;
  std::string token;
  const auto finish = [&] {
    if (stemmer && token.size() > 3) token = metric_text::porter_stem(token);
    if (!token.empty()) tokens.push_back(std::move(token));
    token.clear();
  };
  for (const char c : metric_text::lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      token += c;
    } else {
      finish();
    }
  }
  finish();
  return tokens;
}

Overlap ngrams(const Tokens& answer, const Tokens& reference, std::size_t n) {
  return {metric_text::matches(answer, std::span(&reference, 1), n)[n - 1], metric_text::ngrams_of(answer.size(), n),
          metric_text::ngrams_of(reference.size(), n)};
}

Overlap longest_common_subsequence(const Tokens& answer, const Tokens& reference) {
  Table table(reference, answer);
  return {static_cast<double>(table.at(reference.size(), answer.size())), static_cast<double>(answer.size()),
          static_cast<double>(reference.size())};
}

Overlap union_of_subsequences(const std::vector<Tokens>& answer, const std::vector<Tokens>& reference) {
  Overlap result{0, length(answer), length(reference)};
  auto left_in_answer = counts(answer), left_in_reference = counts(reference);
  for (const Tokens& sentence : reference) {
    std::vector<bool> marked(sentence.size());
    for (const Tokens& other : answer) mark(sentence, other, marked);
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      if (!marked[i]) continue;
      int& in_answer = left_in_answer[sentence[i]];
      int& in_reference = left_in_reference[sentence[i]];
      if (in_answer == 0 || in_reference == 0) continue;
      --in_answer, --in_reference;
      ++result.shared;
    }
  }
  return result;
}

}  // namespace rouge
