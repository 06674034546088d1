#include "run/schedule.h"

#include <unordered_map>

namespace assay::run {

using plan::StageKind;

Schedule::Schedule(std::span<const plan::Stage> stages, const std::unordered_set<std::string>& finished)
    : stages_(stages), nodes_(stages.size()), unsettled_(stages.size()) {
  std::unordered_map<std::string, std::size_t> by_key;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    by_key.emplace(stages[i].key, i);
    for (const std::string& need : stages[i].needs) {
      nodes_[by_key.at(need)].dependents.push_back(i);
      ++nodes_[i].waiting_for;
    }
    for (const std::string& other : stages[i].awaits) {
      nodes_[by_key.at(other)].waiting.push_back(i);
      ++nodes_[i].waiting_for;
    }
    if (nodes_[i].waiting_for == 0) {
      nodes_[i].state = State::ready;
      ready_.insert(i);
    }
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (finished.contains(stages[i].key)) done(i);
  }
}

std::size_t Schedule::next(const std::string& model, const std::unordered_set<std::size_t>& but_not,
                           const std::function<bool(std::size_t)>& may) const {
  if (measuring_) return kNone;
  std::size_t any = kNone;
  std::size_t measure = kNone;
  for (const std::size_t i : ready_) {
    if (may && !may(i)) continue;
    if (stages_[i].kind == StageKind::measure) {
      // A deferred measurement is no reason to hold up another.
      if (measure == kNone && !but_not.contains(i)) measure = i;
      continue;
    }
    if (but_not.contains(i)) continue;
    if (stages_[i].model.empty() || stages_[i].model == model) return i;
    if (any == kNone) any = i;
  }
  if (any != kNone) return any;
  return running_ == 0 ? measure : kNone;
}

void Schedule::start(std::size_t i) {
  ready_.erase(i);
  nodes_[i].state = State::running;
  ++running_;
  if (stages_[i].kind == StageKind::measure) measuring_ = true;
}

void Schedule::retry(std::size_t i) {
  if (stages_[i].kind == StageKind::measure) measuring_ = false;
  --running_;
  nodes_[i].state = State::ready;
  ready_.insert(i);
}

void Schedule::settle(std::size_t i, State state) {
  if (nodes_[i].state == State::running) {
    --running_;
    if (stages_[i].kind == StageKind::measure) measuring_ = false;
  }
  ready_.erase(i);
  nodes_[i].state = state;
  --unsettled_;
}

void Schedule::done(std::size_t i) {
  settle(i, State::done);
  for (const std::size_t dependent : nodes_[i].dependents) {
    ++nodes_[dependent].done_needs;
    need_done(dependent);
  }
  for (const std::size_t other : nodes_[i].waiting) need_done(other);
}

void Schedule::need_done(std::size_t i) {
  Node& node = nodes_[i];
  if (--node.waiting_for > 0 || node.state != State::waiting) return;
  node.state = State::ready;
  ready_.insert(i);
}

std::vector<std::size_t> Schedule::failed(std::size_t i) {
  std::vector<std::size_t> lost;
  std::vector<std::size_t> open{i};
  while (!open.empty()) {
    const std::size_t now = open.back();
    open.pop_back();
    if (nodes_[now].state == State::failed) continue;  // reached by two ways
    settle(now, State::failed);
    if (now != i) lost.push_back(now);
    for (const std::size_t dependent : nodes_[now].dependents) {
      Node& node = nodes_[dependent];
      if (node.state != State::waiting) continue;
      const StageKind kind = stages_[dependent].kind;
      const bool goes_on = kind == StageKind::compare || kind == StageKind::choose;
      if (goes_on && (node.waiting_for > 1 || node.done_needs > 0)) {
        need_done(dependent);
      } else {
        open.push_back(dependent);
      }
    }
    for (const std::size_t other : nodes_[now].waiting) {
      if (nodes_[other].state == State::waiting) need_done(other);
    }
  }
  return lost;
}

}  // namespace assay::run
