#include "store/reported_models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace assay::store {
namespace {

constexpr std::size_t kShown = 6;   // values; the first ones
constexpr std::size_t kStages = 3;  // named

std::string list_of(const std::vector<std::string>& all, std::size_t shown) {
  const std::vector<std::string> some(all.begin(),
                                      all.begin() + static_cast<std::ptrdiff_t>(std::min(shown, all.size())));
  const std::string rest = all.size() > shown ? fmt::format(" and {} more", all.size() - shown) : "";
  return fmt::format("{}{}", fmt::join(some, "; "), rest);
}

}  // namespace

ReportedModels::Values& ReportedModels::values(const std::string& model, const std::string& asked,
                                               const std::string& word) {
  const auto found = std::find_if(words_.begin(), words_.end(), [&](const Word& one) {
    return one.model == model && one.asked == asked && one.word == word;
  });
  if (found != words_.end()) return found->values;
  words_.push_back({model, asked, word, {}});
  return words_.back().values;
}

void ReportedModels::add(const std::string& model, const std::string& stage, const Json& remote) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> said;
  for (const Json& one : remote.value("reported", Json::array())) {
    const auto asked = one.value("asked", "");
    for (const char* word : {"model", "fingerprint"}) {
      const auto value = one.value(word, "");
      if (value.empty()) continue;
      Count& count = values(model, asked, word).counts[value];
      const auto answered = one.value("answered", std::int64_t{0}), cached = one.value("cached", std::int64_t{0}),
                 since = one.value("since", std::int64_t{0});
      count.since = count.answers == 0 ? since : std::min(count.since, since);
      count.answers += answered + cached;
      count.cached += cached;
      said[{asked, word}].insert(value);
    }
  }
  for (const auto& [key, different] : said) {
    if (different.size() > 1) values(model, key.first, key.second).mixed.push_back(stage);
  }
}

std::vector<std::string> ReportedModels::changes() const {
  std::vector<std::string> sentences;
  for (const Word& one : words_) {
    if (one.values.counts.size() < 2) continue;
    std::vector<std::pair<std::string, Count>> in_time(one.values.counts.begin(), one.values.counts.end());
    std::stable_sort(in_time.begin(), in_time.end(),
                     [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
    std::string chain;
    for (std::size_t i = 0; i < std::min(kShown, in_time.size()); ++i) {
      const auto& [value, count] = in_time[i];
      const std::string again = count.cached > 0 ? fmt::format(", {} of them given again", count.cached) : "";
      chain += fmt::format("{}'{}' ({} answer{}{})", i == 0 ? "" : " to ", value, count.answers,
                           count.answers == 1 ? "" : "s", again);
    }
    if (in_time.size() > kShown) chain += fmt::format(" and {} more times", in_time.size() - kShown);
    const std::string within = one.values.mixed.empty() ? "No stage holds answers of both"
                                                        : "Both stand in: " + list_of(one.values.mixed, kStages);
    sentences.push_back(
        fmt::format("model '{}': the {} that its server reports for '{}' changed from {}: they may be of different "
                    "models. {}. With another "
                    "--results folder everything is asked anew.",
                    one.model, one.word, one.asked, chain, within));
  }
  return sentences;
}

}  // namespace assay::store
