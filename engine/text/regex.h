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
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay::text
