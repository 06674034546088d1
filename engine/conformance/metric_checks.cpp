#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

#include "conformance/findings.h"
#include "conformance/metric_subject.h"
#include "run/workbench.h"

namespace assay::conformance {
namespace {

using Order = std::vector<std::size_t>;

Order in_order(std::size_t count) {
  Order order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

Order shuffled(std::size_t count, std::uint64_t seed) {
  Order order = in_order(count);
  sdk::Random(seed, "order").shuffle(std::span(order));
  return order;
}

Order reversed(std::size_t count) {
  Order order = in_order(count);
  std::reverse(order.begin(), order.end());
  return order;
}

/// A number as JSON keeps it to the bit; it has no word for those that are not finite.
Json exact(double x) { return std::isfinite(x) ? Json(x) : Json(fmt::format("{}", std::abs(x))); }

/// Where two numbers must be the same to the bit, but that NaN equals NaN.
bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b)) ||
         a == b;
}

/// Where sums were taken in another order.
bool near(double a, double b) {
  return same(a, b) || std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

Json problem(const std::string& text) { return {{"problem", text}}; }

/// The first value of two that differs; null where none does.
Json differing(const ScoredSamples& scored, const std::vector<double>& one, const std::vector<double>& other,
               const char* how) {
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (!near(one[i], other[i]))
      return problem(fmt::format("{} is {} and, {}, {}", scored.outputs[i].name, one[i], how, other[i]));
  }
  return nullptr;
}

Json infinite(const ScoredSamples& scored, const std::vector<double>& values, const char* where) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isinf(values[i]))
      return problem(fmt::format("{} is {} {}; what is undefined is NaN", scored.outputs[i].name, values[i], where));
  }
  return nullptr;
}

/// One metric on the samples of one task.
class MetricChecks {
 public:
  MetricChecks(const Subject& subject, const Json& manifest, Task task)
      : subject_(subject),
        manifest_(manifest),
        samples_(sample_answers(task, Examples::usual)),
        other_(sample_answers(task, Examples::other)),
        odd_(sample_answers(task, Examples::odd)) {}

  Json runs() const {
    const ScoredSamples scored = score(in_order(samples_.size()), samples_.size());
    std::set<std::string> names;
    if (scored.outputs.empty()) return problem("`outputs` is empty");
    for (const sdk::Value& value : scored.outputs) {
      if (value.name.empty() || !names.insert(value.name).second)
        return problem(fmt::format("`outputs` names '{}' twice, or not at all", value.name));
    }
    values(scored, scored.rows, {});
    return nullptr;
  }

  /// What it reads without saying so is no part of its stages' keys.
  Json declared_parts() const {
    const ScoredSamples usual = score(in_order(samples_.size()), samples_.size());
    if (usual.asks && manifest_.at("asks") != true)
      return problem("it asks a model, and its manifest does not say `asks`");
    if (!std::ranges::equal(usual.rows, score(in_order(samples_.size()), samples_.size()).rows, same))
      return nullptr;  // for `deterministic` to tell
    const auto depends = [&](const std::function<void(AnsweredSample&)>& change) {
      std::vector<AnsweredSample> changed = samples_;
      for (AnsweredSample& sample : changed) change(sample);
      const auto order = in_order(changed.size());
      return !std::ranges::equal(usual.rows, score_samples(subject_, changed, order, order.size()).rows, same);
    };
    if (manifest_.at("prices") != true && depends([](AnsweredSample& sample) { sample.dollars *= 2; })) {
      return problem("it reads dollars, and its manifest does not say `prices`");
    }
    if (manifest_.at("measures") != true && manifest_.at("throughput") != true &&
        depends([](AnsweredSample& sample) { sample.milliseconds *= 2; })) {
      return problem("it reads milliseconds, and its manifest says neither `measures` nor `throughput`");
    }
    return nullptr;
  }

  /// Rows and values, for comparison with those of another process.
  Json came_to() const {
    const ScoredSamples scored = score(in_order(samples_.size()), samples_.size());
    Json rows = Json::object(), told = Json::object();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      for (const double x : scored.row(i)) rows[samples_[i].input.id].push_back(exact(x));
    }
    const std::vector<double> all = values(scored, scored.rows, {});
    for (std::size_t i = 0; i < all.size(); ++i) told[scored.outputs[i].name] = exact(all[i]);
    return {{"rows", rows}, {"values", told}};
  }

  /// The same after other examples and itself.
  Json came_to_after_others() const {
    const Order order = in_order(other_.size());
    score_samples(subject_, other_, order, order.size());
    came_to();
    return came_to();
  }

  Json leaves_its_input_alone() const {
    const std::vector<AnsweredSample> kept = samples_;
    came_to();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!(kept[i] == samples_[i]))
        return problem(fmt::format("it changes example {}, which other metrics read, too; copy what you change", i));
    }
    return nullptr;
  }

  /// Rows of other orders and batches are the same rows, and their values the same values.
  Json independent(const Order& order, std::size_t batch, const char* how) const {
    const ScoredSamples usual = score(in_order(samples_.size()), samples_.size()), other = score(order, batch);
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t c = 0; c < usual.width; ++c) {
        if (!same(usual.row(order[i])[c], other.row(i)[c]))
          return problem(fmt::format("the row of example {} is another {}", order[i], how));
      }
    }
    return differing(usual, values(usual, usual.rows, {}), values(other, other.rows, {}), how);
  }

  Json counts_weights() const {
    const ScoredSamples scored = score(in_order(samples_.size()), samples_.size());
    std::vector<double> weights(samples_.size()), repeated;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<double>(i % 3);
      for (std::size_t k = 0; k < i % 3; ++k)
        repeated.insert(repeated.end(), scored.row(i).begin(), scored.row(i).end());
    }
    return differing(scored, values(scored, scored.rows, weights), values(scored, repeated, {}),
                     "with its rows repeated in the place of weights");
  }

  Json empty_input() const {
    const ScoredSamples none = score({}, 1);
    if (Json found = infinite(none, values_of(none, {}, {}), "of no rows"); !found.is_null()) return found;
    const ScoredSamples scored = score(in_order(samples_.size()), samples_.size());
    const std::vector<double> nothing(samples_.size(), 0.0);
    return infinite(scored, values(scored, scored.rows, nothing), "of rows that all weigh 0");
  }

  Json undefined_is_nan() const {
    const ScoredSamples scored = score(in_order(samples_.size()), samples_.size());
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const auto row = scored.row(i);
      if (std::any_of(row.begin(), row.end(), [](double x) { return std::isinf(x); }))
        return problem(fmt::format("the row of example {} holds an infinity", i));
      if (Json found = infinite(scored, values(scored, row, {}), fmt::format("of example {} alone", i).c_str());
          !found.is_null())
        return found;
    }
    return nullptr;
  }

  /// Refusing what is odd is well, by one of assay's errors.
  Json odd_input() const {
    for (std::size_t i = 0; i < odd_.size(); ++i) {
      try {
        const ScoredSamples scored = score_samples(subject_, odd_, std::vector{i}, 1);
        if (Json found = infinite(scored, values(scored, scored.rows, {}), "of an odd answer"); !found.is_null())
          return found;
      } catch (const run::UntypedException&) {
        throw;
      } catch (const Error&) {
        continue;
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::size_t size() const { return samples_.size(); }

 private:
  [[nodiscard]] ScoredSamples score(const Order& order, std::size_t batch) const {
    return score_samples(subject_, samples_, order, batch);
  }

  static std::vector<double> values(const ScoredSamples& scored, std::span<const double> rows,
                                    std::vector<double> weights) {
    if (weights.empty()) weights.assign(scored.width == 0 ? 0 : rows.size() / scored.width, 1.0);
    return values_of(scored, rows, weights);
  }

  const Subject& subject_;
  const Json& manifest_;
  std::vector<AnsweredSample> samples_, other_, odd_;
};

}  // namespace

void check_metric(const Subject& subject, const Json& manifest, Findings& findings) {
  std::vector<MetricChecks> usable;
  std::string refusals;
  for (const Task task : {Task::labels, Task::texts, Task::numbers, Task::objects}) {
    MetricChecks checks(subject, manifest, task);
    const Tried ran = attempt(subject, [&] { return checks.runs(); });
    if (ran.done && ran.value.is_null()) {
      usable.push_back(std::move(checks));
    } else if (ran.refused) {
      if (refusals.find(ran.why) == std::string::npos) refusals += (refusals.empty() ? "" : "; ") + ran.why;
    } else {
      return findings.fail("scores", ran.done ? ran.value.at("problem").get<std::string>() : ran.why);
    }
  }
  if (usable.empty()) return findings.fail("scores", refusals);
  findings.pass("scores");
  const auto judge = [&](const char* check, const std::function<Json(const MetricChecks&)>& work) {
    findings.judge(check, subject, [&]() -> Json {
      for (const MetricChecks& checks : usable) {
        if (Json found = work(checks); !found.is_null()) return found;
      }
      return nullptr;
    });
  };
  judge("declared_parts", [](const MetricChecks& checks) { return checks.declared_parts(); });
  const auto came_to = [&](Json (MetricChecks::*how)() const) {
    return attempt(subject, [&] {
      Json all = Json::array();
      for (const MetricChecks& checks : usable) all.push_back((checks.*how)());
      return all;
    });
  };
  const Tried usual = came_to(&MetricChecks::came_to);
  wait_for_another_second();
  findings.compare("deterministic", usual, came_to(&MetricChecks::came_to),
                   "the same examples came to something else when they were scored again");
  judge("independent_of_order", [](const MetricChecks& checks) {
    Json found = checks.independent(reversed(checks.size()), checks.size(), "in reverse order");
    for (std::uint64_t seed = 1; seed <= 3 && found.is_null(); ++seed)
      found = checks.independent(shuffled(checks.size(), seed), checks.size(), "in another order");
    return found;
  });
  judge("independent_of_batch", [](const MetricChecks& checks) {
    return checks.independent(in_order(checks.size()), 1, "scored one at a time");
  });
  findings.compare("leaves_nothing_behind", usual, came_to(&MetricChecks::came_to_after_others),
                   "after other examples in the same process");
  judge("leaves_its_input_alone", [](const MetricChecks& checks) { return checks.leaves_its_input_alone(); });
  check_process(subject, findings, [&] { usable.front().came_to(); });
  judge("counts_weights", [](const MetricChecks& checks) { return checks.counts_weights(); });
  judge("empty_input", [](const MetricChecks& checks) { return checks.empty_input(); });
  judge("undefined_is_nan", [](const MetricChecks& checks) { return checks.undefined_is_nan(); });
  judge("typed_exceptions", [](const MetricChecks& checks) { return checks.odd_input(); });
}

}  // namespace assay::conformance
