#include <fmt/format.h>

#include <iostream>
#include <map>

#include "cli/experiment_input.h"
#include "cli/fragility_text.h"
#include "cli/metric_text.h"
#include "cli/run_cell.h"
#include "cli/training_text.h"
#include "report/cut_prompts.h"
#include "store/bundle.h"
#include "store/choice.h"

namespace assay::cli {
namespace {

struct MetricRows {
  std::string name;
  std::vector<double> scores;  ///< first statistic of each example's row; only for metrics whose value is a row's own
};

/// Per-example scores of a cell, for metrics whose single rows mean something.
std::vector<MetricRows> per_example_scores(store::Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  std::vector<MetricRows> all;
  for (const std::string& key : cell.score) {
    const plan::Stage& stage = plan.stage(key);
    if (!store::Bundle::exists(store.bundle(stage))) continue;
    const auto bundle = store::Bundle::open(store.bundle(stage), key);
    const Json scores = bundle.json("scores.json");
    if (!scores.at("outputs").at(0).value("per_example", false)) continue;
    MetricRows rows{scores.at("outputs").at(0).at("name"), {}};
    bundle.rows("values.jsonl", [&](const Json& row) { rows.scores.push_back(row.at(0).get<double>()); });
    all.push_back(std::move(rows));
  }
  return all;
}

/// " · chosen: learning_rate=0.001" of a tuned cell.
std::string chosen_text(const store::Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  const plan::Trial* trial = store::chosen_trial(store, plan, cell);
  return trial ? " · chosen: " + trial->label : "";
}

void print_block(const char* title, const std::string& text) {
  std::cout << title << "\n";
  std::string line;
  for (const char c : text + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    std::cout << "    | " << line << "\n";
    line.clear();
  }
}

/// "a.txt (7.31), b.txt (2.05)": the passages that retrieval put into the prompt.
std::string sources_text(const Json& details) {
  std::string text;
  for (const Json& one : details.value("/retrieval/sources"_json_pointer, Json::array())) {
    text += fmt::format("{}{} ({:.4g})", text.empty() ? "" : ", ", one.at("source").get<std::string>(),
                        one.at("score").get<double>());
  }
  return text;
}

void print_example(const Json& row, const std::vector<MetricRows>& scores) {
  std::cout << fmt::format("\n── example {} ({} prompt + {} completion tokens)\n", row.at("id").get<std::string>(),
                           row.at("usage").value("prompt_tokens", 0), row.at("usage").value("completion_tokens", 0));
  print_block("  prompt", row.at("prompt").get<std::string>());
  for (const Json& fitted : row.value("fitted", Json::array())) {
    const bool several = row.contains("prompts");
    std::cout << "  fitted  "
              << (several ? fmt::format("request {}: ", fitted.at("request").get<std::size_t>() + 1) : "")
              << report::taken_text(fitted.at("shots_dropped"), fitted.at("passages_dropped"),
                                    fitted.at("input_tokens_cut"))
              << fmt::format(" to fit the window; {} prompt tokens left\n",
                             fitted.at("prompt_tokens").get<std::int64_t>());
  }
  for (const Json& output : row.at("outputs")) print_block("  output", output.get<std::string>());
  const Json details = row.value("details", Json::object()), numbers = row.value("numbers", Json::object());
  for (const auto& [name, value] : details.items()) {
    if (name == "retrieval") {
      if (const std::string sources = sources_text(details); !sources.empty())
        std::cout << "  sources " << sources << "\n";
      continue;
    }
    print_block(("  " + name).c_str(), value.is_string() ? value.get<std::string>() : value.dump());
  }
  for (const auto& [name, value] : numbers.items()) {
    std::cout << fmt::format("  {:<7} {:g}\n", name, value.get<double>());
  }
  std::cout << "  answer  " << row.at("answer").get<std::string>() << "\n";
  std::cout << "  target  " << row.at("target").get<std::string>() << "\n";
  const auto index = row.at("index").get<std::size_t>();
  for (const MetricRows& metric : scores) {
    if (index < metric.scores.size()) std::cout << fmt::format("  {:<7} {:g}\n", metric.name, metric.scores[index]);
  }
}

}  // namespace

int show_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"show", "assay show CELL [OPTIONS]",
       "Shows a cell's examples as they were asked and answered: the exact prompt, the output, the answer that was\n"
       "read, the target, and each metric's score; how its training went; how its values move when its questions are\n"
       "put differently; or why it has no result. CELL is the id that reports and 'assay plan' print, or its first\n"
       "letters.",
       "assay show 3f2a --wrong --limit 5\nassay show 3f2a --example 17\nassay show 3f2a --metric accuracy\nassay show "
       "3f2a --json | jq .answer"});
  namespace po = boost::program_options;
  arguments.positional("CELL", "a cell's id or its first letters");
  arguments.add()("run", po::value<std::string>()->default_value("latest")->value_name("RUN"),
                  "a run's number, or latest");
  arguments.add()("limit", po::value<std::size_t>()->default_value(10)->value_name("N"), "examples shown; 0 for all");
  arguments.add()("wrong", "only examples whose answer differs from the target");
  arguments.add()("example", po::value<std::string>()->value_name("ID"), "only the example of that id, whole");
  arguments.add()("metric", po::value<std::string>()->value_name("NAME"),
                  "no examples, but the cell's rows of this value in the database, with intervals, for every seed, and "
                  "the queries that give them");
  add_results_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;

  auto store = open_store(arguments);
  const auto run = store.run(arguments.get<std::string>("run"));
  const plan::Plan plan = store.plan(run.id);
  const plan::Cell& cell = find_cell(plan, arguments.get<std::string>("CELL"));
  if (arguments.has("metric")) {
    const auto metric = arguments.get<std::string>("metric");
    std::cout << (arguments.has("json") ? metric_json(store, run.id, plan, cell, metric)
                                        : metric_text(store, run.id, plan, cell, metric));
    return all_done;
  }
  const plan::Stage& stage = plan.stage(cell.generate);
  if (!store::Bundle::exists(store.bundle(stage))) {
    const std::string why = failure_text(store, run.id, plan, cell);
    throw BadInput("cell " + cell.id + " has no predictions in this run" + (why.empty() ? "" : "\n" + why));
  }
  const auto scores = per_example_scores(store, plan, cell);
  const auto limit = arguments.get<std::size_t>("limit");
  const bool as_json = arguments.has("json"), only_wrong = arguments.has("wrong");
  const std::string wanted = arguments.has("example") ? arguments.get<std::string>("example") : "";
  std::size_t shown = 0;
  if (!as_json && wanted.empty()) {
    std::cout << fmt::format("{}  {} · {} · {} · seed {}{}\n", cell.id, cell.model, cell.dataset, cell.strategy_label,
                             cell.seed, chosen_text(store, plan, cell))
              << training_text(store, plan, cell) << fragility_text(store, plan, cell);
  }
  store::Bundle::open(store.bundle(stage), stage.key).rows("predictions.jsonl", [&](const Json& row) {
    if (!wanted.empty() && row.at("id") != wanted) return;
    if ((limit != 0 && shown >= limit) || (only_wrong && row.at("answer") == row.at("target"))) return;
    ++shown;
    if (as_json) {
      std::cout << row.dump() << "\n";
    } else {
      print_example(row, scores);
    }
  });
  if (shown == 0 && !wanted.empty()) throw BadInput("cell " + cell.id + " was asked no example '" + wanted + "'");
  if (shown == 0 && !as_json) std::cout << "no example to show\n";
  return all_done;
}

}  // namespace assay::cli
