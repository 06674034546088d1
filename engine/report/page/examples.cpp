#include "report/page/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

#include "report/json_values.h"
#include "report/page/compressed.h"
#include "report/page/confidences.h"

namespace assay::report {
namespace {

/// A cell that the page shows, and where the walk stands in its predictions.
struct Shown {
  const plan::Cell* cell;
  const Group* group;
  store::RowsReader predictions;
  std::vector<std::vector<double>> scores;  ///< by output, by row
  ConfusionCounts confusion{};
  ReliabilityBins reliability{};
};

/// Cells with predictions, the best groups first; seeds of equal results once.
std::vector<std::pair<const plan::Cell*, const Group*>> candidates(const Dataset& dataset, const plan::Plan& plan,
                                                                   StageResults& stages, std::size_t seeds) {
  std::vector<std::pair<const plan::Cell*, const Group*>> found;
  for (const Group& group : dataset.groups) {
    std::set<std::string> results;
    for (const std::string& id : group.cells) {
      const plan::Cell& cell = plan.cell(id);
      if (results.size() == seeds || stages.bundle(cell.generate) == nullptr) continue;
      if (results.insert(cell.generate).second) found.emplace_back(&cell, &group);
    }
  }
  return found;
}

/// Names of the outputs that any cell scores example by example, the primary one first.
std::vector<std::string> output_names(const Dataset& dataset, const std::vector<const plan::Cell*>& cells,
                                      StageResults& stages) {
  std::set<std::string> scored;
  for (const plan::Cell* cell : cells) {
    for (const std::string& key : cell->score) {
      const store::Bundle* bundle = stages.bundle(key);
      if (!bundle) continue;
      for (std::string& name : value_columns(bundle->json("scores.json"))) scored.insert(std::move(name));
    }
  }
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (scored.erase(name) > 0) names.push_back(name);
  };
  if (!dataset.outputs.empty()) add(dataset.outputs[dataset.primary].name);
  for (const Output& output : dataset.outputs) add(output.name);
  return names;
}

void read_scores(Shown& shown, const std::vector<std::string>& names, StageResults& stages, std::size_t rows) {
  shown.scores.resize(names.size());
  for (const std::string& key : shown.cell->score) {
    const store::Bundle* bundle = stages.bundle(key);
    if (!bundle) continue;
    std::vector<std::size_t> places;  // of the columns of values.jsonl; names.size(): not shown
    for (const std::string& name : value_columns(bundle->json("scores.json"))) {
      places.push_back(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
    }
    if (places.empty()) continue;
    store::RowsReader values(*bundle, "values.jsonl");
    for (std::size_t n = 0; n < rows; ++n) {
      const auto line = values.next();
      if (!line) break;
      const Json row = Json::parse(*line, nullptr, false);
      if (!row.is_array() || row.size() < places.size()) bundle->damaged_row("values.jsonl", n + 1);
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] < names.size())
          shown.scores[places[i]].push_back(row[i].is_number() ? row[i].get<double>() : kUnknown);
      }
    }
  }
}

/// Gathers rows and hands them on, a compressed block at a time.
class Blocks {
 public:
  Blocks(std::string prefix, const ExampleLimits& limits, const PutBlock& put)
      : prefix_(std::move(prefix)), limits_(limits), put_(put) {}

  /// Where the next row is to be appended to.
  std::string& text() {
    text_ += text_.empty() ? '[' : ',';
    return text_;
  }
  void end_row() {
    if (++rows_ == limits_.block_rows || text_.size() >= limits_.block_bytes) close();
  }
  void close() {
    if (rows_ == 0) return;
    ids_.push_back(fmt::format("{}-block-{}", prefix_, ids_.size()));
    text_ += ']';
    put_(ids_.back(), compressed(text_));
    counts_.push_back(rows_);
    text_.clear();
    rows_ = 0;
  }
  [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }
  [[nodiscard]] const std::vector<std::size_t>& counts() const { return counts_; }

 private:
  std::string prefix_;
  const ExampleLimits& limits_;
  const PutBlock& put_;
  std::string text_;
  std::size_t rows_ = 0;
  std::vector<std::string> ids_;
  std::vector<std::size_t> counts_;
};

std::string dumped(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Appends `"name":value,` for every name that the row has. Rows are many: they are written as text, without a copy of them.
template <std::size_t N>
void append_members(std::string& out, const Json& row, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    const auto found = row.find(name);
    if (found != row.end() && !(found->is_object() && found->empty()))
      fmt::format_to(std::back_inserter(out), "\"{}\":{},", name, dumped(*found));
  }
}

void append_number(std::string& out, double x) {
  if (std::isfinite(x)) {
    fmt::format_to(std::back_inserter(out), "{}", x);
  } else {
    out += "null";
  }
}

/// Appends a list, by `one` of each item.
template <class List, class One>
void append_list(std::string& out, const List& list, const One& one) {
  out += '[';
  for (const auto& item : list) {
    one(item);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += ']';
}

/// Log-probabilities to three decimals: further digits are noise that does not compress.
void append_choice_scores(std::string& out, const Json& choice_scores) {
  out += "\"choice_scores\":";
  append_list(out, choice_scores, [&](const Json& of_request) {
    append_list(out, of_request, [&](const Json& score) {
      append_number(out, score.is_number() ? std::round(score.get<double>() * 1e3) / 1e3 : kUnknown);
    });
  });
  out += ',';
}

/// Appends a cell's part of an example: its prediction without what the example says already.
void append_answer(std::string& out, const std::vector<Json>& rows, std::size_t place, const Shown& shown,
                   std::size_t number) {
  constexpr std::array kNames{"prompts", "outputs", "answer", "usage",        "fitted",
                              "details", "numbers", "steps",  "asked_choices"};
  const Json& row = rows[place];
  const auto same =
      std::find_if(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(place), [&](const Json& before) {
        return !before.is_null() && before.at("id") == row.at("id") && before.at("prompt") == row.at("prompt");
      });
  const auto first = static_cast<std::size_t>(same - rows.begin());
  out += "{\"prompt\":";
  out += first < place ? fmt::format("{}", first) : dumped(row.at("prompt"));
  out += ',';
  append_members(out, row, kNames);
  if (const auto found = row.find("choice_scores"); found != row.end()) append_choice_scores(out, *found);
  out += "\"scores\":";
  append_list(out, shown.scores, [&](const std::vector<double>& scores) {
    append_number(out, number < scores.size() ? scores[number] : kUnknown);
  });
  out += '}';
}

void append_example(std::string& out, const std::vector<Json>& rows, const std::vector<Shown>& cells,
                    const Json& example, std::size_t number) {
  constexpr std::array kNames{"id", "index", "input", "target", "choices"};
  out += '{';
  append_members(out, example, kNames);
  if (const Json references = example.value("references", Json::array());
      references.size() != 1 || references[0] != example.at("target")) {
    if (!references.empty()) fmt::format_to(std::back_inserter(out), "\"references\":{},", dumped(references));
  }
  out += "\"cells\":";
  std::size_t place = 0;
  append_list(out, cells, [&](const Shown& shown) {
    if (rows[place].is_null() || rows[place].at("id") != example.at("id")) {
      out += "null";
    } else {
      append_answer(out, rows, place, shown, number);
    }
    ++place;
  });
  out += '}';
}

/// The rows of all shown cells that belong to one example.
class Walk {
 public:
  Walk(std::vector<Shown>& cells, StageResults& stages) : cells_(cells), stages_(stages) {}

  /// False when no cell has a further row. `example` gets the first cell's row, `rows` a row a cell, null where it has none.
  bool next(std::vector<Json>& rows) {
    rows.assign(cells_.size(), Json());
    bool any = false;
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const auto line = cells_[c].predictions.next();
      if (!line) continue;
      rows[c] = Json::parse(*line, nullptr, false);
      if (!rows[c].is_object() || !rows[c].contains("id"))
        stages_.bundle(cells_[c].cell->generate)->damaged_row("predictions.jsonl", row_ + 1);
      any = true;
    }
    ++row_;
    return any;
  }

 private:
  std::vector<Shown>& cells_;
  StageResults& stages_;
  std::size_t row_ = 0;
};

std::string index_text(const std::vector<std::string>& ids, const std::vector<std::size_t>& distinct,
                       const std::vector<Shown>& cells) {
  std::string out = fmt::format("{{\"ids\":{},\"distinct\":{},\"scores\":", dumped(ids), dumped(distinct));
  append_list(out, cells, [&](const Shown& shown) {
    append_list(out, shown.scores, [&](std::vector<double> column) {
      column.resize(ids.size(), kUnknown);
      append_list(out, column, [&](double score) { append_number(out, score); });
    });
  });
  return out + "}";
}

std::size_t distinct_answers(const std::vector<Json>& rows) {
  std::set<std::string> answers;
  for (const Json& row : rows) {
    if (!row.is_null()) answers.insert(row.at("answer").get<std::string>());
  }
  return answers.size();
}

}  // namespace

DatasetExamples write_examples(const Dataset& dataset, std::size_t number, const plan::Plan& plan, StageResults& stages,
                               const ExampleLimits& limits, const PutBlock& put) {
  DatasetExamples out;
  auto chosen = candidates(dataset, plan, stages, SIZE_MAX);
  const std::size_t all_cells = chosen.size();
  if (all_cells > limits.cells) {
    chosen = candidates(dataset, plan, stages, 1);
    chosen.resize(std::min(chosen.size(), limits.cells));
  }
  if (chosen.empty()) return out;
  const std::size_t most_rows = std::max<std::size_t>(1, limits.answers / chosen.size());

  std::vector<const plan::Cell*> plan_cells;
  for (const auto& [cell, group] : chosen) plan_cells.push_back(cell);
  const std::vector<std::string> outputs = output_names(dataset, plan_cells, stages);
  std::vector<Shown> cells;
  for (const auto& [cell, group] : chosen) {
    cells.push_back({cell, group, store::RowsReader(*stages.bundle(cell->generate), "predictions.jsonl"), {}});
    read_scores(cells.back(), outputs, stages, most_rows);
  }

  const std::string prefix = fmt::format("examples-{}", number);
  Blocks blocks(prefix, limits, put);
  std::vector<std::string> ids;
  std::vector<std::size_t> distinct;
  std::size_t all_rows = 0;
  Walk walk(cells, stages);
  for (std::vector<Json> rows; walk.next(rows); ++all_rows) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (rows[c].is_null()) continue;
      cells[c].confusion.add(rows[c]);
      cells[c].reliability.add(rows[c]);
    }
    if (all_rows >= most_rows) continue;
    const Json& example = *std::find_if(rows.begin(), rows.end(), [](const Json& row) { return !row.is_null(); });
    append_example(blocks.text(), rows, cells, example, all_rows);
    blocks.end_row();
    ids.push_back(example.at("id").get<std::string>());
    distinct.push_back(distinct_answers(rows));
  }
  blocks.close();
  put(prefix + "-index", compressed(index_text(ids, distinct, cells)));

  out.examples = {{"dataset", dataset.name},
                  {"cells", OrderedJson::array()},
                  {"outputs", outputs},
                  {"rows", ids.size()},
                  {"rows_per_block", blocks.counts()},
                  {"index", prefix + "-index"},
                  {"blocks", blocks.ids()},
                  {"left_out", {{"cells", all_cells - cells.size()}, {"rows", all_rows - ids.size()}}}};
  for (const Shown& shown : cells) {
    const std::string& id = shown.cell->id;
    out.examples["cells"].push_back(
        {{"cell", id}, {"group", shown.group->id}, {"seed", shown.cell->seed}, {"label", shown.group->label}});
    const auto add = [&](OrderedJson& list, const char* name, OrderedJson value) {
      if (value.is_null()) return;
      OrderedJson entry{{"dataset", dataset.name}, {"cell", id}};
      if (value.is_object()) {
        entry.update(value);
      } else {
        entry[name] = std::move(value);
      }
      list.push_back(std::move(entry));
    };
    add(out.confusions, "counts", shown.confusion.json());
    add(out.calibration, "bins", shown.reliability.json());
  }
  return out;
}

}  // namespace assay::report
