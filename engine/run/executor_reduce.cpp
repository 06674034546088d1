// What becomes of a comparison, a choice or a fragility when some of what it rests on failed.
#include <algorithm>
#include <functional>
#include <map>

#include "plan/job.h"
#include "run/executor.h"

namespace assay::run {

void Executor::reduce(std::size_t i) {
  const plan::Stage& stage = stages_[i];
  if (stage.kind == plan::StageKind::fragility) return reduce_fragility(i);
  if (stage.kind != plan::StageKind::compare && stage.kind != plan::StageKind::choose) return;
  std::vector<std::string> there;
  for (const std::string& need : stage.needs) {
    if (schedule_->state(index_.at(need)) == Schedule::State::done) there.push_back(need);
  }
  if (there.size() == stage.needs.size()) return;
  const auto is_there = [&](const std::string& key) {
    return std::find(there.begin(), there.end(), key) != there.end();
  };
  plan::Job job = plan::job_from_json(stage.job);
  plan::Stage reduced = stage;
  if (job.compare) {
    std::erase_if(job.compare->cells, [&](const plan::CompareCellJob& cell) { return !is_there(cell.score); });
    reduced.inputs = {{"comparison", stage.inputs}, {"scores", there}};
    reduced.label += " (without the cells that failed)";
  } else {
    std::erase_if(job.choose->trials, [&](const plan::TrialJob& trial) {
      return !std::all_of(trial.stages.begin(), trial.stages.end(), is_there);
    });
    reduced.inputs = {{"choice", stage.inputs}, {"stages", there}};
    reduced.label += " (without the trials that failed)";
  }
  reduced.needs = there;
  reduced.job = plan::to_json(job);
  replace(i, std::move(reduced));
}

void Executor::reduce_fragility(std::size_t i) {
  plan::Stage reduced = stages_[i];
  std::erase_if(reduced.awaits, [&](const std::string& awaited) {
    return schedule_->state(index_.at(awaited)) != Schedule::State::done;
  });
  if (reduced.awaits.size() == stages_[i].awaits.size()) return;
  plan::Job job = plan::job_from_json(reduced.job);
  std::vector<plan::VariantJob> there;
  for (plan::VariantJob& variant : job.fragility->variants) {
    if (schedule_->state(index_.at(variant.score)) == Schedule::State::done) {
      there.push_back(std::move(variant));
    } else {
      job.fragility->failed.push_back(variant.name);
    }
  }
  job.fragility->variants = std::move(there);
  reduced.inputs = {{"fragility", stages_[i].inputs}, {"failed", job.fragility->failed}};
  reduced.label += " (without the variants that failed)";
  reduced.job = plan::to_json(job);
  replace(i, std::move(reduced));
}

void Executor::replace(std::size_t first, plan::Stage by) {
  std::map<std::string, std::string> renamed;  // old key → new key
  std::map<std::string, plan::Stage> replaced;
  const std::function<void(Json&)> rename = [&](Json& value) {
    if (value.is_structured()) {
      for (Json& inner : value) rename(inner);
    } else if (value.is_string()) {
      if (const auto found = renamed.find(value.get_ref<const std::string&>()); found != renamed.end())
        value = found->second;
    }
  };
  const auto take = [&](std::size_t i, plan::Stage stage) {
    const std::string old = stages_[i].key;
    stage.key = data::sha256(stage.inputs);
    stage.job["key"] = stage.key;
    renamed[old] = stage.key;
    index_.emplace(stage.key, i);
    replaced.emplace(old, stage);
    stages_[i] = std::move(stage);
  };
  take(first, std::move(by));
  // Each stage stands after what it needs. What is done already rests on a choice that was whole when it was made.
  for (std::size_t i = first + 1; i < stages_.size(); ++i) {
    plan::Stage stage = stages_[i];
    const auto is_renamed = [&](const std::string& key) { return renamed.contains(key); };
    const bool rests = std::any_of(stage.needs.begin(), stage.needs.end(), is_renamed) ||
                       std::any_of(stage.awaits.begin(), stage.awaits.end(), is_renamed);
    if (!rests || schedule_->state(i) == Schedule::State::done) continue;
    rename(stage.inputs);
    rename(stage.job);
    for (std::vector<std::string>* keys : {&stage.needs, &stage.awaits}) {
      for (std::string& key : *keys) {
        if (const auto found = renamed.find(key); found != renamed.end()) key = found->second;
      }
    }
    take(i, std::move(stage));
  }
  store_.replace_stages(summary_.run, replaced);
}

}  // namespace assay::run
