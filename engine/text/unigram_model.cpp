#include "text/unigram_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "text/byte_level.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

constexpr double unknown_penalty = 10.0;

}  // namespace

UnigramModel::UnigramModel(const Json& model) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const Json& entry : model.at("vocab")) {
    const auto token = entry.at(0).get<std::string>();
    const auto id = static_cast<TokenId>(scores_.size());
    scores_.push_back(entry.at(1).get<double>());
    lowest = std::min(lowest, scores_.back());
    add_token(token, id);
    pieces_.add(token, id);
  }
  unknown_score_ = lowest - unknown_penalty;
  if (const auto unknown = model.find("unk_id"); unknown != model.end() && !unknown->is_null()) {
    const auto at = unknown->get<std::size_t>();
    if (at >= scores_.size())
      throw BadInput(fmt::format("the model's unk_id is {}, its vocabulary has {} tokens", at, scores_.size()));
    unknown_ = static_cast<TokenId>(at);
    set_unknown_token(model.at("vocab").at(at).at(0).get<std::string>());
  }
  if (model.value("byte_fallback", false)) byte_tokens_.emplace(*this);
}

void UnigramModel::encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (bytes_as_symbols) return encode(to_byte_symbols(word), false, ids);
  if (word.empty()) return;

  struct End {  // of the best path so far that ends at a byte
    double score = 0;
    std::size_t begin = 0;  // of its last piece
    TokenId id = -1;        // of its last piece; -1: no path ends here
  };
  thread_local std::vector<End> ends;
  ends.assign(word.size() + 1, End{});
  for (std::size_t begin = 0; begin < word.size();) {
    const double score = ends[begin].score;
    std::size_t next = begin;
    next_code_point(word, next);
    bool covered = false;
    const auto offer = [&](std::size_t end, double piece_score, TokenId id) {
      End& best = ends[end];
      if (best.id < 0 || score + piece_score > best.score) best = {score + piece_score, begin, id};
    };
    pieces_.prefixes(word, begin, [&](std::size_t length, TokenId id) {
      offer(begin + length, scores_[static_cast<std::size_t>(id)], id);
      covered = covered || begin + length == next;
    });
    if (!covered) offer(next, unknown_score_, unknown_ ? *unknown_ : unknown_id(word));
    begin = next;
  }

  std::vector<Span> pieces;  // from the last to the first
  bool after_unknown = false;
  for (std::size_t end = word.size(); end > 0;) {
    const End& last = ends[end];
    const bool unknown = unknown_ && last.id == *unknown_;
    if (unknown && after_unknown)
      pieces.back().begin = last.begin;
    else
      pieces.push_back({last.begin, end});
    after_unknown = unknown;
    end = last.begin;
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
    append(word.substr(piece->begin, piece->size()), ids);
}

void UnigramModel::append(std::string_view piece, std::vector<TokenId>& ids) const {
  if (const auto known = id(piece))
    ids.push_back(*known);
  else if (!byte_tokens_ || !byte_tokens_->append(piece, ids))
    ids.push_back(unknown_id(piece));
}

}  // namespace assay::text
