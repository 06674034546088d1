#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/command.h"
#include "config/nearest.h"

namespace assay::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      {"run", "run an experiment, or finish one that was stopped", run_command},
      {"validate", "check an experiment and name every mistake in it", validate_command},
      {"plan", "show cells, stages, what is reused, and what it will take", plan_command},
      {"report", "write a run's report again, print it, or compare runs", report_command},
      {"watch", "follow a run from another terminal", watch_command},
      {"gate", "say whether a run may pass: significant regressions, constraints", gate_command},
      {"cost", "what cells cost, and when training is repaid; other prices without running", cost_command},
      {"show", "show a cell's examples: prompt, answer, target, scores", show_command},
      {"score", "score a file of predictions on its own", score_command},
      {"export", "print a run's results as canonical JSON lines", export_command},
      {"export-adapter", "write what a cell trained, for PEFT or merged into a model", export_adapter_command},
      {"jobs", "list, follow or cancel fine-tuning jobs at a provider", jobs_command},
      {"prompt", "list, show, compare or render prompts", prompt_command},
      {"plugins", "list strategies and metrics, or describe one", plugins_command},
      {"plugin", "begin a plugin of one's own, or check one", plugin_command},
      {"generate", "write text with a local model", generate_command},
      {"tokenize", "show the tokens of a text", tokenize_command},
      {"logits", "print a model's logits and losses on token ids", logits_command},
      {"inspect", "show what a model folder holds", inspect_command},
      {"synth", "write task families and corpus samples", synth_command},
      {"pretrain", "train a small base model from scratch", pretrain_command},
      {"worker", "do stages for a host (started by 'assay run')", worker_command, true},
  };
  return all;
}

namespace {

void print_help() {
  std::cout
      << "assay: fine-tune, prompt, or both? Answered with measurements.\n\nSYNOPSIS\n  assay COMMAND [ARGUMENTS]\n"
         "\nCOMMANDS\n";
  for (const Command& command : commands()) {
    if (!command.hidden) std::cout << fmt::format("  {:<16}{}\n", command.name, command.summary);
  }
  std::cout << "\n'assay COMMAND --help' explains one. 'assay --version' prints the version.\n"
               "Start with: assay run experiments/quickstart.yaml\n";
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? bad_input : all_done;
  }
  if (arguments[0] == "--version") {
    std::cout << "assay " ASSAY_VERSION "\n";
    return all_done;
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == arguments[0]) return command.run({arguments.begin() + 1, arguments.end()});
    if (!command.hidden) names.push_back(command.name);
  }
  throw BadInput(fmt::format("'{}' is no command of assay{}", arguments[0], config::suggestion(arguments[0], names)));
}

}  // namespace
}  // namespace assay::cli

int main(int argc, char** argv) {
  try {
    return assay::cli::dispatch({argv + 1, argv + argc});
  } catch (const assay::BadInput& error) {
    std::cerr << "error: " << error.what() << "\n";
    return assay::cli::bad_input;
  } catch (const assay::Stopped&) {
    return assay::cli::interrupted;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return assay::cli::some_failed;
  }
}
