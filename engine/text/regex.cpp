#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <pcre2.h>

namespace assay::text {

struct Regex::Compiled {
  pcre2_code* code = nullptr;
  std::string pattern;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() { pcre2_code_free(code); }
};

namespace {

std::string message_of(int code) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

/// Match data is scratch space: one a thread serves every pattern, since only the whole match is asked for.
struct Scratch {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  ~Scratch() { pcre2_match_data_free(data); }
};

}  // namespace

std::shared_ptr<Regex::Compiled> Regex::compile(std::string_view pattern, unsigned options) {
  auto compiled = std::make_shared<Compiled>();
  compiled->pattern = pattern;
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr);
  if (compiled->code == nullptr)
    throw BadInput(
        fmt::format("regular expression '{}' does not compile: {} at offset {}", pattern, message_of(error), offset));
  return compiled;
}

Regex::Regex(std::string_view pattern) {
  auto compiled = compile(pattern, PCRE2_UTF | PCRE2_UCP);
  // Where no JIT is to be had (some architectures, hardened kernels) the interpreter gives the same matches, slower.
  pcre2_jit_compile(compiled->code, PCRE2_JIT_COMPLETE);
  compiled_ = std::move(compiled);
}

Regex Regex::for_answers(std::string_view pattern) {
  return Regex(compile(pattern, PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_CASELESS | PCRE2_MULTILINE));
}

std::optional<Regex::Found> Regex::extract(std::string_view text, Where where) const {
  struct Match {
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_match_data* data = pcre2_match_data_create(2, nullptr);
    ~Match() {
      pcre2_match_data_free(data);
      pcre2_match_context_free(context);
    }
  } match;
  // The interpreter, not just-in-time code: its backtracking lives on the heap, and its limits are the same everywhere.
  pcre2_set_match_limit(match.context, 10'000'000);
  pcre2_set_heap_limit(match.context, 64 * 1024);
  const unsigned options = PCRE2_NO_JIT | (where == Where::whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0);
  std::optional<Found> found;
  for (std::size_t from = 0; from <= text.size();) {
    const int groups = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                   options, match.data, match.context);
    if (groups == PCRE2_ERROR_NOMATCH) break;
    if (groups == PCRE2_ERROR_MATCHLIMIT || groups == PCRE2_ERROR_HEAPLIMIT) return std::nullopt;
    if (groups < 0)
      throw BadInput(fmt::format("regular expression '{}' failed on a text of {} bytes: {}", compiled_->pattern,
                                 text.size(), message_of(groups)));
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.data);
    const Span whole{ends[0], ends[1]};
    const bool group =
        (groups == 0 || groups > 1) && ends[2] != PCRE2_UNSET;  // 0: there are more groups than asked for
    found = Found{whole, group ? Span{ends[2], ends[3]} : whole};
    if (where == Where::whole) break;
    if (whole.end > from) {
      from = whole.end;
    } else {
      ++from;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
    }
  }
  return found;
}

Regex Regex::literal(std::string_view literal) {
  std::string pattern;
  for (const char c : literal) {
    if (std::string_view("\\^$.[]|()?*+{}-#").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return Regex(pattern);
}

std::optional<Span> Regex::find(std::string_view text, std::size_t from) const {
  thread_local Scratch scratch;
  const int found = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                PCRE2_NO_UTF_CHECK, scratch.data, nullptr);
  if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (found < 0)
    throw BadInput(fmt::format("regular expression '{}' failed on a text of {} bytes: {}", compiled_->pattern,
                               text.size(), message_of(found)));
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(scratch.data);
  return Span{ends[0], ends[1]};
}

}  // namespace assay::text
