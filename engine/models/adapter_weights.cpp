#include "models/adapter_weights.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "models/safetensors.h"

namespace assay::models {
namespace {

/// w + scale · B · A for some of its rows, and these brought to the magnitudes where there are some.
void add_delta(const LowRankDelta& delta, std::int64_t first, std::int64_t count, float* rows) {
  std::vector<double> row(static_cast<std::size_t>(delta.in));
  for (std::int64_t o = first; o < first + count; ++o, rows += delta.in) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<double>(rows[i]);
    for (std::int64_t r = 0; r < delta.rank; ++r) {
      const double factor = delta.scale * static_cast<double>(delta.b[static_cast<std::size_t>(o * delta.rank + r)]);
      const float* a = delta.a.data() + r * delta.in;
      for (std::size_t i = 0; i < row.size(); ++i) row[i] += factor * static_cast<double>(a[i]);
    }
    double factor = 1;
    if (!delta.magnitude.empty()) {
      double squares = 0;
      for (const double value : row) squares += value * value;
      factor = static_cast<double>(delta.magnitude[static_cast<std::size_t>(o)]) / std::sqrt(squares);
    }
    for (std::size_t i = 0; i < row.size(); ++i) rows[i] = static_cast<float>(row[i] * factor);
  }
}

template <class T>
void add_one(std::optional<T>& ours, std::optional<T> other, const char* what) {
  if (!other) return;
  if (ours) throw BadInput(fmt::format("two adapters bring {}; one of them has to go", what));
  ours = std::move(other);
}

}  // namespace

void AdapterWeights::add(AdapterWeights other) {
  for (auto& [name, values] : other.replacements) {
    if (!replacements.emplace(name, std::move(values)).second) {
      throw BadInput(fmt::format("two adapters replace '{}'; one of them has to go", name));
    }
  }
  for (LowRankDelta& delta : other.deltas) deltas.push_back(std::move(delta));
  for (Scaling& scaling : other.scalings) scalings.push_back(std::move(scaling));
  add_one(prefix, std::move(other.prefix), "a prefix of keys and values");
  add_one(prompt, std::move(other.prompt), "a soft prompt");
  for (ResidualModule& module : other.residuals) {
    for (const ResidualModule& ours : residuals) {
      if (ours.layer != module.layer || ours.after_attention != module.after_attention) continue;
      throw BadInput(fmt::format("two adapters put a module after the {} of layer {}; one of them has to go",
                                 module.after_attention ? "attention" : "MLP", module.layer));
    }
    residuals.push_back(std::move(module));
  }
}

void AdapterWeights::put_on(AdapterWeights below) {
  AdapterWeights outside;  // what is no change of a weight: it has no order
  outside.prefix = std::exchange(below.prefix, std::nullopt);
  outside.prompt = std::exchange(below.prompt, std::nullopt);
  outside.residuals = std::exchange(below.residuals, {});
  add(std::move(outside));
  if (under) throw Error("these adapter weights lie on others already");
  under = std::make_shared<const AdapterWeights>(std::move(below));
}

std::int64_t AdapterWeights::virtual_tokens() const noexcept {
  return (prefix ? prefix->tokens : 0) + (prompt ? prompt->tokens : 0);
}

void AdapterWeights::check(const ModelConfig& config) const {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  std::set<std::string> transposed;
  for (WeightSpec& spec : config.weights()) {
    if (spec.transposed) transposed.insert(spec.name);
    shapes.emplace(std::move(spec.name), std::move(spec.shape));
  }
  std::vector<std::string> faults;
  for (const LowRankDelta& delta : deltas) {
    const auto found = shapes.find(delta.module + ".weight");
    const bool turned = transposed.contains(delta.module + ".weight");
    const std::vector<std::int64_t> expected =
        turned ? std::vector{delta.in, delta.out} : std::vector{delta.out, delta.in};
    if (found == shapes.end()) {
      faults.push_back(fmt::format("the model has no '{}'", delta.module));
    } else if (found->second != expected) {
      faults.push_back(
          fmt::format("'{}' is {} and its delta {}", delta.module, shape_text(found->second), shape_text(expected)));
    } else if (!delta.magnitude.empty() && delta.magnitude.size() != static_cast<std::size_t>(delta.out)) {
      faults.push_back(
          fmt::format("'{}' writes {} values and has {} magnitudes", delta.module, delta.out, delta.magnitude.size()));
    }
  }
  for (const Scaling& scaling : scalings) {
    const auto found = shapes.find(scaling.module + ".weight");
    if (found == shapes.end() || found->second.size() != 2) {
      faults.push_back(fmt::format("the model has no '{}'", scaling.module));
      continue;
    }
    const bool first = scaling.input == transposed.contains(scaling.module + ".weight");
    const std::int64_t expected = found->second[first ? 0 : 1];
    if (static_cast<std::int64_t>(scaling.factors.size()) != expected) {
      faults.push_back(fmt::format("'{}' {} {} values and has {} factors", scaling.module,
                                   scaling.input ? "reads" : "writes", expected, scaling.factors.size()));
    }
  }
  const auto expect = [&](const char* what, std::int64_t tokens, std::int64_t each, std::size_t found) {
    if (tokens * each == static_cast<std::int64_t>(found)) return;
    faults.push_back(
        fmt::format("{} of {} tokens should hold {} values a token and holds {} in all", what, tokens, each, found));
  };
  if (prefix)
    expect("the prefix", prefix->tokens, config.num_layers * 2 * config.num_kv_heads * config.head_dim,
           prefix->values.size());
  if (prompt) expect("the soft prompt", prompt->tokens, config.hidden_size, prompt->values.size());
  if (virtual_tokens() >= config.max_position_embeddings) {
    faults.push_back(fmt::format("its {} virtual tokens leave no room in a context of {}", virtual_tokens(),
                                 config.max_position_embeddings));
  }
  for (const ResidualModule& module : residuals) {
    const std::size_t width = module.down_bias.size(), hidden = static_cast<std::size_t>(config.hidden_size);
    if (module.layer < 0 || module.layer >= config.num_layers) {
      faults.push_back(fmt::format("the model has no layer {}", module.layer));
    } else if (width == 0 || module.down.size() != width * hidden || module.up.size() != width * hidden ||
               module.up_bias.size() != hidden) {
      faults.push_back(fmt::format("the module after the {} of layer {} does not fit a hidden size of {}",
                                   module.after_attention ? "attention" : "MLP", module.layer, hidden));
    }
  }
  for (const auto& [name, values] : replacements) {
    const auto found = shapes.find(name);
    std::int64_t elements = 1;
    if (found != shapes.end()) {
      for (const std::int64_t extent : found->second) elements *= extent;
    }
    if (found == shapes.end()) {
      faults.push_back(fmt::format("the model has no '{}'", name));
    } else if (elements != static_cast<std::int64_t>(values.size())) {
      faults.push_back(
          fmt::format("'{}' is {} and its replacement has {} values", name, shape_text(found->second), values.size()));
    }
  }
  if (!faults.empty()) throw BadInput(fmt::format("the adapter does not fit the model: {}", fmt::join(faults, "; ")));
}

const std::vector<float>* AdapterWeights::replacement_of(const std::string& name) const {
  const auto found = replacements.find(name);
  if (found != replacements.end()) return &found->second;
  return under ? under->replacement_of(name) : nullptr;
}

RowChanges AdapterWeights::changes_of(const std::string& name) const {
  RowChanges changes;
  if (under && !replacements.contains(name)) changes = under->changes_of(name);
  for (const LowRankDelta& delta : deltas) {
    if (name == delta.module + ".weight") changes.steps.emplace_back(&delta);
  }
  for (const Scaling& scaling : scalings) {
    const bool bias = name == scaling.module + ".bias";
    if (name == scaling.module + ".weight" || (bias && !scaling.input)) changes.steps.emplace_back(&scaling);
  }
  return changes;
}

void RowChanges::apply(std::int64_t first, std::int64_t count, std::int64_t in, float* rows) const {
  for (const auto& step : steps) {
    if (const auto* delta = std::get_if<const LowRankDelta*>(&step)) {
      add_delta(**delta, first, count, rows);
      continue;
    }
    const Scaling& scaling = *std::get<const Scaling*>(step);
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t i = 0; i < in; ++i)
        rows[r * in + i] *= scaling.factors[static_cast<std::size_t>(scaling.input ? i : first + r)];
    }
  }
}

}  // namespace assay::models
