#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace assay::text {

/// A half-open range of bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
  bool operator==(const Span&) const = default;
};

/// A compiled regular expression over UTF-8 with Unicode classes (PCRE2, just-in-time compiled where the CPU allows).
/// Cheap to copy; const calls are thread-safe.
class Regex {
 public:
  /// @throws BadInput when `pattern` does not compile, with PCRE2's message and the offset.
  explicit Regex(std::string_view pattern);

  /// A pattern that matches `literal` itself.
  static Regex literal(std::string_view literal);

  /// The first match at or after byte `from`. REQUIRES valid UTF-8 and `from` at a character's start.
  std::optional<Span> find(std::string_view text, std::size_t from = 0) const;

  /// A pattern for `extract`: case is ignored, `.` matches no line break, `^` and `$` match at lines.
  /// @throws BadInput as the constructor does.
  static Regex for_answers(std::string_view pattern);

  struct Found {
    Span match;
    Span wanted;  ///< group 1 where the pattern has one and it took part, else the whole match
  };
  enum class Where {
    last,   ///< the last match of those that follow each other from the start
    whole,  ///< the one that is all of the text
  };
  /// What a reader of answers wants of `text`, which may be any bytes. Nothing as well where a match would take more than
  /// ten million steps or 64 MB, so that no text crashes or hangs what reads it.
  [[nodiscard]] std::optional<Found> extract(std::string_view text, Where where) const;

  /// Calls `visit(Span)` for each match from left to right; empty matches are passed over.
  template <typename Visit>
  void each(std::string_view text, Visit visit) const {
    each_or_empty(text, [&](Span match) {
      if (match.size() > 0) visit(match);
    });
  }

  /// The same with empty matches, but for those that begin where the match before ended. An empty text has no match.
  template <typename Visit>
  void each_or_empty(std::string_view text, Visit visit) const {
    std::size_t last_end = text.size() + 1;
    for (std::size_t from = 0; from <= text.size() && !text.empty();) {
      const auto match = find(text, from);
      if (!match) return;
      if (match->size() == 0 && match->end == last_end) {
        ++from;
        while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
        continue;
      }
      visit(*match);
      from = last_end = match->end;
    }
  }

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  static std::shared_ptr<Compiled> compile(std::string_view pattern, unsigned options);
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay::text
