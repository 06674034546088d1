#include "text/decoder.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "text/byte_level.h"
#include "text/description.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

void decode_byte_level(std::vector<std::string>& tokens) {
  std::string bytes;
  for (const std::string& token : tokens) {
    const auto raw = from_byte_symbols(token);
    bytes += raw ? *raw : token;
  }
  tokens = {to_valid_utf8(bytes)};
}

/// The byte behind a token <0xXX>.
std::optional<char> fallback_byte(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned value = 0;
  const char* end = token.data() + 5;
  if (std::from_chars(token.data() + 3, end, value, 16).ptr != end) return std::nullopt;
  return static_cast<char>(value);
}

/// A run of byte tokens that is no UTF-8 becomes one U+FFFD a byte.
void decode_byte_fallback(std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string run;
  const auto flush = [&] {
    if (run.empty()) return;
    if (is_valid_utf8(run))
      out.push_back(run);
    else
      out.insert(out.end(), run.size(), "\xEF\xBF\xBD");
    run.clear();
  };
  for (std::string& token : tokens) {
    if (const auto byte = fallback_byte(token)) {
      run += *byte;
    } else {
      flush();
      out.push_back(std::move(token));
    }
  }
  flush();
  tokens = std::move(out);
}

void strip(std::string& token, std::string_view content, std::size_t start, std::size_t stop) {
  std::size_t begin = 0, end = token.size();
  for (; start > 0 && std::string_view(token).substr(begin).starts_with(content); --start) begin += content.size();
  for (; stop > 0 && std::string_view(token).substr(begin, end - begin).ends_with(content); --stop)
    end -= content.size();
  token = token.substr(begin, end - begin);
}

/// The spaces that words and punctuation get when they are joined by spaces.
std::string without_artefacts(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> replacements[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : replacements)
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  return text;
}

}  // namespace

Decoder::Decoder(const Json& description) : separator_(description.is_null() ? " " : "") { add(description); }

void Decoder::add(const Json& description) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  if (type == "Sequence") {
    for (const Json& part : description.at("decoders")) add(part);
  } else if (type == "ByteLevel") {
    steps_.emplace_back(decode_byte_level);
  } else if (type == "ByteFallback") {
    steps_.emplace_back(decode_byte_fallback);
  } else if (type == "Fuse") {
    steps_.emplace_back([](std::vector<std::string>& tokens) {
      std::string all;
      for (const std::string& token : tokens) all += token;
      tokens = {std::move(all)};
    });
  } else if (type == "Replace") {
    steps_.emplace_back([pattern = pattern_of(description.at("pattern")),
                         content = description.at("content").get<std::string>()](std::vector<std::string>& tokens) {
      for (std::string& token : tokens) token = replace_all(token, pattern, content);
    });
  } else if (type == "Strip") {
    const auto content = description.at("content").get<std::string>();
    if (to_code_points(content).size() != 1)
      throw BadInput(
          fmt::format("tokenizer.json: a decoder of type 'Strip' takes one character away, not '{}'", content));
    steps_.emplace_back([content, start = count_of(description, "start", 0),
                         stop = count_of(description, "stop", 0)](std::vector<std::string>& tokens) {
      for (std::string& token : tokens) strip(token, content, start, stop);
    });
  } else if (type == "Metaspace") {
    const bool prefixed =
        description.value("add_prefix_space", true) && description.value("prepend_scheme", "always") != "never";
    steps_.emplace_back(
        [mark = Regex::literal(description.value("replacement", "▁")), prefixed](std::vector<std::string>& tokens) {
          // All marks of the first token go, as they do at Hugging Face: leading spaces are not told from the prefix.
          for (std::size_t i = 0; i < tokens.size(); ++i)
            tokens[i] = replace_all(tokens[i], mark, i == 0 && prefixed ? "" : " ");
        });
  } else if (type == "WordPiece") {
    steps_.emplace_back([prefix = description.value("prefix", "##"),
                         clean = description.value("cleanup", true)](std::vector<std::string>& tokens) {
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i > 0 && tokens[i].starts_with(prefix))
          tokens[i].erase(0, prefix.size());
        else if (i > 0)
          tokens[i].insert(0, " ");
        if (clean) tokens[i] = without_artefacts(tokens[i]);
      }
    });
  } else if (type == "CTC") {
    steps_.emplace_back([pad = Regex::literal(description.value("pad_token", "<pad>")),
                         space = Regex::literal(description.value("word_delimiter_token", "|")),
                         clean = description.value("cleanup", true)](std::vector<std::string>& tokens) {
      const auto repeated = std::ranges::unique(tokens);
      tokens.erase(repeated.begin(), repeated.end());
      for (std::string& token : tokens) {
        token = replace_all(token, pad, "");
        if (clean) token = replace_all(without_artefacts(token), space, " ");
      }
      std::erase(tokens, "");
    });
  } else if (type == "BPEDecoder") {
    steps_.emplace_back(
        [suffix = Regex::literal(description.value("suffix", "</w>"))](std::vector<std::string>& tokens) {
          for (std::size_t i = 0; i < tokens.size(); ++i)
            tokens[i] = replace_all(tokens[i], suffix, i + 1 == tokens.size() ? "" : " ");
        });
  } else {
    throw BadInput(fmt::format("tokenizer.json: a decoder of type '{}' is not known", type));
  }
}

std::string Decoder::decode(std::vector<std::string> tokens) const {
  for (const Step& step : steps_) step(tokens);
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) text += separator_;
    text += tokens[i];
  }
  return text;
}

}  // namespace assay::text
