#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>
#include <map>

namespace {

using assay::Json;

enum Column : std::size_t { valid, exact, matched, answered, wanted, kWidth };

/// Every leaf of a document with its path, "/items/0/name"; how often each stands there. Lists may be compared without order.
using Leaves = std::map<std::string, int>;

void collect(const Json& value, const std::string& path, bool ordered, Leaves& leaves) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, inner] : value.items()) collect(inner, path + "/" + key, ordered, leaves);
  } else if (value.is_array() && !value.empty()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      collect(value[i], path + "/" + (ordered ? std::to_string(i) : "*"), ordered, leaves);
  } else {
    // 3 and 3.0 are one number in JSON.
    const Json leaf = value.is_number() ? Json(value.get<double>()) : value;
    ++leaves[path + " " + leaf.dump(-1, ' ', false, Json::error_handler_t::replace)];
  }
}

double size(const Leaves& leaves) {
  double sum = 0;
  for (const auto& [leaf, count] : leaves) sum += count;
  return sum;
}

double shared(const Leaves& a, const Leaves& b) {
  double sum = 0;
  for (const auto& [leaf, count] : a) {
    if (const auto found = b.find(leaf); found != b.end()) sum += std::min(count, found->second);
  }
  return sum;
}

/// Whether answers are JSON, equal the target, and agree with it field by field.
class JsonMatch final : public assay::sdk::SumMetric {
 public:
  explicit JsonMatch(const assay::sdk::Params& params) : ordered_(params.get<bool>("ordered", true)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "json_match", .unit = ""},
            {.name = "json_match.valid", .unit = ""},
            {.name = "json_match.exact", .unit = ""},
            {.name = "json_match.precision", .unit = ""},
            {.name = "json_match.recall", .unit = ""}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const Json answer = Json::parse(p.answer, nullptr, false);
    Leaves given;
    if (!answer.is_discarded()) collect(answer, "", ordered_, given);
    row[valid] = !answer.is_discarded();
    row[answered] = size(given);
    double best = -1;
    for (const std::string& text : p.references) {
      const Leaves leaves = leaves_of(text, p);
      const double now = shared(given, leaves), f1 = 2 * now / (size(given) + size(leaves));
      if (given == leaves) row[exact] = 1;
      if (f1 <= best) continue;
      best = f1;
      row[matched] = now;
      row[wanted] = size(leaves);
    }
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const auto share = [](double part, double whole) {
      return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    out[0] = share(2 * sums[matched], sums[answered] + sums[wanted]);
    out[1] = share(sums[valid], count);
    out[2] = share(sums[exact], count);
    out[3] = share(sums[matched], sums[answered]);
    out[4] = share(sums[matched], sums[wanted]);
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return std::string("fields:leaves|average:micro|lists:") + (ordered_ ? "ordered" : "bags") +
           "|invalid:empty|version:1.0";
  }

 private:
  Leaves leaves_of(const std::string& text, const assay::sdk::Prediction& p) const {
    const Json reference = Json::parse(text, nullptr, false);
    if (reference.is_discarded()) {
      throw assay::BadInput("example " + p.input.id +
                            " has a target that is no JSON, so its fields cannot be compared: " + text.substr(0, 80));
    }
    Leaves leaves;
    collect(reference, "", ordered_, leaves);
    return leaves;
  }

  bool ordered_;
};

}  // namespace

ASSAY_METRIC(JsonMatch, {.name = "json_match",
                         .version = "1.0",
                         .summary = "whether answers are JSON, and F1 of their fields against the target's",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "ordered":{"type":"boolean","default":true,"description":"an item of a list must stand at its place; else anywhere in the list"}}})"})
