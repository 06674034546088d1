#include "run/replayed_model.h"

#include <assay/sdk/error.h>

#include <limits>
#include <utility>

#include "data/fingerprint.h"
#include "run/request_json.h"
#include "run/stage.h"

namespace assay::run {
namespace {

/// Everything that an answer depends on.
std::string hash_of(const sdk::Request& request) {
  const Json all = {to_json(request), request.draw.seed, request.draw.example, request.draw.request,
                    request.example_id};
  return data::sha256(std::string_view(name_of(all)));
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

/// Minus infinity, the only log-probability that is no number in JSON, was written as null.
std::vector<double> numbers_from(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list)
    values.push_back(value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>());
  return values;
}

Json completion_to_json(const sdk::Completion& completion) {
  Json samples = Json::array();
  for (const sdk::Sample& sample : completion.samples)
    samples.push_back({sample.text, sample.finish_reason, numbers(sample.log_probabilities)});
  return {{"samples", std::move(samples)},
          {"choice_scores", numbers(completion.choice_scores)},
          {"choice", completion.choice},
          {"embedding", completion.embedding},
          {"usage", run::to_json(completion.usage)},
          {"ms", completion.milliseconds}};
}

sdk::Completion completion_from_json(const Json& json) {
  sdk::Completion completion;
  for (const Json& sample : json.at("samples"))
    completion.samples.push_back({sample.at(0), sample.at(1), numbers_from(sample.at(2))});
  completion.choice_scores = numbers_from(json.at("choice_scores"));
  completion.choice = json.at("choice");
  completion.embedding = json.at("embedding").get<std::vector<float>>();
  completion.usage = usage_from_json(json.at("usage"));
  completion.milliseconds = json.at("ms");
  return completion;
}

}  // namespace

ReplayedModel::ReplayedModel(sdk::LanguageModel& model, std::filesystem::path file)
    : ModelAround(model), file_(std::move(file)) {
  if (file_.empty()) return;
  std::filesystem::create_directories(file_.parent_path());
  std::uintmax_t whole = 0;
  {
    std::ifstream in(file_, std::ios::binary);
    for (std::string line; std::getline(in, line) && !in.eof(); whole += line.size() + 1) {
      const Json kept = Json::parse(line, nullptr, false);
      if (kept.is_discarded()) break;
      known_.emplace(kept.at(0).get<std::string>(), completion_from_json(kept.at(1)));
    }
  }
  if (std::filesystem::exists(file_)) std::filesystem::resize_file(file_, whole);
  out_.open(file_, std::ios::binary | std::ios::app);
}

void ReplayedModel::keep(const std::string& name, const sdk::Completion& completion) {
  charged_.insert(name);
  if (!known_.emplace(name, completion).second || file_.empty()) return;
  out_ << name_of(Json{name, completion_to_json(completion)}) << std::endl;
  if (!out_) throw Error(file_.string() + ": cannot be written; is the disk full?");
}

std::vector<sdk::RequestId> ReplayedModel::submit(std::vector<sdk::Request> requests) {
  std::vector<sdk::RequestId> ids;
  std::vector<sdk::Request> fresh;
  std::vector<std::pair<sdk::RequestId, std::string>> waiting;
  for (sdk::Request& request : requests) {
    ids.push_back(next_++);
    std::string name = hash_of(request);
    if (const auto found = known_.find(name); found != known_.end()) {
      ready_.push_back({ids.back(), found->second});
      if (!charged_.insert(name).second) ready_.back().completion.usage = {};
    } else {
      waiting.emplace_back(ids.back(), std::move(name));
      fresh.push_back(std::move(request));
    }
  }
  if (fresh.empty()) return ids;
  const std::vector<sdk::RequestId> theirs = model_.submit(std::move(fresh));
  for (std::size_t i = 0; i < theirs.size(); ++i) asked_.emplace(theirs[i], std::move(waiting[i]));
  return ids;
}

std::vector<sdk::Finished> ReplayedModel::collect() {
  std::vector<sdk::Finished> finished = std::exchange(ready_, {});
  if (!finished.empty()) return finished;
  for (sdk::Finished& one : model_.collect()) {
    const auto found = asked_.find(one.id);
    if (found == asked_.end()) continue;
    if (one.completion.error.empty()) keep(found->second.second, one.completion);
    finished.push_back({found->second.first, std::move(one.completion)});
    asked_.erase(found);
  }
  return finished;
}

}  // namespace assay::run
