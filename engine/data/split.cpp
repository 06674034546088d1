#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <span>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"

namespace assay::data {
namespace {

std::string display_name(const DatasetSource& source, const std::string& file) {
  return "dataset '" + source.name + "': " + std::filesystem::path(file).filename().string();
}

/// Whether the range holds the row that was just read; rows count from 0 in ranges, from 1 in readers.
bool holds(const RowRange& range, const RowReader& reader) {
  return reader.row() > range.begin && (range.end == 0 || reader.row() <= range.end);
}

/// Rows of the file that lie in the range.
std::size_t rows_in(const DatasetSource& source, const std::string& file, const RowRange& range) {
  RowReader reader(file, display_name(source, file));
  std::size_t rows = 0;
  while ((range.end == 0 || reader.row() < range.end) && reader.next()) rows += holds(range, reader);
  return rows;
}

/// The first `train_size` rows of an order that depends on nothing but the seed and how many rows there are: a smaller set
/// is the beginning of a larger one's order.
void take_subset(const DatasetSource& source, std::size_t all, SplitRows& rows) {
  if (rows.taken.empty()) rows.taken.assign(all, true);
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < all; ++row) {
    if (rows.taken[row] && (rows.limit == 0 || order.size() < rows.limit)) order.push_back(row);
  }
  if (source.train_size > order.size()) {
    throw BadInput(fmt::format("dataset '{}': train_size {} is more than the {} training rows that there are{}",
                               source.name, source.train_size, order.size(),
                               order.size() < all ? " without those held out and past the limit" : ""));
  }
  sdk::Random(source.split_seed, "train size").shuffle(std::span<std::size_t>(order));
  rows.taken.assign(all, false);
  for (std::size_t i = 0; i < source.train_size; ++i) rows.taken[order[i]] = true;
  rows.limit = 0;
}

/// The training rows, or those drawn from them for validation.
SplitRows rows_of_training_file(const DatasetSource& source, Split split) {
  const bool drawn = source.validation.empty() && source.validation_fraction > 0 && !source.train.empty();
  if (split == Split::validation && !drawn) return {};
  SplitRows rows{
      source.train, source.train_rows, {}, split == Split::train ? source.train_limit : source.validation_limit};
  if (!drawn) return rows;
  const std::size_t all = rows_in(source, source.train, source.train_rows);
  std::vector<std::size_t> order(all);
  std::iota(order.begin(), order.end(), std::size_t{0});
  sdk::Random(source.split_seed, "validation split").shuffle(std::span<std::size_t>(order));
  auto held = static_cast<std::size_t>(std::llround(source.validation_fraction * static_cast<double>(all)));
  if (all >= 2) held = std::clamp<std::size_t>(held, 1, all - 1);
  rows.taken.assign(all, split == Split::train);
  for (std::size_t i = 0; i < held && i < all; ++i) rows.taken[order[i]] = split == Split::validation;
  return rows;
}

}  // namespace

SplitRows rows_of(const DatasetSource& source, Split split) {
  if (split == Split::test) return {source.test, source.test_rows, {}, source.group_by.empty() ? source.test_limit : 0};
  if (split == Split::validation && !source.validation.empty())
    return {source.validation, source.validation_rows, {}, source.validation_limit};
  SplitRows rows = rows_of_training_file(source, split);
  if (split == Split::train && source.train_size > 0 && !rows.file.empty()) {
    take_subset(source, rows_in(source, rows.file, rows.range), rows);
  }
  return rows;
}

void for_each_row(const DatasetSource& source, Split split,
                  const std::function<void(const RowReader&, std::size_t)>& each) {
  const SplitRows rows = rows_of(source, split);
  if (rows.file.empty()) return;
  RowReader reader(rows.file, display_name(source, rows.file));
  for (std::size_t index = 0; (rows.limit == 0 || index < rows.limit) && reader.next();) {
    if (rows.range.end > 0 && reader.row() > rows.range.end) break;
    if (!holds(rows.range, reader)) continue;
    if (!rows.taken.empty() && !rows.taken[reader.row() - 1 - rows.range.begin]) continue;
    each(reader, index++);
  }
}

}  // namespace assay::data
