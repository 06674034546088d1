#include "report/example_scores.h"

#include <algorithm>
#include <cmath>

#include "report/json_values.h"
#include "store/bundle.h"

namespace assay::report {
namespace {

std::string id_text(const Json& id) { return id.is_string() ? id.get<std::string>() : id.dump(); }

}  // namespace

std::vector<std::pair<std::string, std::string>> ExampleScores::questions(const Group& group) {
  for (const std::string& id : group.cells) {
    const plan::Stage& stage = plan_.stage(plan_.cell(id).generate);
    if (const auto known = questions_.find(stage.key); known != questions_.end()) return known->second;
    if (!store::Bundle::exists(store_.bundle(stage))) continue;
    auto& found = questions_[stage.key];
    store::Bundle::open(store_.bundle(stage), stage.key).rows("predictions.jsonl", [&](const Json& row) {
      found.emplace_back(id_text(row.value("id", Json(""))), text_or(row, "target"));
    });
    return found;
  }
  return {};
}

std::vector<double> ExampleScores::column(const plan::Cell& cell, const Output& output) {
  std::vector<double> scores;
  for (const std::string& key : cell.score) {
    const plan::Stage& stage = plan_.stage(key);
    if (stage.metric != output.metric || !store::Bundle::exists(store_.bundle(stage))) continue;
    const store::Bundle bundle = store::Bundle::open(store_.bundle(stage), key);
    const auto place = value_column(bundle.json("scores.json"), output.name);
    if (!place) continue;
    bundle.rows("values.jsonl", [&](const Json& row) {
      scores.push_back(row.at(*place).is_number() ? row.at(*place).get<double>() : kUnknown);
    });
  }
  return scores;
}

std::map<std::string, ExampleScore> ExampleScores::of(const Group& group, const Output& output) {
  std::map<std::string, ExampleScore> all;
  std::map<std::string, int> seeds;
  for (const std::string& id : group.cells) {
    const std::vector<double> scores = column(plan_.cell(id), output);
    if (scores.empty()) continue;
    const auto asked = questions(group);
    for (std::size_t i = 0; i < std::min(scores.size(), asked.size()); ++i) {
      if (std::isnan(scores[i])) continue;
      ExampleScore& one = all[asked[i].first];
      one.target = asked[i].second;
      one.score += scores[i];
      ++seeds[asked[i].first];
    }
  }
  for (auto& [id, one] : all) one.score /= seeds[id];
  return all;
}

std::vector<double> ExampleScores::resampled(const Dataset& dataset, const Group& group, const Output& output) {
  std::vector<double> values;
  for (const std::string& key : plan_.compare) {
    const plan::Stage& stage = plan_.stage(key);
    if (stage.dataset != dataset.name || stage.metric != output.metric || !store::Bundle::exists(store_.bundle(stage)))
      continue;
    const store::Bundle bundle = store::Bundle::open(store_.bundle(stage), key);
    if (!bundle.has("resampled.jsonl")) continue;
    bundle.rows("resampled.jsonl", [&](const Json& row) {
      if (row.at("output") != output.name || row.at("group") != group.id) return;
      for (const Json& x : row.at("values")) values.push_back(x.is_number() ? x.get<double>() : kUnknown);
    });
  }
  return values;
}

}  // namespace assay::report
