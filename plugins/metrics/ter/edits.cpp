#include "edits.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <tuple>

namespace ter {
namespace {

using metric_text::Symbol;
using Words = std::vector<Symbol>;

// Tercom's limits, and sacreBLEU's on the shifts that are tried for one pair of texts.
constexpr int kLongestShift = 10, kFarthestShift = 50, kBeam = 25, kMostCandidates = 1000;
constexpr int kUnreached = std::numeric_limits<int>::max() / 2;

enum class Edit : char { none, keep, substitute, insert, remove };

/// Levenshtein's distance of texts of one length to a reference, in a beam about the diagonal.
class Distance {
 public:
  Distance(std::span<const Symbol> reference, std::size_t answer_length)
      : reference_(reference),
        columns_(static_cast<int>(reference.size()) + 1),
        rows_(static_cast<int>(answer_length) + 1),
        ratio_(answer_length == 0 ? 1 : static_cast<double>(reference.size()) / static_cast<double>(answer_length)),
        beam_(kBeam < ratio_ / 2 ? static_cast<int>(std::ceil(ratio_ / 2 + kBeam)) : kBeam),
        cells_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_)) {
    for (int j = 0; j < columns_; ++j) cell(0, j) = {j, Edit::insert};
  }

  /// What the first words share with the last call's is not computed again.
  int operator()(const Words& answer) {
    const auto changed = std::mismatch(known_.begin(), known_.end(), answer.begin(), answer.end()).first;
    for (int i = static_cast<int>(changed - known_.begin()) + 1; i < rows_; ++i)
      fill(i, answer[static_cast<std::size_t>(i) - 1]);
    known_ = answer;
    return cell(rows_ - 1, columns_ - 1).cost;
  }

  /// How the last call's answer becomes the reference, from the first word to the last.
  [[nodiscard]] std::vector<Edit> path() const {
    std::vector<Edit> edits;
    for (int i = rows_ - 1, j = columns_ - 1; i > 0 || j > 0;) {
      const Edit edit = cells_[index(i, j)].edit;
      edits.push_back(edit);
      i -= edit != Edit::insert;
      j -= edit != Edit::remove;
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
  }

 private:
  struct Cell {
    int cost = kUnreached;
    Edit edit = Edit::none;
  };

  [[nodiscard]] std::size_t index(int i, int j) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(j);
  }
  Cell& cell(int i, int j) { return cells_[index(i, j)]; }

  void fill(int i, Symbol word) {
    const int diagonal = static_cast<int>(std::floor(i * ratio_));
    const int end = i == rows_ - 1 ? columns_ : std::min(columns_, diagonal + beam_);
    std::fill_n(&cell(i, 0), columns_, Cell{});
    for (int j = std::max(0, diagonal - beam_); j < end; ++j) {
      // Of equal costs the first stands: Tercom's preference, read in the direction in which it aligns.
      Cell best{kUnreached, Edit::none};
      if (j > 0) {
        const bool same = word == reference_[static_cast<std::size_t>(j) - 1];
        improve(best, cell(i - 1, j - 1).cost + !same, same ? Edit::keep : Edit::substitute);
      }
      improve(best, cell(i - 1, j).cost + 1, Edit::remove);
      if (j > 0) improve(best, cell(i, j - 1).cost + 1, Edit::insert);
      cell(i, j) = best;
    }
  }

  static void improve(Cell& best, int cost, Edit edit) {
    if (cost < best.cost) best = {cost, edit};
  }

  std::span<const Symbol> reference_;
  int columns_, rows_;
  double ratio_;
  int beam_;
  std::vector<Cell> cells_;
  Words known_;
};

/// Where each word of the reference stands in the answer (-1: before its first), and which words of either are wrong.
struct Alignment {
  std::vector<int> place;
  std::vector<bool> wrong_in_answer, wrong_in_reference;
};

Alignment alignment(const std::vector<Edit>& path) {
  Alignment result;
  int at = -1;
  for (const Edit edit : path) {
    const bool wrong = edit != Edit::keep;
    if (edit != Edit::insert) {
      ++at;
      result.wrong_in_answer.push_back(wrong);
    }
    if (edit != Edit::remove) {
      result.place.push_back(at);
      result.wrong_in_reference.push_back(wrong);
    }
  }
  return result;
}

bool any(const std::vector<bool>& flags, int from, int count) {
  return std::any_of(flags.begin() + from, flags.begin() + from + count, [](bool flag) { return flag; });
}

Words shifted(Words words, int start, int length, int target) {
  const auto at = [&](int place) { return words.begin() + std::min(place, static_cast<int>(words.size())); };
  if (target < start) {
    std::rotate(at(target), at(start), at(start + length));
  } else {
    std::rotate(at(start), at(start + length), at(target > start + length ? target : target + length));
  }
  return words;
}

/// A shift, ordered as Tercom ranks them: by gain, then the longer, the earlier, the one with the earlier target.
struct Shift {
  std::tuple<int, int, int, int> rank;
  Words words;
};

class Search {
 public:
  Search(Words answer, std::span<const Symbol> reference)
      : words_(std::move(answer)), reference_(reference), distance_(reference, words_.size()) {}

  int edits() {
    int shifts = 0;
    for (;;) {
      const std::optional<Shift> best = best_shift();
      if (candidates_ >= kMostCandidates || !best || std::get<0>(best->rank) <= 0) break;
      ++shifts;
      words_ = best->words;
    }
    return shifts + distance_(words_);
  }

 private:
  std::optional<Shift> best_shift() {
    cost_ = distance_(words_);
    alignment_ = alignment(distance_.path());
    best_.reset();
    const int length = static_cast<int>(words_.size()), reference_length = static_cast<int>(reference_.size());
    for (int start = 0; start < length; ++start) {
      const int last = std::min(reference_length - 1, start + kFarthestShift);
      for (int target = std::max(0, start - kFarthestShift); target <= last; ++target) {
        for (int size = 1; size <= kLongestShift && start + size <= length && target + size <= reference_length;
             ++size) {
          if (words_[static_cast<std::size_t>(start + size) - 1] !=
              reference_[static_cast<std::size_t>(target + size) - 1])
            break;
          if (!tries(start, target, size)) continue;
          try_shift(start, target, size);
          if (candidates_ >= kMostCandidates) return best_;
        }
      }
    }
    return best_;
  }

  /// A phrase is moved only where it is wrong, to where the reference is not met yet, and out of itself.
  [[nodiscard]] bool tries(int start, int target, int size) const {
    const int place = alignment_.place[static_cast<std::size_t>(target)];
    return any(alignment_.wrong_in_answer, start, size) && any(alignment_.wrong_in_reference, target, size) &&
           (place < start || place >= start + size);
  }

  void try_shift(int start, int target, int size) {
    int before = -1;
    for (int offset = -1; offset < size; ++offset) {
      const int place = target + offset < 0 ? 0 : alignment_.place[static_cast<std::size_t>(target + offset)] + 1;
      if (place == before) continue;
      before = place;
      Words words = shifted(words_, start, size, place);
      ++candidates_;
      const std::tuple rank{cost_ - distance_(words), size, -start, -place};
      if (!best_ || rank > best_->rank) best_ = Shift{rank, std::move(words)};
    }
  }

  Words words_;
  std::span<const Symbol> reference_;
  Distance distance_;
  Alignment alignment_;
  std::optional<Shift> best_;
  int cost_ = 0, candidates_ = 0;
};

}  // namespace

int edits(std::span<const Symbol> answer, std::span<const Symbol> reference) {
  if (reference.empty()) return static_cast<int>(answer.size());
  return Search(Words(answer.begin(), answer.end()), reference).edits();
}

}  // namespace ter
