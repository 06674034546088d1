#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <assay/sdk/error.h>

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

Regex::Regex(std::string_view pattern) {
  auto compiled = std::make_shared<Compiled>();
  compiled->pattern = pattern;
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF | PCRE2_UCP,
                                 &error, &offset, nullptr);
  if (compiled->code == nullptr)
    throw BadInput(fmt::format("regular expression '{}' does not compile: {} at offset {}", pattern, message_of(error),
                               offset));
  // Where no JIT is to be had (some architectures, hardened kernels) the interpreter gives the same matches, slower.
  pcre2_jit_compile(compiled->code, PCRE2_JIT_COMPLETE);
  compiled_ = std::move(compiled);
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
