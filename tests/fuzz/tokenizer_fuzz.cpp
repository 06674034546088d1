#include "fuzz/driver.h"
#include "text/byte_level.h"
#include "text/stream_decoder.h"
#include "text/tokenizer.h"
#include "text/unicode.h"

using namespace assay;

namespace {

Json special(int id, const std::string& content, bool normalized = false) {
  return {{"id", id},        {"content", content}, {"special", true},     {"normalized", normalized},
          {"lstrip", false}, {"rstrip", false},    {"single_word", false}};
}

Json template_of(const std::string& token, int id) {
  return {
      {"type", "TemplateProcessing"},
      {"single", {{{"SpecialToken", {{"id", token}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
      {"pair", Json::array()},
      {"special_tokens", {{token, {{"id", token}, {"ids", {id}}, {"tokens", {token}}}}}}};
}

/// As GPT-2's: bytes, merges, a regular expression.
Json byte_level() {
  Json vocabulary = Json::object();
  for (const char* token : {"a", "b", "c", "Ġ", "1", "ab", "Ġab", "abc"}) vocabulary[token] = vocabulary.size();
  const Json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  return {{"version", "1.0"},
          {"added_tokens", {special(8, "<s>"), special(9, "</s>", true)}},
          {"normalizer", {{"type", "NFC"}}},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {{{"type", "Split"},
               {"pattern", {{"Regex", "(?i:'s|'t)|\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+"}}},
               {"behavior", "Isolated"},
               {"invert", false}},
              {{"type", "Digits"}, {"individual_digits", true}},
              {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}}},
          {"post_processor", {{"type", "Sequence"}, {"processors", {level, template_of("<s>", 8)}}}},
          {"decoder", level},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"ignore_merges", true},
            {"vocab", vocabulary},
            {"merges", Json::array({"a b", Json::array({"Ġ", "ab"}), "ab c"})}}}};
}

/// As Llama-2's: characters, byte fallback, spaces rewritten.
Json fallback() {
  Json vocabulary = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
  for (const char* token : {"<0x0A>", "<0xC3>", "<0xA9>", "▁", "a", "b", "ab", "▁ab"})
    vocabulary[token] = vocabulary.size();
  return {{"added_tokens", {special(0, "<unk>"), special(1, "<s>")}},
          {"normalizer",
           {{"type", "Sequence"},
            {"normalizers",
             {{{"type", "Prepend"}, {"prepend", "▁"}},
              {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}}},
          {"pre_tokenizer", nullptr},
          {"post_processor", template_of("<s>", 1)},
          {"decoder",
           {{"type", "Sequence"},
            {"decoders",
             {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
              {{"type", "ByteFallback"}},
              {{"type", "Fuse"}},
              {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}}},
          {"model",
           {{"type", "BPE"},
            {"unk_token", "<unk>"},
            {"fuse_unk", true},
            {"byte_fallback", true},
            {"vocab", vocabulary},
            {"merges", {"a b", "▁ ab"}}}}};
}

/// As T5's: pieces with log-probabilities.
Json unigram() {
  return {
      {"added_tokens", {special(0, "<unk>")}},
      {"normalizer", {{"type", "NFKC"}}},
      {"pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}, {"split", true}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}}},
      {"model",
       {{"type", "Unigram"},
        {"unk_id", 0},
        {"byte_fallback", false},
        {"vocab", {{"<unk>", 0.0}, {"▁", -2.0}, {"a", -3.5}, {"b", -3.25}, {"ab", -4.0}, {"▁ab", -3.0}}}}}};
}

const std::vector<std::string> texts = {
    "",       "ab abc 123",           " ab\n\n  ab's <s>a</s>", "é ▁ab 🙂\xff\xc3",
    "a<s> b", std::string(3000, 'a'), std::string(2000, ' ')};

}  // namespace

int main(int argc, char** argv) {
  fuzz::Target target;
  target.name = "tokenizer";
  for (const Json& seed : {byte_level(), fallback(), unigram()}) target.seeds.push_back(seed.dump());
  // clang-format off
  target.words = {"\"NFC\"", "\"NFKD\"", "\"Lowercase\"", "\"Strip\"", "\"StripAccents\"", "\"Prepend\"", "\"Replace\"", "\"Regex\"", "\"String\"",
                  "\"Precompiled\"", "\"Metaspace\"", "\"Whitespace\"", "\"WhitespaceSplit\"", "\"Punctuation\"", "\"Digits\"", "\"Split\"",
                  "\"ByteLevel\"", "\"BPE\"", "\"Unigram\"", "\"WordPiece\"", "\"Isolated\"", "\"Removed\"", "\"MergedWithPrevious\"", "\"Contiguous\"",
                  "\"ByteFallback\"", "\"Fuse\"", "\"Sequence\"", "\"RobertaProcessing\"", "(a+)+$", "(a|aa)*b", "(?R)", "\\\\p{L}+", "(?=a)", "null", "-1",
                  "4294967295", "[]", "{}", "\"\"", "true", "\"a \"", "\" a\"", "\"a a\"", "▁"};
  // clang-format on
  target.reshape = fuzz::mutate_json;
  target.read = [](const std::string& input) {
    const auto tokenizer =
        text::Tokenizer::from_json(input, R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
    for (const std::string& text : texts) {
      const auto ids = tokenizer.encode(text);
      const std::string decoded = tokenizer.decode(ids);
      if (!text::is_valid_utf8(decoded)) throw std::logic_error("decoding gives bytes that are no UTF-8");
      if (tokenizer.encode(text) != ids) throw std::logic_error("encoding twice gives two results");
    }
    for (text::TokenId id = -2; id < 20; ++id) static_cast<void>(tokenizer.decode(std::vector{id}, false));
  };
  return fuzz::run(target, argc, argv);
}
