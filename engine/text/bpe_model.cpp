#include "text/bpe_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <queue>

#include "text/byte_level.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

constexpr std::size_t longest_cached_word = 48;  // bytes; longer ones hardly come twice
constexpr std::size_t cached_words = 1U << 16;   // a thread and tokenizer
constexpr std::size_t caches_a_thread = 4;
constexpr std::size_t short_word = 40;  // symbols; below, scanning beats a queue

std::uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

std::uint64_t mix(std::uint64_t key) {
  key *= 0x9E3779B97F4A7C15ULL;
  return key ^ key >> 32;
}

/// Two neighbouring bytes as an index.
std::size_t joint(char left, char right) {
  return std::size_t{static_cast<unsigned char>(left)} << 8 | static_cast<unsigned char>(right);
}

bool is_byte_token(std::string_view token) {
  return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
}

struct WordCache {
  std::uint64_t owner = 0;
  StringMap<std::vector<TokenId>> words;
};

/// One cache a thread and model, so that reading needs no lock. Serial numbers are never reused.
WordCache& cache_of(std::uint64_t serial) {
  thread_local std::vector<std::unique_ptr<WordCache>> caches;
  for (std::size_t i = 0; i < caches.size(); ++i)
    if (caches[i]->owner == serial) {
      if (i != 0) std::swap(caches[i], caches[0]);
      return *caches[0];
    }
  if (caches.size() >= caches_a_thread) caches.pop_back();
  caches.insert(caches.begin(), std::make_unique<WordCache>());
  caches[0]->owner = serial;
  return *caches[0];
}

std::string string_or_empty(const Json& model, const char* key) {
  const auto found = model.find(key);
  return found == model.end() || found->is_null() ? std::string() : found->get<std::string>();
}

}  // namespace

void BpeModel::MergeTable::build(const std::vector<std::pair<std::uint64_t, Merge>>& merges) {
  std::size_t capacity = 16;
  while (capacity < merges.size() * 4) capacity *= 2;
  slots_.assign(capacity, Slot{});
  mask_ = capacity - 1;
  for (const auto& [key, merge] : merges) {
    std::uint64_t at = mix(key) & mask_;
    while (slots_[at].key != ~std::uint64_t{0} && slots_[at].key != key) at = (at + 1) & mask_;
    slots_[at] = {key, merge};
  }
}

const BpeModel::Merge* BpeModel::MergeTable::find(TokenId left, TokenId right) const {
  const std::uint64_t key = pair_key(left, right);
  for (std::uint64_t at = mix(key) & mask_;; at = (at + 1) & mask_) {
    if (slots_[at].key == key) return &slots_[at].merge;
    if (slots_[at].key == ~std::uint64_t{0}) return nullptr;
  }
}

BpeModel::BpeModel(const Json& model) {
  static std::atomic<std::uint64_t> serials{1};
  serial_ = serials++;

  read_vocabulary(model.at("vocab"));
  continuing_prefix_ = string_or_empty(model, "continuing_subword_prefix");
  word_suffix_ = string_or_empty(model, "end_of_word_suffix");
  fuse_unknown_ = model.value("fuse_unk", false);
  ignore_merges_ = model.value("ignore_merges", false);
  if (const std::string unknown = string_or_empty(model, "unk_token"); !unknown.empty()) {
    set_unknown_token(unknown);
    unknown_ = id(unknown);
  }
  if (model.value("byte_fallback", false)) byte_tokens_.emplace(*this);
  for (std::size_t byte = 0; byte < 256; ++byte) byte_symbol_ids_[byte] = id(byte_symbols()[byte]).value_or(-1);
  // Where every byte has a token nothing is unknown, so that no run of unknown characters can cross a cut.
  separable_ = continuing_prefix_.empty() && word_suffix_.empty() && !ignore_merges_ &&
               (!unknown_token() || (byte_tokens_ && byte_tokens_->complete()));
  read_merges(model.at("merges"));
}

void BpeModel::read_merges(const Json& list) {
  std::vector<std::pair<std::uint64_t, Merge>> merges;
  merges.reserve(list.size());
  std::int32_t rank = 0;
  for (const Json& entry : list) {
    std::string left, right;
    if (entry.is_string()) {
      const auto& line = entry.get_ref<const std::string&>();
      if (line.starts_with("#version")) continue;
      const std::size_t space = line.find(' ');
      if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos)
        throw BadInput(fmt::format("tokenizer.json: merge {} is not a pair: '{}'", rank, line));
      left = line.substr(0, space);
      right = line.substr(space + 1);
    } else {
      left = entry.at(0).get<std::string>();
      right = entry.at(1).get<std::string>();
    }
    if (left.empty() || right.empty()) throw BadInput(fmt::format("tokenizer.json: merge {} has an empty part", rank));
    const bool prefixed = !continuing_prefix_.empty() && right.starts_with(continuing_prefix_);
    const std::string merged = left + (prefixed ? right.substr(continuing_prefix_.size()) : right);
    const auto left_id = id(left), right_id = id(right), merged_id = id(merged);
    if (!left_id || !right_id || !merged_id)
      throw BadInput(fmt::format("tokenizer.json: merge {} ('{}', '{}') needs a token that the vocabulary lacks", rank,
                                 left, right));
    if (*merged_id == *left_id || *merged_id == *right_id)
      throw BadInput(fmt::format("tokenizer.json: merge {} ('{}', '{}') is cyclic: it gives one of its own parts", rank,
                                 left, right));
    merges.emplace_back(pair_key(*left_id, *right_id), Merge{rank++, *merged_id});
    merged_by_rank_.push_back(*merged_id);
    joined_.set(joint(left.back(), right.front()));
    separable_ = separable_ && !is_byte_token(left) && !is_byte_token(right);
  }
  merges_.build(merges);
}

void BpeModel::encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (!separable_ || bytes_as_symbols || word.size() <= longest_cached_word)
    return encode_part(word, bytes_as_symbols, ids);
  std::size_t begin = 0;
  for (std::size_t at = 1; at < word.size(); ++at) {
    if ((static_cast<unsigned char>(word[at]) & 0xC0) == 0x80 || joined_[joint(word[at - 1], word[at])]) continue;
    encode_part(word.substr(begin, at - begin), false, ids);
    begin = at;
  }
  encode_part(word.substr(begin), false, ids);
}

void BpeModel::encode_part(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (word.empty()) return;
  if (word.size() > longest_cached_word) return encode_uncached(word, bytes_as_symbols, ids);
  auto& words = cache_of(serial_).words;
  auto found = words.find(word);
  if (found == words.end()) {
    if (words.size() >= cached_words) words.clear();
    std::vector<TokenId> fresh;
    encode_uncached(word, bytes_as_symbols, fresh);
    found = words.emplace(word, std::move(fresh)).first;
  }
  ids.insert(ids.end(), found->second.begin(), found->second.end());
}

void BpeModel::encode_uncached(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (ignore_merges_) {
    const auto whole = id(bytes_as_symbols ? to_byte_symbols(word) : std::string(word));
    if (whole) {
      ids.push_back(*whole);
      return;
    }
  }
  std::vector<TokenId> symbols;
  if (bytes_as_symbols)
    start_from_bytes(word, symbols);
  else
    start_from_characters(word, symbols);
  if (symbols.size() <= short_word)
    merge_short(symbols);
  else
    merge_long(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

/// Symbols that the vocabulary lacks. The last one is held until a known symbol or another unknown one follows, even
/// over byte tokens: Hugging Face's order, which vocabularies with some byte tokens only can show.
class BpeModel::Unknowns {
 public:
  Unknowns(const BpeModel& model, std::vector<TokenId>& symbols) : model_(model), symbols_(symbols) {}

  void add(std::string_view symbol) {
    if (!model_.unknown_token()) return;  // passed over, as Hugging Face does
    const TokenId unknown = model_.unknown_ ? *model_.unknown_ : model_.unknown_id(symbol);
    if (!model_.fuse_unknown_) flush();
    held_ = unknown;
  }
  void flush() {
    if (held_ >= 0) symbols_.push_back(held_);
    held_ = -1;
  }

 private:
  const BpeModel& model_;
  std::vector<TokenId>& symbols_;
  TokenId held_ = -1;
};

void BpeModel::start_from_bytes(std::string_view word, std::vector<TokenId>& symbols) const {
  if (!continuing_prefix_.empty() || !word_suffix_.empty() || byte_tokens_)
    return start_from_characters(to_byte_symbols(word), symbols);
  symbols.reserve(word.size());
  Unknowns unknowns(*this, symbols);
  for (const char c : word) {
    const TokenId symbol = byte_symbol_ids_[static_cast<unsigned char>(c)];
    if (symbol < 0) {
      unknowns.add(byte_symbols()[static_cast<unsigned char>(c)]);
    } else {
      unknowns.flush();
      symbols.push_back(symbol);
    }
  }
  unknowns.flush();
}

void BpeModel::start_from_characters(std::string_view word, std::vector<TokenId>& symbols) const {
  Unknowns unknowns(*this, symbols);
  std::string symbol;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t begin = at;
    next_code_point(word, at);
    const std::string_view character = word.substr(begin, at - begin);
    symbol.clear();
    if (begin > 0) symbol += continuing_prefix_;
    symbol += character;
    if (at == word.size()) symbol += word_suffix_;
    if (const auto known = id(symbol)) {
      unknowns.flush();
      symbols.push_back(*known);
    } else if (!byte_tokens_ || !byte_tokens_->append(symbol, symbols)) {
      unknowns.add(symbol);
    }
  }
  unknowns.flush();
}

void BpeModel::merge_short(std::vector<TokenId>& symbols) const {
  const Merge* candidates[short_word];
  std::size_t count = symbols.size();
  for (std::size_t i = 0; i + 1 < count; ++i) candidates[i] = merges_.find(symbols[i], symbols[i + 1]);
  while (count > 1) {
    std::size_t best = count;
    for (std::size_t i = 0; i + 1 < count; ++i)
      if (candidates[i] != nullptr && (best == count || candidates[i]->rank < candidates[best]->rank)) best = i;
    if (best == count) break;
    symbols[best] = candidates[best]->merged;
    --count;
    for (std::size_t i = best + 1; i < count; ++i) {
      symbols[i] = symbols[i + 1];
      candidates[i] = candidates[i + 1];
    }
    if (best > 0) candidates[best - 1] = merges_.find(symbols[best - 1], symbols[best]);
    if (best + 1 < count) candidates[best] = merges_.find(symbols[best], symbols[best + 1]);
  }
  symbols.resize(count);
}

void BpeModel::merge_long(std::vector<TokenId>& symbols) const {
  constexpr std::int32_t none = -1, no_merge = std::numeric_limits<std::int32_t>::max();
  constexpr TokenId gone = -1;
  struct Place {
    std::int32_t previous, next;
    std::int32_t rank;  // of the merge with `next`; candidates of another rank are stale
  };
  std::vector<Place> places(symbols.size());
  const auto at = [&](std::int32_t i) -> TokenId& { return symbols[static_cast<std::size_t>(i)]; };
  const auto place = [&](std::int32_t i) -> Place& { return places[static_cast<std::size_t>(i)]; };
  const auto rank_of = [&](std::int32_t left, std::int32_t right) {
    const Merge* merge = right == none ? nullptr : merges_.find(at(left), at(right));
    return merge == nullptr ? no_merge : merge->rank;
  };
  // A candidate is its rank, then its position, in one word: the smallest is the next to merge.
  const auto candidate = [](std::int32_t rank, std::int32_t position) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(rank)) << 32 | static_cast<std::uint32_t>(position);
  };
  const auto count = static_cast<std::int32_t>(symbols.size());
  std::vector<std::uint64_t> initial;
  initial.reserve(symbols.size());
  for (std::int32_t i = 0; i < count; ++i) {
    const std::int32_t next = i + 1 < count ? i + 1 : none;
    place(i) = {i - 1, next, rank_of(i, next)};
    if (place(i).rank != no_merge) initial.push_back(candidate(place(i).rank, i));
  }
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> queue(std::greater<>{},
                                                                                       std::move(initial));
  const auto offer = [&](std::int32_t position) {
    if (position == none) return;
    Place& left = place(position);
    left.rank = rank_of(position, left.next);
    if (left.rank != no_merge) queue.push(candidate(left.rank, position));
  };
  while (!queue.empty()) {
    const auto rank = static_cast<std::int32_t>(queue.top() >> 32);
    const auto position = static_cast<std::int32_t>(queue.top() & 0xFFFFFFFFU);
    queue.pop();
    Place& left = place(position);
    if (left.rank != rank) continue;
    const std::int32_t right = left.next;
    at(position) = merged_by_rank_[static_cast<std::size_t>(rank)];
    at(right) = gone;
    place(right).rank = no_merge;
    left.next = place(right).next;
    if (left.next != none) place(left.next).previous = position;
    offer(left.previous);
    offer(position);
  }
  std::erase(symbols, gone);
}

}  // namespace assay::text
