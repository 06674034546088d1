#include "run/stage.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>
#include <fstream>
#include <iostream>

namespace assay::run {

StageWork::StageWork(plan::Job what, std::map<std::string, std::string> bundles, store::BundleWriter& writer,
                     Workbench& workbench, std::function<void(std::int64_t, std::int64_t)> progress)
    : job(std::move(what)),
      out(writer),
      bench(workbench),
      bundles_(std::move(bundles)),
      progress_(std::move(progress)) {}

const std::string& StageWork::place(const std::string& key) const {
  const auto found = bundles_.find(key);
  if (found == bundles_.end())
    throw Error(fmt::format("the job of this stage reads the stage {}, which it does not need", key));
  return found->second;
}

store::Bundle StageWork::bundle(const std::string& key) const { return store::Bundle::open(place(key), key, true); }

store::Bundle StageWork::glance(const std::string& key) const { return store::Bundle::open(place(key), key); }

data::Split split_of(const plan::Job& job) {
  return job.split == "validation" ? data::Split::validation : data::Split::test;
}

void StageWork::log(const std::string& line) {
  log_ += line + '\n';
  std::cerr << line << '\n';
}

void StageWork::kpi(const std::string& name, double value, const std::string& unit, bool higher_is_better) {
  out.kpis[name] = {{"value", number(value)}, {"unit", unit}, {"higher_is_better", higher_is_better}};
}

void StageWork::strategy_kpi(const std::string& name, const sdk::Number& mean, std::size_t examples) {
  if (out.kpis.contains(name))
    throw Error(fmt::format("a strategy calls a number '{}', which is a KPI of the engine; rename it", name));
  kpi(name, mean.value, mean.unit, mean.higher_is_better);
  out.kpis[name]["examples"] = examples;
}

void StageWork::write(const std::string& file, const Json& json) const {
  std::ofstream stream(out.folder() / file, std::ios::binary);
  stream << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  stream.close();
  if (!stream) throw Error(fmt::format("{}: cannot be written; is the disk full?", (out.folder() / file).string()));
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const sdk::Usage& usage) {
  Json json = {{"prompt_tokens", usage.prompt_tokens},
               {"cached_prompt_tokens", usage.cached_prompt_tokens},
               {"completion_tokens", usage.completion_tokens}};
  if (usage.estimated) json["estimated"] = true;
  return json;
}

sdk::Usage usage_from_json(const Json& json) {
  return {.prompt_tokens = json.value("prompt_tokens", std::int64_t{0}),
          .cached_prompt_tokens = json.value("cached_prompt_tokens", std::int64_t{0}),
          .completion_tokens = json.value("completion_tokens", std::int64_t{0}),
          .estimated = json.value("estimated", false)};
}

}  // namespace assay::run
