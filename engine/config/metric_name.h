#pragma once
#include <string>

#include "config/experiment.h"

namespace assay::config {

/// What a metric is called within its experiment: what its parameter `name` says, where it has one and is given it, else the
/// plugin's name, which `MetricSetting::name` stays.
inline std::string called(const MetricSetting& metric) {
  const auto name = metric.params.find("name");
  return name != metric.params.end() && name->is_string() && !name->get_ref<const std::string&>().empty()
             ? name->get<std::string>()
             : metric.name;
}

}  // namespace assay::config
