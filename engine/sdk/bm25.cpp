#include <assay/sdk/bm25.h>
#include <assay/sdk/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>

namespace assay::sdk {
namespace {

/// The character at `at` and its length in bytes; a byte that begins no character is a character beyond all
/// punctuation.
std::pair<std::uint32_t, std::size_t> character(std::string_view text, std::size_t at) {
  constexpr std::uint32_t kNone = 0x110000;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (length == 0 || at + length > text.size()) return {kNone, 1};
  std::uint32_t value = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U) return {kNone, 1};
    value = value << 6U | (byte(at + i) & 0x3fU);
  }
  return {value, length};
}

bool in(std::uint32_t c, std::uint32_t first, std::uint32_t last) { return c >= first && c <= last; }

bool is_word(std::uint32_t c) {
  if (c < 0x80) return in(c, '0', '9') || in(c, 'a', 'z') || in(c, 'A', 'Z');
  if (c <= 0xbf) return c == 0xaa || c == 0xb5 || c == 0xba;
  return !in(c, 0x2000, 0x206f) && !in(c, 0x3000, 0x303f);
}

std::uint32_t folded(std::uint32_t c) {
  if (in(c, 'A', 'Z')) return c + 0x20;
  if (in(c, 0xc0, 0xde) && c != 0xd7) return c + 0x20;
  if (in(c, 0x391, 0x3a9) || in(c, 0x410, 0x42f)) return c + 0x20;
  if (in(c, 0x400, 0x40f)) return c + 0x50;
  return c;
}

constexpr std::array<char, 8> kIndexMagic{'A', 'S', 'S', 'A', 'Y', 'B', 'M', '1'};

void put(std::ostream& out, std::uint64_t value) {
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xffU);
  out.write(bytes.data(), bytes.size());
}

/// Numbers and texts of an index file, each checked against the bytes that are left.
class Reader {
 public:
  Reader(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {}

  std::uint64_t number() {
    const std::string_view piece = take(8);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(piece[i])} << (8 * i);
    return value;
  }
  std::uint32_t below(std::uint64_t bound) {
    const std::uint64_t value = number();
    if (value >= bound) refuse();
    return static_cast<std::uint32_t>(value);
  }
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) refuse();
    const auto piece = std::string_view(bytes_).substr(at_, count);
    at_ += count;
    return piece;
  }
  /// A count of things that take `bytes` each at least.
  std::uint64_t count(std::uint64_t bytes) {
    const std::uint64_t value = number();
    if (value > (bytes_.size() - at_) / bytes) refuse();
    return value;
  }
  void end() const {
    if (at_ != bytes_.size()) refuse();
  }
  [[noreturn]] void refuse() const {
    throw Corrupted(name_ + ": no BM25 index of this version, or torn; remove it to have it made again");
  }

 private:
  std::string bytes_, name_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) found.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, length] = character(text, at);
    if (!is_word(c)) {
      end();
    } else if (const std::uint32_t low = folded(c); low == c) {
      word += text.substr(at, length);
    } else if (low < 0x80) {
      word += static_cast<char>(low);
    } else {  // all that is folded lies below U+0800
      word += static_cast<char>(0xc0U | low >> 6U);
      word += static_cast<char>(0x80U | (low & 0x3fU));
    }
    at += length;
  }
  end();
  return found;
}

void Bm25::add(std::string_view text) {
  const auto position = static_cast<std::uint32_t>(lengths_.size());
  const std::vector<std::string> all = words(text);
  for (const std::string& word : all) {
    const auto [term, fresh] = terms_.try_emplace(word, static_cast<std::uint32_t>(postings_.size()));
    if (fresh) postings_.emplace_back();
    std::vector<Posting>& list = postings_[term->second];
    if (list.empty() || list.back().text != position) list.push_back({position, 0});
    ++list.back().count;
  }
  lengths_.push_back(static_cast<std::uint32_t>(all.size()));
  total_length_ += all.size();
}

std::vector<double> Bm25::scores(std::string_view query) const {
  std::vector<double> scores(size(), 0.0);
  const double count = static_cast<double>(size());
  const double mean = static_cast<double>(total_length_) / std::max(count, 1.0);
  const auto [k1, b] = parameters_;
  for (const std::string& word : words(query)) {
    const auto term = terms_.find(word);
    if (term == terms_.end()) continue;
    const std::vector<Posting>& list = postings_[term->second];
    const double holds = static_cast<double>(list.size());
    const double idf = std::log(1 + (count - holds + 0.5) / (holds + 0.5));
    for (const Posting& posting : list) {
      const double f = posting.count;
      scores[posting.text] += idf * f / (f + k1 * (1 - b + b * lengths_[posting.text] / mean));
    }
  }
  return scores;
}

std::vector<Ranked> Bm25::rank(std::string_view query, std::size_t count) const {
  return best_of(scores(query), count);
}

void Bm25::save(const std::filesystem::path& file) const {
  std::ofstream out(file, std::ios::binary);
  out.write(kIndexMagic.data(), kIndexMagic.size());
  put(out, lengths_.size());
  for (const std::uint32_t length : lengths_) put(out, length);
  const std::map<std::string_view, std::uint32_t> sorted(terms_.begin(),
                                                         terms_.end());  // equal indices are equal files
  put(out, sorted.size());
  for (const auto& [word, term] : sorted) {
    put(out, word.size());
    out.write(word.data(), static_cast<std::streamsize>(word.size()));
    put(out, postings_[term].size());
    for (const Posting& posting : postings_[term]) put(out, posting.text), put(out, posting.count);
  }
  out.close();
  if (!out) throw Error(file.string() + ": cannot be written; is the disk full?");
}

Bm25 Bm25::load(const std::filesystem::path& file, Parameters parameters) {
  std::ifstream in(file, std::ios::binary);
  Reader reader(std::string(std::istreambuf_iterator<char>(in), {}), file.string());
  if (reader.take(kIndexMagic.size()) != std::string_view(kIndexMagic.data(), kIndexMagic.size())) reader.refuse();
  constexpr std::uint64_t kAny = std::uint64_t{1} << 32U;
  Bm25 index(parameters);
  index.lengths_.resize(reader.count(8));
  for (std::uint32_t& length : index.lengths_) {
    length = reader.below(kAny);
    index.total_length_ += length;
  }
  index.postings_.resize(reader.count(16));
  for (std::uint32_t term = 0; term < index.postings_.size(); ++term) {
    index.terms_.emplace(reader.take(reader.number()), term);
    index.postings_[term].resize(reader.count(16));
    for (Posting& posting : index.postings_[term]) posting = {reader.below(index.size()), reader.below(kAny)};
  }
  reader.end();
  return index;
}

std::vector<Ranked> best_of(std::span<const double> scores, std::size_t count) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  count = std::min(count, order.size());
  const auto better = [&](std::size_t a, std::size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), better);
  std::vector<Ranked> best;
  for (std::size_t i = 0; i < count; ++i) best.push_back({order[i], scores[order[i]]});
  return best;
}

std::vector<Ranked> reciprocal_rank_fusion(std::span<const std::vector<Ranked>> rankings, std::size_t count, double k) {
  std::map<std::size_t, double> sums;
  for (const std::vector<Ranked>& ranking : rankings) {
    for (std::size_t i = 0; i < ranking.size(); ++i) sums[ranking[i].position] += 1 / (k + static_cast<double>(i + 1));
  }
  std::vector<std::size_t> positions;
  std::vector<double> scores;
  for (const auto& [position, sum] : sums) positions.push_back(position), scores.push_back(sum);
  std::vector<Ranked> best = best_of(scores, count);
  for (Ranked& one : best) one.position = positions[one.position];
  return best;
}

}  // namespace assay::sdk
