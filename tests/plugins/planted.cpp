#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace {

/// Shows the more examples the nearer `dose` lies to 3: on a simulated model whose accuracy grows with examples, 3 is
/// the best dose by construction. A negative dose fails in `adapt`.
class Planted final : public assay::sdk::Strategy {
 public:
  explicit Planted(const assay::sdk::Params& params) : dose_(params.get<double>("dose", 0.0)) {}

  std::optional<assay::Json> adapt(std::span<const assay::sdk::Example> train, std::span<const assay::sdk::Example>,
                                   assay::sdk::AdaptContext&) override {
    if (dose_ < 0) throw std::runtime_error("this dose does harm");
    const auto shots = static_cast<std::size_t>(std::max(0.0, 5 - 2 * std::abs(dose_ - 3)));
    return assay::Json{{"shots", std::min(shots, train.size())}};
  }

  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft& draft,
               const assay::sdk::PromptContext& context) const override {
    for (std::size_t i = 0; i < context.state->at("shots").get<std::size_t>(); ++i)
      draft.shots.push_back({"an example", "its answer"});
  }

 private:
  double dose_;
};

}  // namespace

ASSAY_STRATEGY(Planted, {.name = "planted",
                         .version = "1.0",
                         .summary = "does best at a dose of 3",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
                           "dose":{"type":"number","default":0,"description":"how much of it"},
                           "name":{"type":"string","default":"","description":"changes nothing"}}})",
                         .adapts = true,
                         .composes = true,
                         .needs_train = true})
