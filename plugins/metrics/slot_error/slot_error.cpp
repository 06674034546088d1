#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

#include "slots.h"

namespace {

enum Column : std::size_t { slots_wanted, missing, wrong, added, faultless, kWidth };

slots::Phrases phrases_of(const assay::sdk::Params& params) {
  slots::Phrases phrases;
  const auto written = params.get<assay::Json>("values", assay::Json::object());
  for (const auto& [slot, values] : written.items()) {
    for (const auto& [value, ways] : values.items()) {
      std::vector<std::string>& all = phrases[slot][value];
      ways.get_to(all);
      if (all.empty()) all.push_back(value);
    }
  }
  return phrases;
}

/// The slot error rate of data-to-text: values missing, wrong or added, for each slot of the input.
class SlotError final : public assay::sdk::SumMetric {
 public:
  explicit SlotError(const assay::sdk::Params& params) : phrases_(phrases_of(params)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    const auto lower = [](const char* name) {
      return assay::sdk::Value{.name = name, .unit = "", .higher_is_better = false};
    };
    return {lower("slot_error"),
            lower("slot_error.missing"),
            lower("slot_error.wrong"),
            lower("slot_error.added"),
            {.name = "slot_error.faultless", .unit = ""}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const slots::Meaning meaning = slots::read(p.input.text);
    if (meaning.empty()) {
      throw assay::BadInput("example " + p.input.id +
                            " has no slots in its input, which must be written slot[value], slot[value] or as a JSON "
                            "object; rows for 'assay score' name it \"input\"");
    }
    const slots::Errors errors = slots::errors(p.answer, meaning, phrases_);
    row[slots_wanted] = static_cast<double>(meaning.size());
    row[missing] = errors.missing;
    row[wrong] = errors.wrong;
    row[added] = errors.added;
    row[faultless] = errors.missing + errors.wrong + errors.added == 0;
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const auto share = [](double part, double whole) {
      return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    out[0] = share(sums[missing] + sums[wrong] + sums[added], sums[slots_wanted]);
    out[1] = share(sums[missing], sums[slots_wanted]);
    out[2] = share(sums[wrong], sums[slots_wanted]);
    out[3] = share(sums[added], sums[slots_wanted]);
    out[4] = share(sums[faultless], count);
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "slots:" + std::to_string(phrases_.size()) + "|match:phrases|average:micro|version:1.0";
  }

 private:
  slots::Phrases phrases_;
};

}  // namespace

ASSAY_METRIC(SlotError, {.name = "slot_error",
                         .version = "1.0",
                         .summary = "data-to-text: slots of the input that the answer misses, says wrongly or adds",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "values":{"type":"object","default":{},"description":"slot: {value: [phrases that say it]}; an empty list is the value itself",
    "additionalProperties":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string","minLength":1}}}}}})"})
