#include "run/score_table.h"

#include <cmath>
#include <string>
#include <unordered_map>

namespace assay::run {
ScoreTable::ScoreTable(const store::Bundle& bundle, std::size_t width) : width_(width) {
  const std::size_t most = bundle.json("scores.json").at("examples").get<std::size_t>() / kExamplesAKind;
  std::unordered_map<std::string, std::uint32_t> known;  // by their text: equal rows are written alike
  bool apart = false;
  const auto parse = [&](std::string_view line) {
    const Json row = Json::parse(line, nullptr, false);
    if (row.is_discarded()) bundle.damaged_row("rows.jsonl", examples_ + 1);
    for (const Json& x : row) rows_.push_back(x.is_number() ? x.get<double>() : std::nan(""));
  };
  const auto set_apart = [&] {
    std::vector<double> all;
    for (std::size_t i = 0; i < examples_; ++i) {
      const auto one = row(i);
      all.insert(all.end(), one.begin(), one.end());
    }
    rows_ = std::move(all);
    kinds_ = {};
    known.clear();
    apart = true;
  };
  bundle.lines("rows.jsonl", [&](std::string_view line) {
    if (!apart) {
      const auto [kind, fresh] = known.try_emplace(std::string(line), static_cast<std::uint32_t>(known.size()));
      if (fresh && known.size() > most) {
        set_apart();
      } else {
        if (fresh) {
          parse(line);
          kinds_.first.push_back(static_cast<std::uint32_t>(examples_));
        }
        kinds_.of.push_back(kind->second);
      }
    }
    if (apart) parse(line);
    ++examples_;
  });
}

std::vector<double> ScoreTable::rows_of(std::span<const std::uint32_t> examples) const {
  std::vector<double> rows;
  rows.reserve(examples.size() * width_);
  for (const std::uint32_t example : examples) {
    const auto one = row(example);
    rows.insert(rows.end(), one.begin(), one.end());
  }
  return rows;
}

}  // namespace assay::run
