#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "scorer_process.h"

namespace {

using namespace assay::sdk;
using assay::BadInput;
using assay::Json;

constexpr int kProtocol = 1;
constexpr std::size_t kBatch = 256;  // examples a message

/// A program and what it said of itself.
struct Scorer {
  explicit Scorer(const std::vector<std::string>& command) : process(command) {}
  ScorerProcess process;
  std::vector<Value> outputs;
  std::string version;
};

std::vector<Value> outputs_of(const Json& hello, ScorerProcess& process) {
  std::vector<Value> outputs;
  std::set<std::string> names;
  if (!hello.contains("outputs") || !hello["outputs"].is_array() || hello["outputs"].empty())
    process.fail("named no `outputs` when it was greeted");
  for (const Json& output : hello["outputs"]) {
    Value value;
    try {
      value = {.name = output.at("name"),
               .unit = output.value("unit", ""),
               .higher_is_better = output.value("higher_is_better", true)};
    } catch (const Json::exception&) {
      process.fail(fmt::format("described an output that cannot be read: {}", output.dump()));
    }
    if (value.name.empty() || !names.insert(value.name).second)
      process.fail(fmt::format("named the output '{}' twice, or not at all", value.name));
    outputs.push_back(std::move(value));
  }
  return outputs;
}

/// The scores of a program that is spoken to in JSON lines; each value is the mean of the examples' that have it.
class Exec final : public Metric {
 public:
  explicit Exec(const Params& params)
      : name_(params.get<std::string>("name", "")),
        command_(params.get<std::vector<std::string>>("command")),
        options_(params.get<Json>("options", Json::object())),
        start_seconds_(params.get<double>("start_seconds", 60.0)),
        seconds_(params.get<double>("seconds", 60.0)) {}

  void begin(const ScoringContext&) override { scorer_ = running(); }

  std::vector<Value> outputs() const override {
    std::vector<Value> outputs = scorer_->outputs;
    for (Value& value : outputs) value.name = name_.empty() ? value.name : name_ + "." + value.name;
    return outputs;
  }

  /// Of each output its score, and whether there is one.
  std::size_t width() const override { return 2 * scorer_->outputs.size(); }

  void score(const Prediction& prediction, std::span<const Completion>, std::span<double> row) const override {
    score_many({&prediction, 1}, row);
  }

  void score_many(std::span<const Prediction> predictions, std::span<double> rows) const override {
    try {
      for (std::size_t begin = 0; begin < predictions.size(); begin += kBatch) {
        const std::size_t count = std::min(kBatch, predictions.size() - begin);
        fill(ask(predictions.subspan(begin, count)), rows.subspan(begin * width(), count * width()));
      }
    } catch (...) {
      programs().erase(program());  // the next cell begins with one that is well
      throw;
    }
  }

  void values(const Rows& rows, std::span<double> out) const override {
    for (std::size_t output = 0; output < out.size(); ++output) {
      double sum = 0, count = 0;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        sum += rows.weight(i) * rows.row(i)[2 * output];
        count += rows.weight(i) * rows.row(i)[2 * output + 1];
      }
      out[output] = count > 0 ? sum / count : std::nan("");
    }
  }

  std::string signature(const Rows&) const override {
    return scorer_->version.empty() ? "" : "scorer:" + scorer_->version;
  }

 private:
  /// One program for all the cells that a worker scores with it.
  static std::map<std::string, std::shared_ptr<Scorer>>& programs() {
    static std::map<std::string, std::shared_ptr<Scorer>> running;
    return running;
  }

  std::string program() const { return Json{command_, options_}.dump(); }

  std::shared_ptr<Scorer> running() const {
    if (const auto found = programs().find(program()); found != programs().end()) return found->second;
    auto scorer = std::make_shared<Scorer>(command_);
    const Json hello =
        scorer->process.exchange({{"type", "hello"}, {"protocol", kProtocol}, {"options", options_}}, start_seconds_);
    if (hello.value("protocol", Json()) != kProtocol) {
      scorer->process.fail(
          fmt::format("speaks the protocol {}, this assay {}", hello.value("protocol", Json()).dump(), kProtocol));
    }
    scorer->outputs = outputs_of(hello, scorer->process);
    const Json version = hello.value("version", Json(""));
    scorer->version = version.is_string() ? version.get<std::string>() : version.dump();
    return programs().emplace(program(), std::move(scorer)).first->second;
  }

  Json ask(std::span<const Prediction> predictions) const {
    Json examples = Json::array();
    for (const Prediction& p : predictions) {
      Json example{{"id", p.input.id}, {"input", p.input.text}, {"target", p.target}, {"answer", p.answer}};
      example["references"] = Json(std::vector<std::string>(p.references.begin(), p.references.end()));
      example["outputs"] = Json(std::vector<std::string>(p.outputs.begin(), p.outputs.end()));
      if (!p.input.choices.empty()) example["choices"] = p.input.choices;
      if (!p.details.empty()) example["details"] = p.details;
      examples.push_back(std::move(example));
    }
    Json answer = scorer_->process.exchange({{"type", "score"}, {"examples", std::move(examples)}}, seconds_);
    const Json scores = answer.value("scores", Json());
    if (!scores.is_array() || scores.size() != predictions.size()) {
      scorer_->process.fail(fmt::format("gave {} scores for {} examples",
                                        scores.is_array() ? std::to_string(scores.size()) : "no list of",
                                        predictions.size()));
    }
    return scores;
  }

  void fill(const Json& scores, std::span<double> rows) const {
    const std::size_t outputs = scorer_->outputs.size();
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const Json one = scores[i].is_array() ? scores[i] : Json::array({scores[i]});
      if (one.size() != outputs)
        scorer_->process.fail(fmt::format("gave {} for one example, and has {} outputs", scores[i].dump(), outputs));
      for (std::size_t output = 0; output < outputs; ++output) {
        if (!one[output].is_null() && !one[output].is_number())
          scorer_->process.fail(fmt::format("gave {} where a number or null belongs", one[output].dump()));
        const bool known = one[output].is_number() && std::isfinite(one[output].get<double>());
        rows[i * width() + 2 * output] = known ? one[output].get<double>() : 0.0;
        rows[i * width() + 2 * output + 1] = known ? 1.0 : 0.0;
      }
    }
  }

  std::string name_;
  std::vector<std::string> command_;
  Json options_;
  double start_seconds_, seconds_;
  std::shared_ptr<Scorer> scorer_;
};

}  // namespace

ASSAY_METRIC(Exec, {.name = "exec",
                    .version = "1.1",
                    .summary = "scores by any program, spoken to in JSON lines",
                    .params = R"({"type":"object","additionalProperties":false,"required":["command"],"properties":{
  "name":{"type":"string","pattern":"^[a-z][a-z0-9_]*$","description":"what the metric is called in this experiment, where there are several: its values are NAME.OUTPUT"},
  "command":{"type":"array","minItems":1,"items":{"type":"string","format":"command-word"},"description":"the program and its arguments; words that name files beside the experiment are those files"},
  "files":{"type":"array","items":{"type":"string","format":"path"},"default":[],"description":"further files that scores depend on: when they change, answers are scored again"},
  "options":{"type":"object","default":{},"description":"handed to the program when it is greeted"},
  "start_seconds":{"type":"number","exclusiveMinimum":0,"default":60,"description":"that it may take to answer the greeting"},
  "seconds":{"type":"number","exclusiveMinimum":0,"default":60,"description":"that it may take for one message of up to 256 examples"}}})"})
