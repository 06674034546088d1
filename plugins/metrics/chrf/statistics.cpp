#include "statistics.h"

#include <algorithm>

#include "text/rewriting.h"
#include "text/unicode.h"

namespace chrf {
namespace {

using metric_text::Symbol;

std::vector<std::u32string> words_of(std::u32string_view text) {
  std::vector<std::u32string> list;
  for (const std::u32string_view word : metric_text::words(text)) {
    std::size_t split = word.size();
    if (word.size() > 1 && metric_text::is_ascii_punctuation(word.back())) {
      split = word.size() - 1;
    } else if (word.size() > 1 && metric_text::is_ascii_punctuation(word.front())) {
      split = 1;
    }
    list.emplace_back(word.substr(0, split));
    if (split < word.size()) list.emplace_back(word.substr(split));
  }
  return list;
}

/// Counts of all orders of one kind of item, from `counts` on.
void count_kind(const std::vector<Symbol>& answer, const std::vector<Symbol>& reference, std::size_t orders,
                std::span<double> counts) {
  if (orders == 0) return;
  const std::vector<double> matches = metric_text::matches(answer, std::span(&reference, 1), orders);
  for (std::size_t n = 0; n < orders; ++n) {
    double* const out = &counts[n * kColumns];
    out[in_reference] = metric_text::ngrams_of(reference.size(), n + 1);
    // An order that the reference is too short for does not count against the answer.
    out[in_answer] = out[in_reference] > 0 ? metric_text::ngrams_of(answer.size(), n + 1) : 0;
    out[matched] = matches[n];
  }
}

}  // namespace

Segment segment(const std::string& text, const Settings& settings) {
  Segment result;
  result.characters = metric_text::decoded(settings.lowercase ? metric_text::lower(text) : text);
  if (settings.word_order > 0) result.words = words_of(result.characters);
  if (!settings.whitespace) std::erase_if(result.characters, metric_text::is_space);
  return result;
}

void count(const Segment& answer, const std::vector<Segment>& references, const Settings& settings,
           std::span<double> counts) {
  metric_text::CharacterNumbering characters;
  metric_text::Numbering<std::u32string_view> words;
  const std::vector<Symbol> answer_characters = characters(answer.characters), answer_words = words(answer.words);
  std::vector<double> candidate(counts.size());
  double best = -1;
  for (const Segment& reference : references) {
    count_kind(answer_characters, characters(reference.characters), settings.char_order, candidate);
    count_kind(answer_words, words(reference.words), settings.word_order,
               std::span(candidate).subspan(settings.char_order * kColumns));
    const double now = score(candidate, settings);
    if (now <= best) continue;
    best = now;
    std::copy(candidate.begin(), candidate.end(), counts.begin());
  }
}

double score(std::span<const double> counts, const Settings& settings) {
  constexpr double kEpsilon = 1e-16;
  const double factor = settings.beta * settings.beta;
  const auto f = [&](double precision, double recall) {
    const double below = factor * precision + recall;
    return below > 0 ? (1 + factor) * precision * recall / below : 0;
  };
  double precisions = 0, recalls = 0, smoothed = 0;
  int effective = 0;
  for (std::size_t n = 0; n < settings.orders(); ++n) {
    const double* const row = &counts[n * kColumns];
    const double precision = row[in_answer] > 0 ? row[matched] / row[in_answer] : kEpsilon;
    const double recall = row[in_reference] > 0 ? row[matched] / row[in_reference] : kEpsilon;
    smoothed += f(precision, recall);
    if (row[in_answer] <= 0 || row[in_reference] <= 0) continue;
    precisions += precision;
    recalls += recall;
    ++effective;
  }
  if (settings.eps_smoothing) return 100 * smoothed / static_cast<double>(settings.orders());
  return effective == 0 ? 0 : 100 * f(precisions / effective, recalls / effective);
}

}  // namespace chrf
