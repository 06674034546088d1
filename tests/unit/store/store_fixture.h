#pragma once
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "store/bundle.h"
#include "store/store.h"
#include "unit/data/folder_fixture.h"

namespace assay::testing {

/// A results folder, and a run of one cell: a generate stage, a score stage and a comparison.
class StoreFixture : public FolderFixture {
 protected:
  static plan::Stage stage(const std::string& name, plan::StageKind kind, std::vector<std::string> needs = {}) {
    plan::Stage made{};
    made.key = name + std::string(64 - name.size(), '0');
    made.kind = kind;
    made.needs = std::move(needs);
    made.label = name;
    return made;
  }

  static plan::Plan small_plan() {
    plan::Plan plan;
    plan.hash = "a hash";
    plan.experiment = "rehearsal";
    plan.stages = {stage("aa", plan::StageKind::generate)};
    plan.stages.push_back(stage("bb", plan::StageKind::score, {plan.stages[0].key}));
    plan.stages.push_back(stage("cc", plan::StageKind::compare, {plan.stages[1].key}));
    plan.compare = {plan.stages[2].key};
    plan::Cell cell;
    cell.id = "cell";
    cell.group = "group";
    cell.model = "sim";
    cell.dataset = "tickets";
    cell.strategy_label = "zero_shot";
    cell.generate = plan.stages[0].key;
    cell.score = {plan.stages[1].key};
    plan.cells = {cell};
    return plan;
  }

  static config::Experiment experiment() {
    config::Experiment experiment;
    experiment.name = "rehearsal";
    experiment.resolved = Json::object();
    return experiment;
  }

  store::Store open() const { return store::Store::open(folder_ / "results"); }

  /// Leaves the bundle of a stage as a worker would.
  static void make(const store::Store& store, const plan::Stage& stage) {
    store::BundleWriter writer(store.bundle(stage), stage.key, plan::to_string(stage.kind), stage.inputs);
    if (stage.kind == plan::StageKind::generate) {
      store::RowsWriter rows(writer.folder() / "predictions.jsonl");
      for (int i = 0; i < 3; ++i) rows.write({{"id", fmt::format("r{}", i)}, {"index", i}, {"answer", "billing"}});
      rows.close();
      writer.kpis["prompt_tokens"] = {{"value", 12}, {"unit", "tokens"}, {"higher_is_better", false}};
    } else if (stage.kind == plan::StageKind::score) {
      put(writer, "scores.json",
          R"({"metric":"accuracy","outputs":[{"name":"accuracy","unit":"","higher_is_better":true,
        "per_example":true},{"name":"odd","unit":"","higher_is_better":false,"per_example":false}],"width":1,"examples":3,
        "values":[0.5,null]})");
      store::RowsWriter values(writer.folder() / "values.jsonl");
      for (const double value : {1.0, 0.0, 1.0}) values.write(Json::array({value}));
      values.close();
    } else {
      put(writer, "compare.json",
          R"({"metric":"accuracy","dataset":"tickets","cells":[{"group":"group","outputs":[{"name":"accuracy",
        "value":0.5,"low":0.4,"high":0.6,"by_cell":[{"cell":"cell","low":0.3,"high":0.7}]}]}],
        "pairs":[{"a":"group","b":"other","outputs":[{"name":"accuracy","difference":0.1,"low":null,"high":0.2,"p_value":0.04}]}]})");
    }
    writer.commit();
  }

  /// A run of the small plan, all of it recorded.
  static std::int64_t run_all(store::Store& store) {
    const plan::Plan plan = small_plan();
    const std::int64_t run = store.begin_run(experiment(), plan);
    for (const plan::Stage& stage : plan.stages) make(store, stage);
    store.record(run, {}, plan.stages);
    store.finish_run(run, "done", "rehearsal/1");
    return run;
  }

  static void put(const store::BundleWriter& writer, const std::string& name, const std::string& text) {
    std::ofstream(writer.folder() / name, std::ios::binary) << text;
  }

  [[nodiscard]] static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

}  // namespace assay::testing
