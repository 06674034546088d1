#include "run/perturbation.h"

#include <assay/sdk/random.h>

#include <algorithm>
#include <numeric>

#include "run/typos.h"
#include "text/graphemes.h"
#include "text/unicode.h"

namespace assay::run {
namespace {

bool is_blank(std::string_view character) {
  std::size_t at = 0;
  return text::is_whitespace(text::next_code_point(character, at));
}

bool is_word(std::string_view character) {
  std::size_t at = 0;
  return text::is_word_character(text::next_code_point(character, at));
}

/// The first letter of every word, what blanks part, in upper case and the others in lower.
std::string title_case(const std::string& text) {
  const std::string lower = text::to_lower(text);
  std::string out;
  bool fresh = true;
  std::size_t begin = 0;
  for (const std::size_t end : text::grapheme_ends(lower)) {
    const std::string_view character = std::string_view(lower).substr(begin, end - begin);
    const bool first = fresh && is_word(character);
    out += first ? text::to_upper(character) : std::string(character);
    fresh = is_blank(character) || (fresh && !first);
    begin = end;
  }
  return out;
}

std::string in_case(const std::string& how, const std::string& text) {
  return how == "lower" ? text::to_lower(text) : how == "upper" ? text::to_upper(text) : title_case(text);
}

std::string doubled(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? "  " : std::string(1, c);
  return out;
}

std::string collapsed(const std::string& text) {
  std::string out;
  bool blank = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = text::next_code_point(text, at);
    if (text::is_whitespace(c)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    text::append_utf8(out, c);
  }
  return out;
}

std::string spaced(const std::string& how, const std::string& text) {
  return how == "doubled" ? doubled(text) : how == "collapsed" ? collapsed(text) : text + ' ';
}

template <class T>
std::vector<T> arranged(const std::vector<T>& items, const std::vector<std::size_t>& order) {
  std::vector<T> out;
  for (const std::size_t i : order) out.push_back(items[i]);
  return out;
}

}  // namespace

std::string Perturbation::text(const std::string& text, const std::string& id) const {
  std::string out = text::to_valid_utf8(text);
  if (job_->typos > 0) out = with_typos(out, job_->typos, job_->seed, id);
  if (!job_->letter_case.empty()) out = in_case(job_->letter_case, out);
  return job_->whitespace.empty() ? out : spaced(job_->whitespace, out);
}

std::vector<std::size_t> Perturbation::order(const std::string& how, const char* purpose, std::size_t count) const {
  std::vector<std::size_t> as_it_was(count);
  std::iota(as_it_was.begin(), as_it_was.end(), 0);
  std::vector<std::size_t> order = as_it_was;
  if (how == "reversed") std::reverse(order.begin(), order.end());
  sdk::Random random(job_->seed, purpose);
  while (how == "shuffled" && count > 1 && order == as_it_was) random.shuffle(std::span(order));
  return order;
}

sdk::Input Perturbation::put(sdk::Input input) const {
  if (!job_) return input;
  input.text = text(input.text, input.id);
  input.choices = arranged(input.choices, order(job_->choices, "order of choices", input.choices.size()));
  return input;
}

void Perturbation::arrange(sdk::PromptDraft& draft) const {
  if (job_ && !job_->shots.empty())
    draft.shots = arranged(draft.shots, order(job_->shots, "order of shots", draft.shots.size()));
}

}  // namespace assay::run
