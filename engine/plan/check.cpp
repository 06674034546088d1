#include "plan/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "assay/sdk/error.h"
#include "config/axes.h"
#include "config/file_parameters.h"
#include "config/job_training.h"
#include "config/metric_name.h"
#include "data/answer_reader.h"
#include "data/mapping.h"
#include "data/prompt_file.h"
#include "data/prompt_library.h"
#include "plan/grid.h"
#include "plan/judging.h"
#include "plan/prompt_use.h"
#include "plan/remote_problems.h"
#include "plan/selecting.h"

namespace assay::plan {
namespace {

constexpr std::size_t kMostSlices = 200;
constexpr std::size_t kLeastJobRows = 10;  // OpenAI's, for fine-tuning

class InputCheck {
 public:
  InputCheck(const config::Experiment& experiment, const config::PluginManifests& plugins, Identities& identities)
      : experiment_(experiment), plugins_(plugins), identities_(identities) {}

  void run() {
    for (const auto& model : experiment_.models) {
      if (!model.is_remote() || !is_asked(model)) continue;
      for (const auto& [where, problem] : remote_problems(experiment_, model))
        add(place(where, model.position), problem);
    }
    for (const auto& model : experiment_.models) check_recorded(model);
    for (const auto& model : experiment_.models) {
      if (model.device != "cuda") continue;
      add(place("models." + model.name + ".device", model.position),
          "model '" + model.name +
              "' is to run on cuda, and this build of assay has no CUDA device: it runs local models on the CPU; use "
              "`device: auto` or `device: cpu`");
    }
    for (const auto& dataset : experiment_.datasets) {
      const auto& used = experiment_.matrix_datasets;
      if (std::find(used.begin(), used.end(), dataset.name) != used.end()) check_dataset(dataset);
    }
    for (const auto& [metric, problem] : judging_problems(experiment_, plugins_)) add(metric->position, problem);
    for (const auto& metric : experiment_.metrics) {
      attempt(metric.position, [&] {
        static_cast<void>(identities_.plugin(manifest_of(plugins_, "metric", metric.name), metric.params));
      });
    }
    check_template(place("prompt.template", {}), experiment_.prompt.template_file);
    for (const auto& variant : experiment_.perturb) check_template(variant.position, variant.template_file);
    if (const std::string problem = data::answer_problem(experiment_.prompt.answer); !problem.empty()) {
      add(place("prompt.answer", {}), problem);
    }
    check_reading(place("prompt.read", {}), "prompt.read", experiment_.prompt.read, experiment_.matrix_datasets);
    for (const auto& entry : experiment_.strategies) {
      for (const auto& part : entry.parts) {
        const auto& manifest = manifest_of(plugins_, "strategy", part.name);
        check_needs(entry, part.name, manifest);
        for (const Json& setting : config::expand_axes(part.params)) {
          for (const Json& params : config::expand_axes(setting, config::AxisKind::tune)) {
            for (const auto& [at, format] : config::parameters_of(params, manifest.params, {"reader", "jinja"})) {
              const std::string name = fmt::format("{}: {}", part.name, at.to_string().substr(1));
              if (format == "reader") {
                check_reading(entry.position, name, params[at],
                              entry.datasets.empty() ? experiment_.matrix_datasets : entry.datasets);
              } else if (const std::string problem = data::jinja_problem(name, params[at]); !problem.empty()) {
                add(entry.position, problem);
              }
            }
            attempt(entry.position, [&] {
              static_cast<void>(identities_.plugin(manifest, params));
              static_cast<void>(identities_.conversations(manifest, params));
              check_prompts(manifest, params, entry.position);
              identities_.check_documents(manifest, params);
            });
            if (trains_with_prompt(manifest, params) && !identities_.conversations(manifest, params).empty()) {
              add(entry.position,
                  fmt::format(
                      "'{}' trains on conversations, which hold their own prompts; leave out `train_with_prompt`",
                      part.name));
            }
            const std::string problem = selecting(experiment_, plugins_, manifest, params).problem;
            if (!problem.empty()) add(entry.position, problem);
          }
          check_train_size(entry, train_size_of(manifest, setting), entry.position);
          if (config::trains_by_job(manifest)) check_job_rows(entry, part.name, train_size_of(manifest, setting));
        }
      }
    }
    if (problems_.empty()) {
      for (const auto& entry : experiment_.strategies) check_variables(entry);
    }
    for (const std::size_t size : experiment_.train_sizes) check_train_size({}, size, place("matrix.train_size", {}));
    if (!problems_.empty()) throw config::InvalidExperiment(std::move(problems_));
  }

 private:
  [[nodiscard]] bool is_in_matrix(const config::ModelSpec& model) const {
    const auto& used = experiment_.matrix_models;
    return std::find(used.begin(), used.end(), model.name) != used.end();
  }

  /// Whether it has a cell, or judges.
  [[nodiscard]] bool is_asked(const config::ModelSpec& model) const {
    const auto judges = [&](const config::MetricSetting& metric) {
      return judge_of(manifest_of(plugins_, "metric", metric.name), metric.params, "") == model.name;
    };
    return is_in_matrix(model) || std::any_of(experiment_.metrics.begin(), experiment_.metrics.end(), judges);
  }

  /// Prompt files that parameters name, resolved.
  [[nodiscard]] std::vector<std::filesystem::path> prompts_of(const config::PluginManifest& manifest,
                                                              const Json& params) const {
    const Json absolute = identities_.job_params(manifest, params);
    std::vector<std::filesystem::path> files;
    for (const auto& [file, format] : config::file_parameters(absolute, manifest.params)) {
      if (format == "prompt-file") files.emplace_back(absolute[file].get<std::string>());
    }
    return files;
  }

  /// A prompt of the experiment's own, where it names one.
  void check_template(const config::Position& at, const std::filesystem::path& written) {
    if (written.empty()) return;
    attempt(at, [&] {
      const auto file = identities_.prompt_path(written);
      static_cast<void>(data::prompt_file_names(file));
      for (const std::string& problem : data::variable_problems(file)) add(at, problem);
    });
  }

  void check_prompts(const config::PluginManifest& manifest, const Json& params, const config::Position& at) {
    for (const auto& file : prompts_of(manifest, params)) {
      for (const std::string& problem : data::variable_problems(file)) add(at, problem);
    }
  }

  /// What the prompts of an entry require is given on every dataset that it meets.
  void check_variables(const config::StrategyEntry& entry) {
    std::vector<config::StrategySetting> first = entry.parts;
    std::vector<std::vector<Json>> settings;
    for (config::StrategySetting& part : first) {
      auto& all = settings.emplace_back();
      for (const Json& setting : config::expand_axes(part.params)) {
        for (Json& params : config::expand_axes(setting, config::AxisKind::tune)) all.push_back(std::move(params));
      }
      part.params = all.front();
    }
    // Each part's settings beside the others' first ones: prompts and what they are given go together within a part.
    std::set<std::string> told;
    for (std::size_t part = 0; part < first.size(); ++part) {
      for (const Json& params : settings[part]) {
        std::vector<config::StrategySetting> parts = first;
        parts[part].params = params;
        check_variables_of(parts, entry, told);
      }
    }
  }

  void check_variables_of(const std::vector<config::StrategySetting>& parts, const config::StrategyEntry& entry,
                          std::set<std::string>& told) {
    const auto& named = experiment_.prompt.template_file;
    std::vector<std::filesystem::path> files;
    for (const config::StrategySetting& part : parts) {
      for (auto& file : prompts_of(manifest_of(plugins_, "strategy", part.name), part.params))
        files.push_back(std::move(file));
    }
    if (files.empty()) {
      if (!named.empty()) files.push_back(identities_.prompt_path(named));
      for (const auto& variant : experiment_.perturb) {
        if (!variant.template_file.empty()) files.push_back(identities_.prompt_path(variant.template_file));
      }
    }
    for (const auto& file : files) {
      const auto about = data::read_prompt(file).about;
      if (!about) continue;
      for (const auto& dataset : experiment_.datasets) {
        const auto& used = entry.datasets.empty() ? experiment_.matrix_datasets : entry.datasets;
        if (std::find(used.begin(), used.end(), dataset.name) == used.end()) continue;
        for (const std::string& problem : missing_variables(*about, parts, plugins_, dataset)) {
          if (told.insert(problem).second) add(entry.position, problem);
        }
      }
    }
  }

  /// Recordings are read row by row, and have no timings.
  void check_recorded(const config::ModelSpec& model) {
    if (model.source != "recorded" || !is_asked(model)) return;
    const auto& recordings = model.options.at("recordings");
    for (std::size_t i = 0; i < recordings.size(); ++i) {
      const std::string path = "models." + model.name + ".";
      const auto& at = place(path + "recordings[" + std::to_string(i) + "].path", place(path + "path", model.position));
      attempt(at, [&] { identities_.check_recording(recordings[i]); });
    }
    if (!is_in_matrix(model)) return;
    for (const auto& metric : experiment_.metrics) {
      const auto& manifest = manifest_of(plugins_, "metric", metric.name);
      if (!manifest.measures && !manifest.throughput) continue;
      add(metric.position, "the metric '" + config::called(metric) + "' times requests, and model '" + model.name +
                               "' is recorded: how fast it was is not known; leave the metric or the model out");
    }
  }

  /// Every dataset that the entry meets must have as many training rows as a provider wants.
  void check_job_rows(const config::StrategyEntry& entry, const std::string& strategy, std::size_t size) {
    for (const auto& dataset : experiment_.datasets) {
      const auto& used = entry.datasets.empty() ? experiment_.matrix_datasets : entry.datasets;
      if (std::find(used.begin(), used.end(), dataset.name) == used.end() || dataset.train.empty()) continue;
      attempt(entry.position, [&] {
        if (const std::size_t rows = identities_.rows(dataset, data::Split::train, size).rows; rows < kLeastJobRows) {
          add(entry.position, fmt::format("'{}' needs at least {} training rows, and the dataset '{}' gives it {}",
                                          strategy, kLeastJobRows, dataset.name, rows));
        }
      });
    }
  }

  /// Every dataset that the entry meets must have so many training rows.
  void check_train_size(const config::StrategyEntry& entry, std::size_t size, const config::Position& at) {
    if (size == 0 || !problems_.empty()) return;
    for (const auto& dataset : experiment_.datasets) {
      const auto& used = entry.datasets.empty() ? experiment_.matrix_datasets : entry.datasets;
      if (dataset.train.empty() || std::find(used.begin(), used.end(), dataset.name) == used.end()) continue;
      attempt(at, [&] { static_cast<void>(identities_.rows(dataset, data::Split::train, size)); });
    }
  }

  void check_needs(const config::StrategyEntry& entry, const std::string& name,
                   const config::PluginManifest& manifest) {
    const auto& used = entry.datasets.empty() ? experiment_.matrix_datasets : entry.datasets;
    for (const auto& dataset : experiment_.datasets) {
      if (std::find(used.begin(), used.end(), dataset.name) == used.end()) continue;
      if (manifest.needs_choices && dataset.choices.empty()) {
        add(entry.position,
            fmt::format(
                "'{}' is about choices, but the dataset '{}' has none; give it `choices`, or this entry `datasets`",
                name, dataset.name));
      }
      if (manifest.needs_validation && dataset.validation.empty() && dataset.validation_fraction == 0) {
        add(entry.position,
            fmt::format("'{}' needs validation rows, but the dataset '{}' has none; give it `validation` or "
                        "`validation_fraction`",
                        name, dataset.name));
      }
    }
  }

  /// A way of reading answers, wherever it is written: that it can be understood, and that there are labels to be read.
  void check_reading(const config::Position& at, const std::string& name, const Json& how,
                     const std::vector<std::string>& datasets) {
    if (const std::string problem = data::reader_problem(how); !problem.empty())
      add(at, fmt::format("{}: {}", name, problem));
    if (!how.is_object() || how.value("as", "") != "label") return;
    for (const auto& dataset : experiment_.datasets) {
      if (!dataset.choices.empty() || std::find(datasets.begin(), datasets.end(), dataset.name) == datasets.end())
        continue;
      add(at, fmt::format("{}: labels are to be read, but the dataset '{}' has no `choices`", name, dataset.name));
    }
  }

  void check_dataset(const config::DatasetSpec& dataset) {
    const std::string path = "datasets." + dataset.name + ".";
    const auto templates = data::mapping_problems(source_of(dataset));
    for (const auto& [key, problem] : templates) add(place(path + key, dataset.position), problem);
    if (!templates.empty()) return;
    for (const auto& [key, split] : {std::pair{"train", data::Split::train},
                                     {"validation", data::Split::validation},
                                     {"test", data::Split::test}}) {
      if (!attempt(place(path + key, dataset.position), [&] { static_cast<void>(identities_.rows(dataset, split)); }))
        return;
    }
    check_labels(dataset);
  }

  /// That every test row can be told to belong to a cluster and to a slice.
  void check_labels(const config::DatasetSpec& dataset) {
    const std::string path = "datasets." + dataset.name + ".";
    const auto of = [&](const char* key, const std::string& what) {
      return data::labels(source_of(dataset), data::Split::test, key, what);
    };
    if (!dataset.cluster.empty()) {
      attempt(place(path + "cluster", dataset.position), [&] {
        const std::vector<std::string> labels = of("cluster", dataset.cluster);
        const auto empty = std::find(labels.begin(), labels.end(), "");
        if (empty != labels.end()) {
          throw BadInput(
              fmt::format("'cluster' ({}) is empty for test example {}: every row must say which others it belongs to",
                          dataset.cluster, empty - labels.begin() + 1));
        }
        if (std::set<std::string>(labels.begin(), labels.end()).size() < 2) {
          throw BadInput(fmt::format(
              "'cluster' ({}) is '{}' for every test row: one cluster says nothing of what others would give",
              dataset.cluster, labels.front()));
        }
      });
    }
    for (std::size_t i = 0; i < dataset.by.size(); ++i) {
      attempt(place(fmt::format("{}by[{}]", path, i), place(path + "by", dataset.position)), [&] {
        const std::vector<std::string> labels = of("by", dataset.by[i]);
        if (const auto slices = std::set<std::string>(labels.begin(), labels.end()).size(); slices > kMostSlices) {
          throw BadInput(fmt::format(
              "'by' ({}) makes {} slices of {} test examples, more than {}: group the values, for instance by "
              "'{{{{ text | length // 100 }}}}'",
              dataset.by[i], slices, labels.size(), kMostSlices));
        }
      });
    }
  }

  [[nodiscard]] const config::Position& place(const std::string& path, const config::Position& otherwise) const {
    const auto found = experiment_.positions.find(path);
    return found == experiment_.positions.end() ? otherwise : found->second;
  }

  void add(const config::Position& at, const std::string& problem) {
    std::string line = at.line > 0 ? at.text() + ": " + problem : problem;
    if (std::find(problems_.begin(), problems_.end(), line) == problems_.end()) problems_.push_back(std::move(line));
  }

  template <class Look>
  bool attempt(const config::Position& at, const Look& look) {
    try {
      look();
      return true;
    } catch (const BadInput& error) {
      add(at, error.what());
      return false;
    }
  }

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  Identities& identities_;
  std::vector<std::string> problems_;
};

}  // namespace

void check_inputs(const config::Experiment& experiment, const config::PluginManifests& plugins,
                  Identities& identities) {
  InputCheck(experiment, plugins, identities).run();
}

}  // namespace assay::plan
