#include "text/bpe_trainer.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "text/byte_level.h"
#include "text/oniguruma.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

struct Word {
  std::vector<TokenId> symbols;
  std::int64_t count;
};

/// The words that a pair was seen in; entries may be stale or repeated, replaying a merge is harmless.
struct PairUse {
  std::int64_t count = 0;
  std::vector<std::uint32_t> words;
};

struct Candidate {
  std::int64_t count;
  std::uint64_t pair;
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

std::uint64_t key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

}  // namespace

BpeTrainer::BpeTrainer(BpeTrainerOptions options)
    : options_(std::move(options)), pattern_(from_oniguruma(options_.pattern)) {
  const std::size_t least = 256 + options_.special_tokens.size();
  if (options_.vocabulary_size < least)
    throw BadInput(fmt::format("a byte-level vocabulary of {} is too small: bytes and special tokens alone take {}",
                               options_.vocabulary_size, least));
}

void BpeTrainer::add(std::string_view text) {
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = to_valid_utf8(text);
    text = repaired;
  }
  std::size_t done = 0;
  const auto count = [&](std::string_view word) {
    if (word.empty()) return;
    const auto found = counts_.find(word);
    if (found == counts_.end())
      counts_.emplace(word, 1);
    else
      ++found->second;
  };
  pattern_.each(text, [&](Span match) {
    count(text.substr(done, match.begin - done));
    count(text.substr(match.begin, match.size()));
    done = match.end;
  });
  count(text.substr(done));
}

std::vector<BpeTrainer::Pair> BpeTrainer::learn_merges() const {
  const auto first_byte = static_cast<TokenId>(options_.special_tokens.size());
  std::vector<Word> words;
  words.reserve(counts_.size());
  for (const auto& [text, count] : counts_) {
    Word word{{}, count};
    for (const char c : text) word.symbols.push_back(first_byte + static_cast<unsigned char>(c));
    words.push_back(std::move(word));
  }

  std::unordered_map<std::uint64_t, PairUse> uses;
  for (std::uint32_t w = 0; w < words.size(); ++w)
    for (std::size_t i = 0; i + 1 < words[w].symbols.size(); ++i) {
      PairUse& use = uses[key(words[w].symbols[i], words[w].symbols[i + 1])];
      use.count += words[w].count;
      if (use.words.empty() || use.words.back() != w) use.words.push_back(w);
    }
  std::priority_queue<Candidate> queue;
  for (const auto& [pair, use] : uses) queue.push({use.count, pair});

  std::vector<Pair> merges;
  const std::size_t wanted = options_.vocabulary_size - 256 - options_.special_tokens.size();
  TokenId next = first_byte + 256;
  std::vector<std::uint64_t> grown;
  while (merges.size() < wanted && !queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    PairUse& use = uses[best.pair];
    if (use.count != best.count) {
      if (use.count > 0 && use.count < best.count) queue.push({use.count, best.pair});
      continue;
    }
    if (best.count < options_.minimum_frequency) break;
    const auto left = static_cast<TokenId>(best.pair >> 32), right = static_cast<TokenId>(best.pair & 0xFFFFFFFFU);
    merges.push_back({left, right});
    const TokenId merged = next++;
    grown.clear();
    const std::vector<std::uint32_t> where = std::move(use.words);
    use.words.clear();
    for (const std::uint32_t w : where) {
      auto& symbols = words[w].symbols;
      const std::int64_t count = words[w].count;
      const auto change = [&](TokenId a, TokenId b, std::int64_t by) {
        PairUse& changed = uses[key(a, b)];
        changed.count += by;
        if (by > 0) {
          if (changed.words.empty() || changed.words.back() != w) changed.words.push_back(w);
          grown.push_back(key(a, b));
        }
      };
      std::size_t out = 0;
      for (std::size_t i = 0; i < symbols.size(); ++i) {
        const bool here = i + 1 < symbols.size() && symbols[i] == left && symbols[i + 1] == right;
        if (!here) {
          symbols[out++] = symbols[i];
          continue;
        }
        change(left, right, -count);
        if (out > 0) {
          change(symbols[out - 1], left, -count);
          change(symbols[out - 1], merged, count);
        }
        if (i + 2 < symbols.size()) {
          change(right, symbols[i + 2], -count);
          change(merged, symbols[i + 2], count);
        }
        symbols[out++] = merged;
        ++i;
      }
      symbols.resize(out);
    }
    std::ranges::sort(grown);
    const auto repeated = std::ranges::unique(grown);
    grown.erase(repeated.begin(), repeated.end());
    for (const std::uint64_t pair : grown)
      if (const std::int64_t count = uses[pair].count; count > 0) queue.push({count, pair});
  }
  return merges;
}

Json BpeTrainer::train() const {
  std::vector<std::string> spelling = options_.special_tokens;
  for (const std::string& symbol : byte_symbols()) spelling.push_back(symbol);
  Json merges = Json::array();
  for (const Pair& pair : learn_merges()) {
    const std::string left = spelling[static_cast<std::size_t>(pair.left)];
    const std::string right = spelling[static_cast<std::size_t>(pair.right)];
    merges.push_back(left + " " + right);
    spelling.push_back(left + right);
  }
  Json vocabulary = Json::object();
  for (std::size_t id = 0; id < spelling.size(); ++id) vocabulary.emplace(spelling[id], id);

  Json added = Json::array();
  for (std::size_t id = 0; id < options_.special_tokens.size(); ++id)
    added.push_back({{"id", id},
                     {"content", options_.special_tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});

  Json post_processor;
  if (!options_.special_tokens.empty()) {
    const std::string& bos = options_.special_tokens.front();
    const auto special = [&](int type) { return Json{{"SpecialToken", {{"id", bos}, {"type_id", type}}}}; };
    const auto sequence = [](const char* id, int type) { return Json{{"Sequence", {{"id", id}, {"type_id", type}}}}; };
    post_processor = {{"type", "TemplateProcessing"},
                      {"single", Json::array({special(0), sequence("A", 0)})},
                      {"pair", Json::array({special(0), sequence("A", 0), sequence("B", 1)})},
                      {"special_tokens", {{bos, {{"id", bos}, {"ids", {0}}, {"tokens", {bos}}}}}}};
  }
  const Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", options_.pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({split, bytes})}}},
          {"post_processor", post_processor},
          {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false},
            {"vocab", vocabulary},
            {"merges", merges}}}};
}

}  // namespace assay::text
