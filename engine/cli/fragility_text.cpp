#include "cli/fragility_text.h"

#include <fmt/format.h>

#include <cmath>

#include "store/bundle.h"

namespace assay::cli {
namespace {

double number(const Json& object, const char* name) {
  const Json& value = object.at(name);
  return value.is_number() ? value.get<double>() : std::nan("");
}

std::string output_text(const Json& output) {
  std::string text = fmt::format(
      "  {}: {:.4g} as asked; spread {:.4g} [{:.4g}, {:.4g}], mean {:.4g}, standard deviation {:.4g}\n",
      output.at("name").get<std::string>(), number(output, "value"), number(output, "spread"),
      number(output, "spread_low"), number(output, "spread_high"), number(output, "mean"), number(output, "std"));
  for (const Json& variant : output.at("variants")) {
    const bool worst = variant.at("name") == output.at("worst_variant");
    text += fmt::format("    {:<32} {:.4g}  {:+.4g} [{:+.4g}, {:+.4g}]{}\n", variant.at("name").get<std::string>(),
                        number(variant, "value"), number(variant, "difference"), number(variant, "low"),
                        number(variant, "high"), worst ? "  worst" : "");
  }
  return text;
}

}  // namespace

std::string fragility_text(const store::Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  std::string text, failed;
  for (const std::string& key : cell.fragility) {
    const plan::Stage& stage = plan.stage(key);
    if (!store::Bundle::exists(store.bundle(stage))) continue;
    const Json found = store::Bundle::open(store.bundle(stage), key).json("fragility.json");
    for (const Json& output : found.at("outputs")) text += output_text(output);
    failed.clear();  // a variant without answers has no score of any metric
    for (const Json& name : found.at("failed")) failed += fmt::format("    {:<32} failed\n", name.get<std::string>());
  }
  return text.empty() ? "" : "questions put differently\n" + text + failed;
}

}  // namespace assay::cli
