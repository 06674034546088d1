#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "run/judging.h"
#include "run/predictions.h"
#include "run/stage.h"
#include "run/text_field.h"

namespace assay::run {
namespace {

constexpr std::size_t kScoredAtOnce = 256;
constexpr std::size_t kKeptRows = 4096;  // past it the bundle is read twice instead

/// A row of a predictions or timings bundle, with storage behind what sdk::Prediction refers to.
struct Row {
  sdk::Input input;
  std::string target, answer;
  std::vector<std::string> references, outputs;
  Json details;
  sdk::Usage usage;
  double milliseconds = 0;
  double dollars = 0;
  std::vector<double> choice_scores;
  const std::string* opponent = nullptr;

  [[nodiscard]] sdk::Prediction prediction() const {
    return {input, target, references, answer, outputs, details, usage, milliseconds, dollars, choice_scores, opponent};
  }
};

class Rowed {
 public:
  Rowed(const StageWork& work)
      : job_(work.job),
        metric_(work.job.metric.value()),
        timed_(metric_.measures || metric_.throughput),
        bundle_(work.bundle(timed_ ? work.job.measured : work.job.predictions)) {
    const Json timing = bundle_.header().value("timing", Json::object());
    wall_seconds_ = timing.value("asking_seconds", timing.value("seconds", 0.0));
    examples_ = bundle_.header().at("kpis").value("/examples/value"_json_pointer, 0.0);
    concurrency_ = timing.value("concurrency", 1);
  }

  void each(const std::function<void(const Row&)>& call) const {
    if (timed_) {
      const std::string part = metric_.throughput ? "throughput" : "latency";
      bundle_.rows("timings.jsonl", [&](const Json& json) {
        if (json.at("part") == part) call(read(json));
      });
    } else {
      bundle_.rows("predictions.jsonl", [&](const Json& json) { call(read(json)); });
    }
  }

  /// What metrics must know before they score: calls `row` for the first `most` rows, and `target` for what the others should be,
  /// which takes half as long as reading them whole.
  std::size_t look_through(std::size_t most, const std::function<void(const Row&)>& row,
                           const std::function<void(const std::string&)>& target) const {
    std::size_t count = 0;
    if (timed_) {
      each([&](const Row& one) { ++count <= most ? row(one) : target(one.target); });
      return count;
    }
    bundle_.lines("predictions.jsonl", [&](std::string_view line) {
      if (++count <= most) {
        const Json json = Json::parse(line, nullptr, false);
        if (json.is_discarded()) bundle_.damaged_row("predictions.jsonl", count);
        return row(read(json));
      }
      TextField field("target");
      if (!Json::sax_parse(line, &field)) bundle_.damaged_row("predictions.jsonl", count);
      target(field.value());
    });
    return count;
  }

  [[nodiscard]] double wall_seconds() const { return wall_seconds_; }
  [[nodiscard]] int concurrency() const { return concurrency_; }

 private:
  [[nodiscard]] Row read(const Json& json) const {
    Row row;
    row.input.id = json.at("id").get<std::string>();
    row.input.index = json.at("index").get<std::size_t>();
    row.milliseconds = json.value("ms", 0.0);
    row.usage = usage_from_json(json.at("usage"));
    if (!timed_) {
      row.target = json.at("target").get<std::string>();
      row.answer = json.at("answer").get<std::string>();
      json.at("references").get_to(row.references);
      json.at("outputs").get_to(row.outputs);
      row.details = json.value("details", Json::object());
      row.input.text = json.value("input", "");
      if (json.contains("choices")) json.at("choices").get_to(row.input.choices);
      row.choice_scores = choice_scores(json, row.input.choices.size());
    }
    row.dollars = dollars(row);
    return row;
  }

  /// NaN where neither tokens nor the machine have a price: what is not known is not free.
  [[nodiscard]] double dollars(const Row& row) const {
    if (!job_.price && job_.dollars_per_hour == 0) return std::nan("");
    double sum = 0;
    if (job_.price) {
      sum += (static_cast<double>(row.usage.prompt_tokens - row.usage.cached_prompt_tokens) * job_.price->input +
              static_cast<double>(row.usage.cached_prompt_tokens) * job_.price->cached_input +
              static_cast<double>(row.usage.completion_tokens) * job_.price->output) /
             1e6;
    }
    // A machine's time is shared by all that it answers at once: an equal part of the stage's for each example.
    if (examples_ > 0) sum += job_.dollars_per_hour * wall_seconds_ / 3600 / examples_;
    return sum;
  }

  const plan::Job& job_;
  const plan::MetricJob& metric_;
  bool timed_;
  store::Bundle bundle_;
  double wall_seconds_ = 0, examples_ = 0;
  int concurrency_ = 1;
};

/// Hands over the rows with the judge's answers about them, asked of many together.
void each_judged(Judging& judging, const sdk::Metric& metric,
                 const std::function<void(const std::function<void(const Row&)>&)>& each,
                 const std::function<void(const Row&, std::span<const sdk::Completion>)>& call) {
  std::deque<Row> together;
  const auto ask = [&] {
    std::vector<sdk::Prediction> predictions;
    for (const Row& row : together) predictions.push_back(row.prediction());
    const auto answers = judging.ask(metric, predictions);
    for (std::size_t i = 0; i < together.size(); ++i) call(together[i], answers[i]);
    together.clear();
  };
  each([&](const Row& row) {
    Row& one = together.emplace_back(row);
    judging.complete(one.input);
    one.opponent = judging.opponent(one.input.id);
    if (together.size() == kJudgedAtOnce) ask();
  });
  ask();
}

/// Hands over the rows, many together.
void each_together(const std::function<void(const std::function<void(const Row&)>&)>& each,
                   const std::function<void(std::span<const sdk::Prediction>)>& call) {
  std::deque<Row> together;
  std::vector<sdk::Prediction> predictions;
  const auto hand_over = [&] {
    for (const Row& row : together) predictions.push_back(row.prediction());
    if (!predictions.empty()) call(predictions);
    predictions.clear();
    together.clear();
  };
  each([&](const Row& row) {
    together.push_back(row);
    if (together.size() == kScoredAtOnce) hand_over();
  });
  hand_over();
}

}  // namespace

void do_score(StageWork& work) {
  const Rowed rowed(work);
  const std::shared_ptr<sdk::Metric> metric = work.bench.metric(work.job.metric.value());
  std::optional<Judging> judging;
  if (work.job.judge) judging.emplace(work);

  std::set<std::string> targets;
  std::vector<std::string> choices;
  std::deque<Row> kept;
  const auto keep = [&](const Row& row) {
    if (kept.empty()) choices = row.input.choices;
    targets.insert(row.target);
    kept.push_back(row);
  };
  const std::size_t count =
      rowed.look_through(kKeptRows, keep, [&](const std::string& target) { targets.insert(target); });
  const std::vector<std::string> sorted(targets.begin(), targets.end());
  const auto each = [&](const std::function<void(const Row&)>& call) {
    if (count > kKeptRows) return rowed.each(call);
    for (const Row& row : kept) call(row);
  };

  const std::string& name = work.job.metric->name;
  const std::vector<sdk::Value> outputs = in_plugin(work.bench.journal(), name, [&] {
    sdk::ScoringContext context{choices, sorted, rowed.wall_seconds(), rowed.concurrency()};
    if (judging) judging->prepare(context);
    metric->begin(context);
    return metric->outputs();
  });
  const std::size_t width = metric->width();
  const bool any_per_example =
      std::any_of(outputs.begin(), outputs.end(), [](const sdk::Value& value) { return value.per_example; });
  std::vector<double> table;
  store::RowsWriter rows(work.out.folder() / "rows.jsonl");
  store::RowsWriter values_rows(work.out.folder() / "values.jsonl");
  std::vector<double> values(outputs.size());
  const auto more = [&](std::size_t count) {
    table.resize(table.size() + count * width);
    return std::span(table).last(count * width);
  };
  const auto put = [&](std::span<const double> out) {
    if (any_per_example) {
      in_plugin(work.bench.journal(), name, [&] {
        const double once = 1.0;
        metric->values(sdk::Rows(out, width, std::span(&once, 1)), values);
      });
    }
    Json json = Json::array();
    for (const double x : out) json.push_back(number(x));
    rows.write(json);
    if (!any_per_example) return;
    Json shown = Json::array();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].per_example) shown.push_back(number(values[i]));
    }
    values_rows.write(shown);
  };
  if (judging) {
    each_judged(*judging, *metric, each, [&](const Row& row, std::span<const sdk::Completion> answers) {
      const std::span<double> out = more(1);
      in_plugin(work.bench.journal(), name, [&] { metric->score(row.prediction(), answers, out); });
      put(out);
    });
    judging->log();
  } else {
    each_together(each, [&](std::span<const sdk::Prediction> predictions) {
      const std::span<double> out = more(predictions.size());
      in_plugin(work.bench.journal(), name, [&] { metric->score_many(predictions, out); });
      for (std::size_t i = 0; i < predictions.size(); ++i) put(out.subspan(i * width, width));
    });
  }
  rows.close();
  if (any_per_example) values_rows.close();

  const std::vector<double> weights(count, 1.0);
  const std::string signature = in_plugin(work.bench.journal(), name, [&] {
    const sdk::Rows all(table, width, weights);
    metric->values(all, values);
    return metric->signature(all);
  });
  Json scores = {{"metric", name}, {"width", width}, {"examples", count}};
  if (!signature.empty()) scores["signature"] = signature;
  scores["outputs"] = Json::array();
  scores["values"] = Json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    scores["outputs"].push_back({{"name", outputs[i].name},
                                 {"unit", outputs[i].unit},
                                 {"higher_is_better", outputs[i].higher_is_better},
                                 {"per_example", outputs[i].per_example}});
    scores["values"].push_back(number(values[i]));
  }
  work.write("scores.json", scores);
  work.write("context.json", {{"choices", choices},
                              {"targets", sorted},
                              {"wall_seconds", rowed.wall_seconds()},
                              {"concurrency", rowed.concurrency()}});
}

}  // namespace assay::run
