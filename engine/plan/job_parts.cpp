#include "plan/job_parts.h"

#include "config/metric_name.h"

namespace assay::plan {

ModelJob JobParts::model(const config::ModelSpec& spec) {
  ModelJob job{spec.name, spec.source, spec.path.string(), spec.dtype, spec.options};
  if (spec.is_remote() && spec.price) {
    job.options["token_price"] = {
        {"input", spec.price->input}, {"cached_input", spec.price->cached_input}, {"output", spec.price->output}};
  }
  return job;
}

std::optional<PriceJob> JobParts::price(const config::ModelSpec& spec) {
  if (!spec.price) return std::nullopt;
  return PriceJob{spec.price->input, spec.price->cached_input, spec.price->output};
}

PartJob JobParts::part(const config::PluginManifest& manifest, const Json& params) const {
  PartJob part;
  part.name = manifest.name;
  part.version = manifest.version;
  part.library = manifest.library.string();
  part.params = identities_.job_params(manifest, params);
  part.adapts = manifest.adapts, part.trains = manifest.trains, part.composes = manifest.composes;
  part.drives = manifest.drives, part.reads = manifest.reads, part.random = manifest.is_random(params);
  part.asks_in_adapt = manifest.asks_in_adapt_of(params), part.consults = manifest.consults_of(params);
  part.reads_no_rows = manifest.reads_no_rows, part.tries = manifest.tries;
  return part;
}

MetricJob JobParts::metric(const config::PluginManifest& manifest, const Json& params) const {
  MetricJob metric;
  metric.name = config::called({manifest.name, params, {}}), metric.version = manifest.version,
  metric.library = manifest.library.string();
  metric.params = identities_.job_params(manifest, params);
  metric.measures = manifest.measures, metric.throughput = manifest.throughput, metric.asks = manifest.asks;
  metric.prices = manifest.prices;
  return metric;
}

PromptJob JobParts::prompt(const config::Perturbation& how) const {
  const auto& file = how.template_file.empty() ? experiment_.prompt.template_file : how.template_file;
  return {file.empty() ? "" : identities_.prompt_path(file).string(), experiment_.prompt.answer,
          experiment_.prompt.read, experiment_.prompt.fit};
}

data::DatasetSource JobParts::dataset(const config::DatasetSpec& spec, data::Split split) {
  data::DatasetSource source = source_of(spec);
  if (split != data::Split::test) source.test.clear();
  return source;
}

}  // namespace assay::plan
