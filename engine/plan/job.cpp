#include "plan/job.h"

#include "assay/sdk/error.h"

namespace assay::plan {

// Written with nlohmann's macro, so that a member is named once. They must stand in the types' namespace.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelJob, name, source, path, dtype, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PartJob, name, version, library, params, adapts, trains, composes, drives, reads,
                                   consults, random, asks_in_adapt, tries, reads_no_rows, adapt)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MetricJob, name, version, library, params, measures, throughput, asks, prices)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PromptJob, template_file, answer, read, fit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PriceJob, input, cached_input, output)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MeasureJob, requests, concurrency, throughput_batch, latency, throughput)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChoiceJob, choose, trials)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrialJob, number, label, value, stages)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChooseJob, metric, output, trials)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CompareCellJob, cell, group, seed, score)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CompareJob, dataset, baseline, cells, confidence, resamples, test, random_seeds, by,
                                   keeps_resampled)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PerturbJob, choices, shots, whitespace, letter_case, typos, seed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(VariantJob, name, score, answers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FragilityJob, base, variants, failed, confidence, resamples, answers)

Json to_json(const sdk::GenerationSettings& s) {
  Json bias = Json::object();
  for (const auto& [token, value] : s.logit_bias) bias[std::to_string(token)] = value;
  return {{"max_tokens", s.max_tokens},
          {"temperature", s.temperature},
          {"top_p", s.top_p},
          {"top_k", s.top_k},
          {"min_p", s.min_p},
          {"repetition_penalty", s.repetition_penalty},
          {"frequency_penalty", s.frequency_penalty},
          {"presence_penalty", s.presence_penalty},
          {"logit_bias", bias},
          {"stop", s.stop}};
}

sdk::GenerationSettings generation_settings(const Json& json) {
  sdk::GenerationSettings s;
  s.max_tokens = json.at("max_tokens"), s.temperature = json.at("temperature"), s.top_p = json.at("top_p");
  s.top_k = json.at("top_k"), s.min_p = json.at("min_p"), s.repetition_penalty = json.at("repetition_penalty");
  s.frequency_penalty = json.at("frequency_penalty"), s.presence_penalty = json.at("presence_penalty");
  for (const auto& [token, value] : json.at("logit_bias").items()) s.logit_bias[std::stoi(token)] = value.get<double>();
  s.stop = json.at("stop").get<std::vector<std::string>>();
  return s;
}

namespace {

template <class T>
void put(Json& out, const char* name, const std::optional<T>& value) {
  if (value) out[name] = *value;
}

template <class T>
void take(const Json& json, const char* name, std::optional<T>& value) {
  if (json.contains(name)) value = json.at(name).get<T>();
}

}  // namespace

Json to_json(const Job& job) {
  Json out{{"kind", job.kind},
           {"key", job.key},
           {"label", job.label},
           {"instruction", job.instruction},
           {"parts", job.parts},
           {"split", job.split},
           {"generation", to_json(job.generation)},
           {"seed", job.seed},
           {"predictions", job.predictions},
           {"measured", job.measured},
           {"dollars_per_hour", job.dollars_per_hour},
           {"known_text", job.known_text},
           {"select", job.select},
           {"cluster", job.cluster},
           {"threads", job.threads},
           {"limit_seconds", job.limit_seconds},
           {"limit_memory_mb", job.limit_memory_mb}};
  put(out, "model", job.model), put(out, "part", job.part), put(out, "prompt", job.prompt),
      put(out, "measure", job.measure);
  put(out, "metric", job.metric), put(out, "price", job.price), put(out, "judge", job.judge),
      put(out, "compare", job.compare);
  put(out, "choice", job.choice), put(out, "choose", job.choose);
  put(out, "perturb", job.perturb), put(out, "fragility", job.fragility);
  if (job.dataset) out["dataset"] = data::to_json(*job.dataset);
  if (!job.against.empty()) out["against"] = job.against;
  return out;
}

Job job_from_json(const Json& json) {
  try {
    Job job;
    job.kind = json.at("kind"), job.key = json.at("key"), job.label = json.at("label"),
    job.instruction = json.at("instruction");
    job.parts = json.at("parts").get<std::vector<PartJob>>();
    job.split = json.at("split");
    job.generation = generation_settings(json.at("generation"));
    job.seed = json.at("seed"), job.predictions = json.at("predictions"), job.measured = json.at("measured");
    job.dollars_per_hour = json.at("dollars_per_hour"), job.known_text = json.at("known_text"),
    job.select = json.at("select"), job.cluster = json.at("cluster"), job.threads = json.at("threads");
    job.limit_seconds = json.at("limit_seconds"), job.limit_memory_mb = json.at("limit_memory_mb");
    take(json, "model", job.model), take(json, "part", job.part), take(json, "prompt", job.prompt);
    take(json, "measure", job.measure), take(json, "metric", job.metric), take(json, "price", job.price);
    take(json, "judge", job.judge), take(json, "compare", job.compare);
    take(json, "choice", job.choice), take(json, "choose", job.choose);
    take(json, "perturb", job.perturb), take(json, "fragility", job.fragility);
    job.against = json.value("against", "");
    if (json.contains("dataset")) job.dataset = data::dataset_source(json.at("dataset"));
    return job;
  } catch (const Json::exception& error) {
    throw Corrupted(std::string("a stage's job cannot be read: ") + error.what());
  }
}

}  // namespace assay::plan
