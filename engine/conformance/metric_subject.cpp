#include "conformance/metric_subject.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <set>

#include "conformance/findings.h"
#include "host/catalog.h"
#include "run/workbench.h"

namespace assay::conformance {
namespace {

constexpr double kGuard = -8.25e77, kUnwritten = 3.5e77;  // values that no metric comes to by itself
constexpr std::size_t kGuards = 4;

/// A judge whose answers follow from what it is asked.
std::vector<sdk::Completion> judged(const std::vector<sdk::Request>& requests) {
  std::vector<sdk::Completion> completions;
  for (const sdk::Request& request : requests) {
    sdk::Completion& completion = completions.emplace_back();
    if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
      const std::size_t size = generate->prompt.text.size() + request.example_id.size();
      for (int i = 0; i < generate->samples; ++i)
        completion.samples.push_back({size % 2 == 0 ? "A 4" : "B 2", "stop", {-1.0}});
    } else if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
      for (std::size_t i = 0; i < score->choices.size(); ++i)
        completion.choice_scores.push_back(-1.0 - static_cast<double>(i));
    } else {
      completion.embedding.assign(8, static_cast<float>(std::get<sdk::Embed>(request.what).text.size() % 5 + 1));
    }
  }
  return completions;
}

void check_guards(std::span<const double> guards, const char* what) {
  if (std::any_of(guards.begin(), guards.end(), [](double value) { return value != kGuard; })) {
    throw Error(fmt::format("it writes past the {} that it is given", what));
  }
}

template <class Call>
decltype(auto) in_metric(Call&& call) {
  static run::Journal journal;
  return run::in_plugin(journal, "metric", std::forward<Call>(call));
}

}  // namespace

ScoredSamples score_samples(const Subject& subject, const std::vector<AnsweredSample>& samples,
                            std::span<const std::size_t> order, std::size_t batch) {
  ScoredSamples scored;
  std::set<std::string> targets;
  for (const AnsweredSample& sample : samples) targets.insert(sample.target);
  const std::vector<std::string> sorted(targets.begin(), targets.end());
  const auto render = [](const std::string& jinja, const Json& variables) {
    return jinja + variables.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  static std::vector<host::LoadedPlugin> loaded;  // what it throws may be of its types
  loaded.push_back(host::LoadedPlugin::load(subject.library));
  const std::vector<std::string> choices = samples.empty() ? std::vector<std::string>{} : samples.front().input.choices;
  in_metric([&] {
    scored.metric = loaded.back().metric(watched_params(subject));
    scored.metric->begin({.choices = choices,
                          .targets = sorted,
                          .wall_seconds = 2.0,
                          .concurrency = 1,
                          .instruction = "do it",
                          .render = render,
                          .render_file = render});
    scored.outputs = scored.metric->outputs();
    scored.width = scored.metric->width();
  });
  scored.rows.assign(order.size() * scored.width, 0.0);
  std::vector<double> guarded;
  for (std::size_t begin = 0; begin < order.size(); begin += batch) {
    const std::size_t count = std::min(batch, order.size() - begin);
    std::vector<sdk::Prediction> predictions;
    for (const std::size_t i : order.subspan(begin, count)) predictions.push_back(samples[i].prediction());
    const std::size_t filled = count * scored.width;
    guarded.assign(filled + kGuards, kGuard);
    std::fill_n(guarded.begin(), filled, 0.0);
    in_metric([&] {
      const std::span rows(guarded);
      std::vector<std::vector<sdk::Request>> requests;
      for (const auto& prediction : predictions) requests.push_back(scored.metric->ask(prediction));
      const bool asks = std::any_of(requests.begin(), requests.end(), [](const auto& one) { return !one.empty(); });
      scored.asks |= asks;
      if (!asks) return scored.metric->score_many(predictions, rows.first(filled));
      for (std::size_t i = 0; i < count; ++i) {
        scored.metric->score(predictions[i], judged(requests[i]), rows.subspan(i * scored.width, scored.width));
      }
    });
    check_guards(std::span(guarded).subspan(filled), "row");
    std::copy_n(guarded.begin(), filled, scored.rows.begin() + static_cast<std::ptrdiff_t>(begin * scored.width));
  }
  return scored;
}

std::vector<double> values_of(const ScoredSamples& scored, std::span<const double> rows,
                              std::span<const double> weights) {
  const std::size_t count = scored.outputs.size();
  std::vector<double> out(count + kGuards, kGuard);
  std::fill_n(out.begin(), count, kUnwritten);
  in_metric([&] { scored.metric->values(sdk::Rows(rows, scored.width, weights), std::span(out).first(count)); });
  check_guards(std::span(out).subspan(count), "values");
  for (std::size_t i = 0; i < count; ++i) {
    if (out[i] == kUnwritten) throw Error(fmt::format("it leaves the value '{}' unwritten", scored.outputs[i].name));
  }
  out.resize(count);
  return out;
}

}  // namespace assay::conformance
