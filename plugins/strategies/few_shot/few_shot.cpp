#include <assay/sdk/plugin.h>
#include <assay/sdk/random.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace {

using assay::Json;
using assay::sdk::Example;

/// The first `count` positions of `order` whose inputs differ from each other, so that no shot is shown twice.
std::vector<std::size_t> take_distinct(std::span<const Example> train, std::span<const std::size_t> order,
                                       std::size_t count) {
  std::vector<std::size_t> taken;
  std::unordered_set<std::string> seen;
  for (const std::size_t i : order) {
    if (taken.size() == count) break;
    if (seen.insert(train[i].input.text).second) taken.push_back(i);
  }
  return taken;
}

/// Shows worked examples before the question (Brown et al. 2020, arXiv 2005.14165): one fixed set for the whole cell,
/// drawn by the cell's seed or the first ones of the training split. A shot equal to the question is left out of its
/// prompt and the next in line takes its place.
class FewShot final : public assay::sdk::Strategy {
 public:
  explicit FewShot(const assay::sdk::Params& params)
      : shots_(params.get<std::size_t>("shots", 4)), select_(params.get<std::string>("select", "random")) {}

  std::optional<Json> adapt(std::span<const Example> train, std::span<const Example>,
                            assay::sdk::AdaptContext& context) override {
    std::vector<std::size_t> order(train.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (select_ == "random") assay::sdk::Random(context.seed(), "few_shot").shuffle(std::span(order));
    Json chosen = Json::array();
    for (const std::size_t i : take_distinct(train, order, shots_ + 1)) {
      chosen.push_back({{"id", train[i].input.id}, {"input", train[i].input.text}, {"target", train[i].target}});
    }
    if (chosen.size() < shots_) {
      throw assay::BadInput("few_shot wants " + std::to_string(shots_) + " shots but the training split has only " +
                            std::to_string(chosen.size()) + " distinct examples; lower `shots`");
    }
    return Json{{"shots", std::move(chosen)}};
  }

  void compose(const assay::sdk::Input& input, assay::sdk::PromptDraft& draft,
               const assay::sdk::PromptContext& context) const override {
    std::size_t added = 0;
    for (const Json& shot : context.state->at("shots")) {
      if (added == shots_) break;
      const auto& text = shot.at("input").get_ref<const std::string&>();
      if (text == input.text) continue;
      draft.shots.push_back({text, shot.at("target").get<std::string>()});
      ++added;
    }
  }

 private:
  std::size_t shots_;
  std::string select_;
};

}  // namespace

ASSAY_STRATEGY(FewShot, {.name = "few_shot",
                         .version = "1.0",
                         .summary = "shows worked examples from the training split before the question",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "shots":{"type":"integer","minimum":1,"maximum":1000,"default":4,"description":"examples shown in each prompt"},
  "select":{"type":"string","enum":["random","first"],"default":"random",
    "description":"random: drawn once by the cell's seed; first: the first rows of the training split"}}})",
                         .adapts = true,
                         .composes = true,
                         .random = true,
                         .needs_train = true})
