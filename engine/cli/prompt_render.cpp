#include <fmt/format.h>

#include <iostream>

#include "cli/experiment_input.h"
#include "report/cut_prompts.h"
#include "run/preview.h"
#include "store/bundle.h"

namespace assay::cli {
namespace {

Json preview_json(const plan::Cell& cell, const run::Preview& shown) {
  Json out{{"cell", cell.id},      {"strategy", cell.strategy_label}, {"row", shown.id}, {"window", shown.window},
           {"error", shown.error}, {"requests", Json::array()}};
  if (!shown.trial.empty()) out["trial"] = shown.trial;
  for (const run::PreviewedRequest& request : shown.requests) {
    out["requests"].push_back({{"prompt", request.prompt},
                               {"prompt_tokens", request.prompt_tokens},
                               {"max_tokens", request.max_tokens},
                               {"choices", request.choices},
                               {"shots_dropped", request.fitted.shots_dropped},
                               {"passages_dropped", request.fitted.passages_dropped},
                               {"input_tokens_cut", request.fitted.input_tokens_cut}});
  }
  return out;
}

void print_preview(const run::Preview& shown) {
  for (const run::PreviewedRequest& request : shown.requests) {
    std::cout << request.prompt << "\n";
    std::cout << fmt::format("── {} prompt tokens{}{}\n", request.prompt_tokens,
                             request.choices.empty() ? fmt::format(" + up to {} of output", request.max_tokens)
                                                     : fmt::format(", {} choices scored", request.choices.size()),
                             shown.window > 0 ? fmt::format(", window {}", shown.window) : "");
    if (request.fitted.cut()) {
      std::cout << "── fitted: "
                << report::taken_text(static_cast<double>(request.fitted.shots_dropped),
                                      static_cast<double>(request.fitted.passages_dropped),
                                      static_cast<double>(request.fitted.input_tokens_cut))
                << " to fit the window\n";
    }
  }
  if (shown.requests.empty() && shown.error.empty()) std::cout << "── nothing is asked\n";
}

}  // namespace

int prompt_render_command(const std::vector<std::string>& args) {
  Arguments arguments({"prompt render", "assay prompt render FILE [OPTIONS]",
                       "Prints the exact text that a cell of an experiment asks first about a row of its test split, "
                       "and its tokens as\n"
                       "the model counts them, without asking it (a search by vectors does). The cell is the first "
                       "that --only and --skip leave; prompt-side state (shots, an\n"
                       "index) is taken from --results, or made for the moment.",
                       "assay prompt render experiments/quickstart.yaml --only few_shot,dataset=routing --row 3"});
  namespace po = boost::program_options;
  add_experiment_options(arguments);
  add_results_option(arguments);
  add_json_option(arguments);
  arguments.add()("row", po::value<std::string>()->value_name("ID"),
                  "a row's id: its number from 1 where the dataset names no id; default the first");
  if (!arguments.parse(args)) return all_done;
  const auto loaded = load_experiment(arguments);
  const auto results = results_folder(arguments);
  const plan::Plan plan = make_plan(loaded, results);
  const plan::Cell& cell = plan.cells.front();
  std::optional<store::Store> store;
  if (std::filesystem::exists(results / "assay.sqlite")) store.emplace(open_store(arguments));
  const auto finished = [&](const plan::Stage& stage) -> std::optional<std::filesystem::path> {
    if (!store || !store::Bundle::exists(store->bundle(stage))) return std::nullopt;
    return store->bundle(stage);
  };
  const run::Preview shown =
      run::preview(plan, cell, arguments.has("row") ? arguments.get<std::string>("row") : "", finished);
  if (arguments.has("json")) {
    std::cout << preview_json(cell, shown).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cerr << fmt::format("{}  {} · {} · {} · seed {}{} · row {}\n", cell.id, cell.model, cell.dataset,
                             cell.strategy_label, cell.seed, shown.trial.empty() ? "" : " · trial " + shown.trial,
                             shown.id);
    print_preview(shown);
  }
  if (!shown.error.empty()) throw BadInput(shown.error);
  return all_done;
}

}  // namespace assay::cli
