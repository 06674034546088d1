#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "cli/run_cell.h"
#include "models/adapter_folder.h"
#include "models/merged_model.h"
#include "store/bundle.h"
#include "store/choice.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

struct TrainedStage {
  const plan::Stage* stage;
  store::Bundle bundle;

  [[nodiscard]] std::string strategy() const { return stage->inputs.at("part").at("name"); }
  /// SHA-256 of the base model's files, by name.
  [[nodiscard]] Json base_files() const { return stage->inputs.at("model").value("files", Json::object()); }
  /// Likewise of the adapter that the model carried before it was trained; none where it carried none.
  [[nodiscard]] Json carried_files() const { return stage->inputs.at("model").value("adapter", Json::object()); }
};

/// The stages of the cell that left an adapter.
std::vector<TrainedStage> trained_stages(const store::Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  std::vector<TrainedStage> trained;
  for (const std::string& key : store::adapters_of(store, plan, cell)) {
    const plan::Stage& stage = plan.stage(key);
    if (!stage.trains) continue;
    if (!store::Bundle::exists(store.bundle(stage)))
      throw BadInput(fmt::format("cell {} was not trained in this run", cell.id));
    trained.push_back({&stage, store::Bundle::open(store.bundle(stage), key, true)});
  }
  if (trained.empty() && !cell.choose.empty() && store::chosen_trial(store, plan, cell) == nullptr) {
    throw BadInput(fmt::format("cell {} was not tuned to its end in this run: no setting is chosen", cell.id));
  }
  if (trained.empty())
    throw BadInput(
        fmt::format("cell {} ({}) trains nothing: there is no adapter to export", cell.id, cell.strategy_label));
  return trained;
}

std::string interval(const store::Kpi& kpi) {
  return kpi.low && kpi.high ? fmt::format("{:.4g} [{:.4g}, {:.4g}]", kpi.value, *kpi.low, *kpi.high)
                             : fmt::format("{:.4g}", kpi.value);
}

/// README.md as model hubs show it: what was trained, on which rows, how well it does.
std::string model_card(const std::vector<TrainedStage>& trained, const plan::Cell& cell, const store::RunRow& run,
                       const std::vector<store::Kpi>& kpis, bool merged) {
  std::string card = fmt::format(
      "---\nlibrary_name: {}\ntags: [assay]\n---\n# {} on {}\n\n{} of the model `{}` on the dataset `{}`, seed {}; "
      "cell `{}` of run {} of the experiment `{}`.\n",
      merged ? "transformers" : "peft", cell.strategy_label, cell.dataset, merged ? "A fine-tuned copy" : "An adapter",
      cell.model, cell.dataset, cell.seed, cell.id, run.id, run.experiment);
  for (const TrainedStage& one : trained) {
    card += fmt::format("\n## Training: {}\n| | |\n| --- | --- |\n", one.strategy());
    card += fmt::format(
        "| data fingerprint, training rows | `{}` |\n| data fingerprint, validation rows | `{}` |\n| stage | `{}` |\n",
        one.stage->inputs.at("train").get<std::string>(), one.stage->inputs.at("validation").get<std::string>(),
        one.stage->key);
    const Json base = one.base_files();
    for (const auto& [name, file] : base.items()) {
      card += fmt::format("| base model, SHA-256 of {} | `{}` |\n", name, file.get<std::string>());
    }
    const Json carried = one.carried_files();
    for (const auto& [name, file] : carried.items()) {
      card +=
          fmt::format("| adapter that the base model carried, SHA-256 of {} | `{}` |\n", name, file.get<std::string>());
    }
    card += "\n| parameter | value |\n| --- | --- |\n";
    for (const auto& [name, value] : one.stage->inputs.at("part").at("params").items()) {
      if (!value.is_null())
        card += fmt::format("| {} | {} |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  card += "\n## Scores on the test rows\n| value | of this cell |\n| --- | --- |\n";
  for (const store::Kpi& kpi : kpis) {
    if (!kpi.metric.empty()) card += fmt::format("| {} | {} {} |\n", kpi.name, interval(kpi), kpi.unit);
  }
  return card + "\nIn brackets: bootstrap intervals over the test examples.\n";
}

void check_base(const fs::path& base, const std::vector<TrainedStage>& trained) {
  if (!trained.front().carried_files().empty()) {
    throw BadInput(
        "this cell's model carried an adapter, so that what it trained means nothing to the base model alone; export "
        "it without --merge");
  }
  data::FileHashes hashes{fs::path()};
  const Json files = trained.front().base_files();
  for (const auto& [name, wanted] : files.items()) {
    if (fs::is_regular_file(base / name) && hashes.hash(base / name) == wanted.get<std::string>()) continue;
    throw BadInput(fmt::format("{} is not the model that this cell trained: its {} {}", base.string(), name,
                               fs::exists(base / name) ? "is another" : "is missing"));
  }
}

void copy_adapter(const store::Bundle& bundle, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(bundle.folder() / "adapter", to, fs::copy_options::recursive);
}

}  // namespace

int export_adapter_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"export-adapter", "assay export-adapter CELL DIR [OPTIONS]",
       "Writes what a cell trained to DIR, with a model card (README.md): the PEFT folder that its strategy left, a\n"
       "whole model where all weights trained, or, with --merge, the base model with the adapter merged into its\n"
       "weights, as a Hugging Face folder. Where a cell trained several adapters, each gets a folder in DIR.",
       "assay export-adapter 3f2a adapters/routing\n"
       "assay export-adapter 3f2a models/routing --merge experiments/models/nano"});
  namespace po = boost::program_options;
  arguments.positional("CELL", "a cell's id or its first letters");
  arguments.positional("DIR", "a folder that does not exist yet");
  arguments.add()("run", po::value<std::string>()->default_value("latest")->value_name("RUN"),
                  "a run's number, or latest");
  arguments.add()("merge", po::value<std::string>()->value_name("MODEL"),
                  "the base model's folder; writes the whole model");
  add_results_option(arguments);
  if (!arguments.parse(args)) return all_done;

  auto store = open_store(arguments);
  const auto run = store.run(arguments.get<std::string>("run"));
  const plan::Plan plan = store.plan(run.id);
  const plan::Cell& cell = find_cell(plan, arguments.get<std::string>("CELL"));
  const auto trained = trained_stages(store, plan, cell);
  const fs::path out = arguments.get<std::string>("DIR");
  if (fs::exists(out)) throw BadInput(fmt::format("{} is there already; name a folder that is not", out.string()));
  const bool merge = arguments.has("merge");
  if (merge) {
    const fs::path base = arguments.get<std::string>("merge");
    check_base(base, trained);
    const auto config = models::ModelConfig::read(base);
    models::AdapterWeights adapter;
    for (const TrainedStage& one : trained) adapter.add(models::read_adapter(one.bundle.folder() / "adapter", config));
    models::write_merged_model(base, adapter, out);
  } else {
    for (const TrainedStage& one : trained) copy_adapter(one.bundle, trained.size() == 1 ? out : out / one.strategy());
  }
  const bool whole = merge || fs::exists(out / "config.json");
  std::ofstream card(out / "README.md", std::ios::trunc);
  card << model_card(trained, cell, run, store.kpis(run.id, cell.id), whole);
  if (!card.flush()) throw Error("cannot write " + (out / "README.md").string());
  std::cout << fmt::format("{}: {}\n", whole ? "model" : "adapter", out.string());
  return all_done;
}

}  // namespace assay::cli
