#include "text/pre_tokenizer.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

#include "text/byte_level.h"
#include "text/description.h"
#include "text/frozen_unicode.h"
#include "text/oniguruma.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

using Piece = Pieces::Piece;

/// What becomes of the text that a pattern matched.
enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

Behavior behavior_of(const std::string& name) {
  if (name == "Removed") return Behavior::removed;
  if (name == "Isolated") return Behavior::isolated;
  if (name == "MergedWithPrevious") return Behavior::merged_with_previous;
  if (name == "MergedWithNext") return Behavior::merged_with_next;
  if (name == "Contiguous") return Behavior::contiguous;
  throw BadInput(fmt::format("tokenizer.json: a split behaviour '{}' is not known", name));
}

Piece part_of(const Piece& piece, std::size_t begin, std::size_t end) {
  return {piece.text.substr(begin, end - begin), begin < piece.origin ? std::min(piece.origin, end) - begin : 0};
}

/// Cuts one piece at delimiters that are reported from left to right.
class Cutter {
 public:
  Cutter(const Piece& piece, Behavior behavior, bool invert, Pieces& out)
      : piece_(piece), behavior_(behavior), invert_(invert), out_(out) {}

  void match(Span span) {
    if (span.begin > done_) part({done_, span.begin}, invert_);
    part(span, !invert_);
    done_ = span.end;
  }

  void finish() {
    if (done_ < piece_.text.size()) part({done_, piece_.text.size()}, invert_);
    flush();
  }

 private:
  void part(Span span, bool delimiter) {
    switch (behavior_) {
      case Behavior::removed:
        if (!delimiter) emit(span);
        break;
      case Behavior::isolated:
        emit(span);
        break;
      case Behavior::merged_with_previous:
        if (delimiter && has_pending_ && !pending_delimiter_) {
          pending_.end = span.end;
          flush();
        } else {
          hold(span, delimiter);
        }
        break;
      case Behavior::merged_with_next:
        if (!delimiter && has_pending_ && pending_delimiter_) {
          pending_.end = span.end;
          flush();
        } else {
          hold(span, delimiter);
        }
        break;
      case Behavior::contiguous:
        if (has_pending_ && pending_delimiter_ == delimiter)
          pending_.end = span.end;
        else
          hold(span, delimiter);
        break;
    }
  }

  void hold(Span span, bool delimiter) {
    flush();
    pending_ = span;
    pending_delimiter_ = delimiter;
    has_pending_ = true;
  }

  void flush() {
    if (has_pending_) emit(pending_);
    has_pending_ = false;
  }

  void emit(Span span) {
    if (span.size() > 0) out_.list.push_back(part_of(piece_, span.begin, span.end));
  }

  const Piece& piece_;
  Behavior behavior_;
  bool invert_;
  Pieces& out_;
  std::size_t done_ = 0;
  Span pending_;
  bool has_pending_ = false;
  bool pending_delimiter_ = false;
};

void cut(const Piece& piece, const Regex& pattern, Behavior behavior, bool invert, Pieces& out) {
  Cutter cutter(piece, behavior, invert, out);
  pattern.each_or_empty(piece.text, [&](Span match) { cutter.match(match); });
  cutter.finish();
}

template <typename IsDelimiter>
void cut_at(const Piece& piece, IsDelimiter is_delimiter, Behavior behavior, Pieces& out) {
  Cutter cutter(piece, behavior, false, out);
  for (std::size_t at = 0; at < piece.text.size();) {
    const std::size_t begin = at;
    if (is_delimiter(next_code_point(piece.text, at))) cutter.match({begin, at});
  }
  cutter.finish();
}

/// The words of GPT-2's encoder.
const Regex& gpt2_words() {
  static const Regex pattern(
      from_oniguruma(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"));
  return pattern;
}

/// Runs of word characters, and runs of others that are no white space.
void words_and_symbols(const Piece& piece, Pieces& out) {
  Cutter cutter(piece, Behavior::removed, true, out);
  Span run;
  bool in_words = false;
  for (std::size_t at = 0; at < piece.text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(piece.text, at);
    const bool word = is_split_word(c);
    if (!word && is_whitespace(c)) continue;
    if (run.size() > 0 && (run.end != begin || word != in_words)) {
      cutter.match(run);
      run.begin = begin;
    } else if (run.size() == 0) {
      run.begin = begin;
    }
    run.end = at;
    in_words = word;
  }
  if (run.size() > 0) cutter.match(run);
  cutter.finish();
}

struct Metaspace {
  std::string replacement;
  std::string scheme;  // always, first or never
  bool split;
  Regex mark = Regex::literal(replacement);

  explicit Metaspace(const Json& description) : replacement(description.value("replacement", "▁")) {
    scheme = description.value("add_prefix_space", true) ? description.value("prepend_scheme", "always") : "never";
    split = description.value("split", true);
  }

  void operator()(const Piece& piece, Pieces& out) const {
    std::string text;
    std::size_t origin = 0;
    for (std::size_t i = 0; i < piece.text.size(); ++i) {
      if (piece.text[i] == ' ')
        text += replacement;
      else
        text += piece.text[i];
      if (i < piece.origin) origin = text.size();
    }
    if (!text.starts_with(replacement) && (scheme == "always" || (scheme == "first" && origin > 0))) {
      text.insert(0, replacement);
      if (origin > 0) origin += replacement.size();
    }
    const Piece spelled{out.keep(std::move(text)), origin};
    if (split)
      cut(spelled, mark, Behavior::merged_with_next, false, out);
    else
      out.list.push_back(spelled);
  }
};

}  // namespace

PreTokenizer::PreTokenizer(const Json& description) { add(description, true); }

void PreTokenizer::add(const Json& description, bool last) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  if (type == "Sequence") {
    const Json& parts = description.at("pretokenizers");
    for (std::size_t i = 0; i < parts.size(); ++i) add(parts[i], last && i + 1 == parts.size());
  } else if (type == "ByteLevel") {
    const bool prefix = description.value("add_prefix_space", true), split = description.value("use_regex", true);
    if (prefix)
      steps_.emplace_back([](const Piece& piece, Pieces& out) {
        if (piece.text.starts_with(' ')) {
          out.list.push_back(piece);
          return;
        }
        std::string spaced(1, ' ');
        spaced += piece.text;
        out.list.push_back({out.keep(std::move(spaced)), piece.origin > 0 ? piece.origin + 1 : 0});
      });
    if (split)
      steps_.emplace_back([pattern = gpt2_words()](const Piece& piece, Pieces& out) {
        cut(piece, pattern, Behavior::isolated, false, out);
      });
    if (last)
      bytes_as_symbols_ = true;
    else
      steps_.emplace_back([](const Piece& piece, Pieces& out) {
        out.list.push_back(
            {out.keep(to_byte_symbols(piece.text)), to_byte_symbols(piece.text.substr(0, piece.origin)).size()});
      });
  } else if (type == "Split") {
    steps_.emplace_back([pattern = pattern_of(description.at("pattern")),
                         behavior = behavior_of(description.value("behavior", "Isolated")),
                         invert = description.value("invert", false)](const Piece& piece, Pieces& out) {
      cut(piece, pattern, behavior, invert, out);
    });
  } else if (type == "Metaspace") {
    steps_.emplace_back(Metaspace(description));
  } else if (type == "Whitespace") {
    steps_.emplace_back(words_and_symbols);
  } else if (type == "WhitespaceSplit") {
    steps_.emplace_back([](const Piece& piece, Pieces& out) { cut_at(piece, is_whitespace, Behavior::removed, out); });
  } else if (type == "BertPreTokenizer") {
    steps_.emplace_back([](const Piece& piece, Pieces& out) {
      Pieces words;
      cut_at(piece, is_whitespace, Behavior::removed, words);
      for (const Piece& word : words.list) cut_at(word, is_split_punctuation, Behavior::isolated, out);
    });
  } else if (type == "Punctuation") {
    steps_.emplace_back([behavior = behavior_of(description.value("behavior", "Isolated"))](
                            const Piece& piece, Pieces& out) { cut_at(piece, is_split_punctuation, behavior, out); });
  } else if (type == "Digits") {
    const Behavior behavior = description.value("individual_digits", false) ? Behavior::isolated : Behavior::contiguous;
    steps_.emplace_back([behavior](const Piece& piece, Pieces& out) { cut_at(piece, is_split_number, behavior, out); });
  } else if (type == "CharDelimiterSplit") {
    const std::u32string delimiter = to_code_points(description.at("delimiter").get<std::string>());
    steps_.emplace_back([delimiter](const Piece& piece, Pieces& out) {
      cut_at(
          piece, [&](char32_t c) { return delimiter.find(c) != std::u32string::npos; }, Behavior::removed, out);
    });
  } else if (type == "FixedLength") {
    const std::size_t length = count_of(description, "length", 5);
    steps_.emplace_back([length](const Piece& piece, Pieces& out) {
      std::size_t begin = 0, count = 0;
      for (std::size_t at = 0; at < piece.text.size();) {
        next_code_point(piece.text, at);
        if (++count == length || at == piece.text.size()) {
          out.list.push_back(part_of(piece, begin, at));
          begin = at;
          count = 0;
        }
      }
    });
  } else {
    throw BadInput(fmt::format("tokenizer.json: a pre-tokenizer of type '{}' is not known", type));
  }
}

void PreTokenizer::apply(Pieces& pieces) const {
  std::vector<Piece> input;
  for (const Step& step : steps_) {
    input.swap(pieces.list);
    pieces.list.clear();
    for (const Piece& piece : input) step(piece, pieces);
  }
}

}  // namespace assay::text
