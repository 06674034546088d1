#include "run/remote_fine_tuning.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "data/row_template.h"
#include "models/remote/dialect.h"
#include "models/remote/fine_tuning_job.h"
#include "run/asking.h"
#include "run/prompt_side.h"

namespace assay::run {
namespace {

namespace fs = std::filesystem;
namespace remote = models::remote;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

/// The answer that dpo is to reject: by the parameter `rejected`, else the choice after the right one.
std::string rejected(const sdk::Example& example, const std::optional<data::RowTemplate>& written) {
  if (written)
    return trimmed(written->render(example.input.fields, fmt::format("training example {}", example.input.id)));
  const auto& choices = example.input.choices;
  const auto right = std::find(choices.begin(), choices.end(), example.target);
  if (choices.size() < 2 || right == choices.end()) {
    throw BadInput(
        "openai_fine_tune: dpo needs an answer that is to be rejected for each row: say by `rejected` in which field "
        "it stands, for instance "
        "rejected: '{{ worse }}'");
  }
  return right + 1 == choices.end() ? choices.front() : *(right + 1);
}

std::vector<remote::TuningExample> tuning_examples(const std::vector<sdk::Example>& rows, Asking& asking,
                                                   const Json& params) {
  std::optional<data::RowTemplate> written;
  const bool dpo = params.at("method") == "dpo";
  if (const auto text = params.value("rejected", ""); dpo && !text.empty())
    written.emplace("rejected", text, "rejected");
  const std::vector<Asking::Lesson> lessons = asking.lessons(rows);
  std::vector<remote::TuningExample> examples;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    remote::TuningExample example{rows[i].input.id, remote::messages_of(lessons[i].prompt), trimmed(lessons[i].answer)};
    // What is put into the model's mouth belongs to what it learns to say.
    if (!example.messages.empty() && example.messages.back().role == "assistant") {
      example.answer = example.messages.back().content + " " + example.answer;
      example.messages.pop_back();
    }
    if (dpo) example.rejected = rejected(rows[i], written);
    examples.push_back(std::move(example));
  }
  return examples;
}

remote::TuningRequest request_of(const StageWork& work, const Json& params, const remote::RemoteSettings& settings) {
  remote::TuningRequest request;
  request.model = settings.model;
  request.method = params.at("method") == "dpo" ? remote::TuningMethod::dpo : remote::TuningMethod::supervised;
  for (const char* name : {"n_epochs", "batch_size", "learning_rate_multiplier", "beta"}) {
    if (params.contains(name) && params[name] != "auto") request.hyperparameters[name] = params[name];
  }
  request.seed = work.job.seed;
  request.stage = work.job.key;
  request.suffix = remote::tuning_suffix(params.value("suffix", ""), work.job.key);
  return request;
}

/// The numbers of a job's events: losses by step.
class Curves {
 public:
  void take(const Json& data) {
    const auto number = [&](const char* name) { return data.contains(name) && data[name].is_number(); };
    if (!number("step")) return;
    const auto step = data["step"].get<std::int64_t>();
    if (number("train_loss")) training_[step] = data["train_loss"];
    // The loss over all validation rows counts more than that over a batch of them.
    for (const char* name : {"valid_loss", "full_valid_loss"}) {
      if (number(name)) validation_[step] = data[name];
    }
  }

  void write(StageWork& work) const {
    Json losses = Json::array(), points = Json::array();
    for (const auto& [step, loss] : training_) losses.push_back(loss);
    for (const auto& [step, loss] : validation_) points.push_back({{"step", step}, {"loss", loss}});
    const std::int64_t last = training_.empty() ? 0 : training_.rbegin()->first;
    work.write("training.json", {{"losses", losses},
                                 {"validation", points},
                                 {"best_step", last},
                                 {"ended", "at the provider"},
                                 {"compared_rows", 0},
                                 {"warnings", Json::array()}});
    if (!training_.empty()) {
      work.kpi("training_steps", static_cast<double>(last), "");
      work.kpi("training_loss.first", training_.begin()->second, "");
      work.kpi("training_loss", training_.rbegin()->second, "");
    }
    if (!validation_.empty()) work.kpi("validation_loss", validation_.rbegin()->second, "");
  }

 private:
  std::map<std::int64_t, double> training_, validation_;
};

/// OpenAI chooses mostly three where it is left to (`auto`); the job's own count is what is paid.
std::int64_t epochs_of(const Json& params) {
  return params.at("n_epochs").is_number() ? params["n_epochs"].get<std::int64_t>() : 3;
}

/// The dollars of a job, held until it is paid, so that what is asked and trained beside it does not spend them.
class HeldDollars {
 public:
  /// @throws BudgetSpent where the budget leaves less; a job that was made already is paid for
  HeldDollars(remote::Gateway* gateway, double dollars, const std::function<bool()>& is_made)
      : gateway_(dollars > 0 ? gateway : nullptr), dollars_(dollars) {
    if (gateway_ == nullptr || gateway_->hold(dollars)) return;
    if (!is_made()) {
      throw BudgetSpent(fmt::format(
          "the fine-tuning job would cost about ${:.4g}, more than the budget leaves; raise `budget:`", dollars));
    }
    static_cast<void>(gateway_->hold(dollars, true));
  }
  ~HeldDollars() { release(); }
  HeldDollars(const HeldDollars&) = delete;
  HeldDollars& operator=(const HeldDollars&) = delete;

  void release() {
    if (gateway_ != nullptr) std::exchange(gateway_, nullptr)->release(dollars_);
  }

 private:
  remote::Gateway* gateway_;
  double dollars_;
};

/// By what the server counted, else by what it was sent.
std::int64_t trained_tokens(StageWork& work, const remote::TuningJob& job, const remote::TuningFile& training,
                            const Json& params) {
  if (job.trained_tokens) return *job.trained_tokens;
  const std::int64_t epochs = epochs_of(params);
  work.log(fmt::format(
      "the server does not say how many tokens were trained on: they are estimated from the file and {} epoch{}",
      epochs, epochs == 1 ? "" : "s"));
  return training.tokens * epochs;
}

void write_outcome(StageWork& work, remote::FineTuningApi& api, const remote::TuningJob& job, std::int64_t tokens,
                   double price) {
  Json checkpoints = Json::array();
  try {
    for (const remote::TuningCheckpoint& one : api.checkpoints(job.id)) {
      checkpoints.push_back({{"step", one.step}, {"model", one.model}, {"metrics", one.metrics}});
    }
  } catch (const remote::Refused& error) {  // servers that speak a part of the API keep none
    work.log(fmt::format("no checkpoints are known: {}", error.what()));
  }
  work.write("state.json", {{"job", job.id},
                            {"model", job.tuned_model},
                            {"from", job.model},
                            {"trained_tokens", tokens},
                            {"checkpoints", checkpoints}});
  work.kpi("training_tokens", static_cast<double>(tokens), "tokens");
  if (job.finished > job.created && job.created > 0)
    work.kpi("train_seconds", static_cast<double>(job.finished - job.created), "s");
  if (price > 0) work.kpi("training_dollars", static_cast<double>(tokens) * price, "USD");
}

}  // namespace

void fine_tune_remotely(StageWork& work, const plan::PartJob& part) {
  const data::DatasetSource& source = work.job.dataset.value();
  Asking asking(work, work.bench.model(work.job.model.value(), work.job.threads, {}, source, data::Split::train));
  const auto settings = remote::remote_settings(work.job.model->name, work.job.model->source, work.job.model->options);
  const remote::TuningRequest request = request_of(work, part.params, settings);
  const auto file = [&](const std::vector<sdk::Example>& rows, const char* what) {
    return remote::tuning_file(tuning_examples(rows, asking, part.params), request.method, settings.model, what);
  };
  const remote::TuningFile training = file(work.bench.examples(source, data::Split::train), "training");
  std::optional<remote::TuningFile> validation;
  if (const auto& rows = validation_of(work); !rows.empty() && part.params.value("validation", true))
    validation = file(rows, "validation");

  remote::FineTuningApi api(settings, stop_requested);
  const double price = work.job.model->options.value("training_price", 0.0) / 1e6;
  const fs::path note = work.checkpoints.empty() ? fs::path() : work.checkpoints / "job.txt";
  HeldDollars held(work.bench.gateway(), price * static_cast<double>(training.tokens * epochs_of(part.params)),
                   [&] { return remote::find_job(api, request, note).has_value(); });
  const remote::TuningJob made = remote::find_or_create_job(api, request, training, validation, note,
                                                            [&](const std::string& line) { work.log(line); });
  Curves curves;
  const auto on_event = [&](const remote::TuningEvent& event) {
    work.log(fmt::format("{}: {}", made.id, event.message));
    curves.take(event.data);
    if (event.data.contains("total_steps") && event.data["total_steps"].is_number() && event.data.contains("step")) {
      work.progress(event.data["step"].get<std::int64_t>(), event.data["total_steps"].get<std::int64_t>());
    }
  };
  remote::TuningJob job;
  try {
    job = remote::follow_job(api, made.id, on_event, [&](const remote::TuningJob& now) {
      work.log(fmt::format("{} is {}", now.id, now.status));
    });
  } catch (const Stopped&) {
    if (!part.params.value("cancel_on_interrupt", false)) throw;
    remote::FineTuningApi(settings).cancel(made.id);  // one that does not stop at once
    fs::remove(note);
    throw;
  }
  if (job.status != "succeeded" || job.tuned_model.empty()) {
    fs::remove(note);  // the next run makes another
    const std::string why = !job.error.empty()          ? job.error
                            : job.status == "succeeded" ? "the server names no model that came of it"
                                                        : "the server gives no reason";
    throw Error(fmt::format("the fine-tuning job {} at {} {}: {}", job.id, settings.base_url,
                            job.status == "cancelled" ? "was cancelled"
                            : job.status == "failed"  ? "failed"
                                                      : "left nothing",
                            remote::without_secrets(why, settings.secrets())));
  }
  const std::int64_t tokens = trained_tokens(work, job, training, part.params);
  curves.write(work);
  write_outcome(work, api, job, tokens, price);
  if (auto* gateway = work.bench.gateway(); gateway != nullptr && price > 0) {
    gateway->pay(remote::hash_text(settings.base_url + " " + job.id), price * static_cast<double>(tokens),
                 {{"job", job.id}, {"training_tokens", tokens}});
  }
  held.release();
}

plan::ModelJob asked_model(const StageWork& work) {
  plan::ModelJob model = work.job.model.value();
  if (model.source != "openai") return model;
  for (const plan::PartJob& part : work.job.parts) {
    if (!part.trains) continue;
    const Json state = work.bundle(part.adapt).json("state.json");
    const auto back = part.params.value("checkpoint", std::size_t{0});
    const Json& checkpoints = state.at("checkpoints");
    if (back == 0) {
      model.options["model"] = state.at("model");
    } else if (back < checkpoints.size()) {
      model.options["model"] = checkpoints.at(checkpoints.size() - 1 - back).at("model");
    } else {
      throw UnsupportedModel(
          fmt::format("{}: checkpoint {} before the last one is asked for, and the job {} has kept {}", part.name, back,
                      state.at("job").get<std::string>(), checkpoints.size()));
    }
  }
  return model;
}

}  // namespace assay::run
