#pragma once
#include <string>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/identity.h"
#include "plan/job_parts.h"
#include "plan/plan.h"
#include "plan/stage_list.h"

namespace assay::plan {

/// Whether a metric gives the same numbers everywhere: timings and prices differ from machine to machine and from day to
/// day.
bool is_stable(const config::PluginManifest& metric);

/// The stages that compare what cells scored: with each other, and with the same cell asked differently.
class ComparisonStages {
 public:
  /// All outlive this.
  ComparisonStages(const config::Experiment& experiment, const config::PluginManifests& plugins, Identities& identities,
                   const JobParts& jobs, StageList& stages)
      : experiment_(experiment), plugins_(plugins), identities_(identities), jobs_(jobs), stages_(stages) {}

  /// One metric over the plan's cells on a dataset; none where there are no cells. REQUIRES their scores planned.
  void add_compare(Plan& plan, const std::string& dataset, std::size_t metric);

  /// One metric over the cell's variants. REQUIRES these planned; metrics in their order.
  void add_fragility(Cell& cell, std::size_t metric);

  /// What comparisons on the dataset will be able to tell, with a warning where that is too little.
  void add_reach(Plan& plan, const std::string& dataset);

 private:
  [[nodiscard]] bool is_drawn(const config::MetricSetting& metric, const config::PluginManifest& manifest) const;
  [[nodiscard]] std::size_t comparisons(const Plan& plan) const;

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  Identities& identities_;
  const JobParts& jobs_;
  StageList& stages_;
};

}  // namespace assay::plan
