#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "plan/job.h"
#include "store/bundle.h"
#include "store/store.h"

namespace assay::report {

/// A plan of two groups under two seeds each, zero_shot (which the seed leaves alone) and lora, and bundles for them.
class StoredRun : public testing::Test {
 protected:
  void SetUp() override {
    results_ = std::filesystem::temp_directory_path() / ("assay-report-" + std::to_string(::getpid())) / "results";
    std::filesystem::remove_all(results_.parent_path());
    std::filesystem::create_directories(results_);
    experiment_.name = "demo";
    experiment_.resolved = {{"name", "demo"}, {"data", (results_.parent_path() / "data/test.jsonl").string()}};
    plan_.hash = std::string(64, 'f');
    plan_.experiment = "demo";
    add_generate("g0");
    add_cell("z1", "zero_shot", 1, {}, "g0", "s0");
    add_cell("z2", "zero_shot", 2, {}, "g0", "s0");
    for (const char* seed : {"1", "2"}) {
      const std::string s = seed;
      plan::Job adapt;
      adapt.kind = "adapt";
      stage("a" + s, plan::StageKind::adapt, adapt);
      add_generate("g" + s);
      add_cell("l" + s, "lora(rank=8)", s == "1" ? 1 : 2, {key("a" + s)}, "g" + s, "s" + s);
    }
    for (const char* name : {"s0", "s1", "s2"}) {
      plan::Job score;
      score.kind = "score";
      score.metric = plan::MetricJob{.name = "accuracy", .version = "1", .library = "", .params = Json::object()};
      stage(name, plan::StageKind::score, score);
    }
    plan::Job compare;
    compare.kind = "compare";
    compare.metric = plan::MetricJob{.name = "accuracy", .version = "1", .library = "", .params = Json::object()};
    stage("c0", plan::StageKind::compare, compare);
    plan_.compare = {key("c0")};
  }
  void TearDown() override { std::filesystem::remove_all(results_.parent_path()); }

  static std::string key(const std::string& name) { return name + std::string(64 - name.size(), '0'); }

  void stage(const std::string& name, plan::StageKind kind, plan::Job job) {
    plan::Stage s;
    s.key = job.key = key(name);
    s.kind = kind;
    s.label = "stage " + name;
    s.inputs = Json::object();
    s.dataset = "tickets";
    if (job.metric) s.metric = job.metric->name;
    s.job = plan::to_json(job);
    plan_.stages.push_back(std::move(s));
  }

  void add_generate(const std::string& name) {
    plan::Job job;
    job.kind = "generate";
    stage(name, plan::StageKind::generate, job);
  }

  void add_cell(const std::string& id, const std::string& strategy, std::uint64_t seed, std::vector<std::string> adapt,
                const std::string& generate, const std::string& score) {
    plan::Cell cell;
    cell.id = id;
    cell.model = "nano";
    cell.dataset = "tickets";
    cell.strategy_label = strategy;
    cell.group = strategy == "zero_shot" ? "zero" : "lora";
    cell.seed = seed;
    cell.is_baseline = cell.prompts = strategy == "zero_shot";
    cell.trains = !cell.prompts;
    cell.adapt = std::move(adapt);
    cell.generate = key(generate);
    cell.score = {key(score)};
    plan_.cells.push_back(std::move(cell));
  }

  void make_bundles(store::Store& store) {
    for (const plan::Stage& s : plan_.stages) {
      if (s.label == skip_) continue;
      store::BundleWriter writer(store.bundle(s), s.key, plan::to_string(s.kind), s.inputs);
      writer.timing["seconds"] = 2.5;
      if (s.kind == plan::StageKind::adapt)
        writer.kpis["trained_parameters"] = {{"value", 1024}, {"unit", ""}, {"higher_is_better", false}};
      if (s.kind == plan::StageKind::generate) {
        writer.kpis["prompt_tokens"] = {{"value", 800}, {"unit", "tokens"}, {"higher_is_better", false}};
        writer.kpis["completion_tokens"] = {{"value", 40}, {"unit", "tokens"}, {"higher_is_better", false}};
        store::RowsWriter rows(writer.folder() / "predictions.jsonl");
        for (int i = 0; i < 4; ++i)
          rows.write({{"id", "r" + std::to_string(i)},
                      {"index", i},
                      {"prompt", "ask <" + std::to_string(i) + ">"},
                      {"outputs", {" yes"}},
                      {"answer", "yes"},
                      {"target", "no"},
                      {"details", Json::object()},
                      {"usage", Json::object()},
                      {"ms", 1.0}});
        rows.close();
      }
      const Json output{{"name", "accuracy"}, {"unit", ""}, {"higher_is_better", true}, {"per_example", true}};
      if (s.kind == plan::StageKind::score) {
        std::ofstream(writer.folder() / "scores.json") << Json{
            {"metric", "accuracy"},
            {"outputs", Json::array({output})},
            {"width", 1},
            {"examples", 4},
            {"values", {0.25}}}.dump();
        for (const char* file : {"rows.jsonl", "values.jsonl"}) {
          store::RowsWriter rows(writer.folder() / file);
          for (int i = 0; i < 4; ++i) rows.write(Json::array({i == 1 ? 1.0 : 0.0}));
          rows.close();
        }
      }
      if (s.kind == plan::StageKind::compare) {
        const auto values = [&](double v, double low, double high, const Json& sd, const Json& by_seed) {
          Json o = output;
          o.update({{"value", v},
                    {"low", low},
                    {"high", high},
                    {"seed_sd", sd},
                    {"by_seed", by_seed},
                    {"by_cell", Json::array()}});
          return Json::array({o});
        };
        const Json pair{{"name", "accuracy"}, {"difference", -0.5}, {"low", -0.7}, {"high", -0.3}, {"p_value", 0.001}};
        const Json comparison{
            {"metric", "accuracy"},
            {"dataset", "tickets"},
            {"examples", 4},
            {"confidence", 0.9},
            {"resamples", 500},
            {"baseline", "zero"},
            {"cells",
             {{{"group", "zero"}, {"cells", {"z1", "z2"}}, {"outputs", values(0.25, 0.1, 0.4, 0.0, {0.25, 0.25})}},
              {{"group", "lora"}, {"cells", {"l1", "l2"}}, {"outputs", values(0.75, 0.6, 0.9, 0.07, {0.7, 0.8})}}}},
            {"pairs", {{{"a", "zero"}, {"b", "lora"}, {"outputs", Json::array({pair})}}}}};
        std::ofstream(writer.folder() / "compare.json") << comparison.dump();
      }
      writer.commit();
    }
  }

  std::filesystem::path results_;
  config::Experiment experiment_;
  plan::Plan plan_;
  std::string skip_;
};

}  // namespace assay::report
