#include "cli/stop_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "assay/sdk/json.h"
#include "models/local/chat_template.h"
#include "models/turn_end.h"

namespace assay::cli {
namespace {

bool is_asked(const config::Experiment& experiment, const std::string& model) {
  return std::find(experiment.matrix_models.begin(), experiment.matrix_models.end(), model) !=
         experiment.matrix_models.end();
}

bool writes_answers(const config::Experiment& experiment) {
  return std::any_of(experiment.datasets.begin(), experiment.datasets.end(), [&](const config::DatasetSpec& dataset) {
    const auto& asked = experiment.matrix_datasets;
    return dataset.choices.empty() && std::find(asked.begin(), asked.end(), dataset.name) != asked.end();
  });
}

/// A local model whose answers end at a line's end where nothing is said, as run::Prompter does it.
struct EndsAtLine {
  std::string model, stop, why;
};

std::vector<EndsAtLine> those_that_end_at_a_line(const config::Experiment& experiment) {
  std::vector<EndsAtLine> found;
  for (const config::ModelSpec& model : experiment.models) {
    if (model.source != "local" || !is_asked(experiment, model.name)) continue;
    const auto written = models::chat_template_of(model.path, text::Tokenizer::from_folder(model.path));
    if (!written) {
      found.push_back({model.name, "\n", "as it has no chat template and writes line by line"});
      continue;
    }
    const auto stops =
        models::turn_end([&](std::span<const sdk::Message> messages) { return written->render(messages, false); });
    if (!stops.empty()) found.push_back({model.name, stops.front(), "which its chat template writes after a turn"});
  }
  return found;
}

}  // namespace

std::vector<std::string> stop_notes(const config::Experiment& experiment) {
  if (!experiment.generation.stop.empty() || !experiment.prompt.template_file.empty() || !writes_answers(experiment))
    return {};
  const auto by_messages = [&](const config::ModelSpec& model) {
    return model.is_remote() && model.options.value("api", "chat") == "chat" && is_asked(experiment, model.name);
  };
  if (std::none_of(experiment.models.begin(), experiment.models.end(), by_messages)) return {};
  std::vector<std::string> notes;
  const std::vector<EndsAtLine> near = those_that_end_at_a_line(experiment);
  for (const config::ModelSpec& model : experiment.models) {
    if (near.empty() || !by_messages(model)) continue;
    const std::string place = model.position.line > 0 ? model.position.text() + ": " : "";
    notes.push_back(
        fmt::format("{0}model '{1}' is sent no stop, while answers of '{2}' end at {3}, {4}; to end both alike, say: "
                    "generation: {{stop: [{3}]}}",
                    place, model.name, near.front().model, Json(near.front().stop).dump(), near.front().why));
  }
  return notes;
}

}  // namespace assay::cli
