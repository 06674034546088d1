#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <sstream>

namespace {

using namespace assay::sdk;

/// Words of an answer, counted up to a most; their mean over the test rows.
class WordCount final : public PerExampleMetric {
 public:
  explicit WordCount(const Params& params) : most_(params.get<double>("most", 1000.0)) {}

  std::vector<Value> outputs() const override {
    return {{.name = "words", .unit = "words", .higher_is_better = false}};
  }

  double score(const Prediction& prediction) const override {
    std::istringstream text(prediction.answer);
    double count = 0;
    for (std::string word; text >> word;) ++count;
    return std::min(count, most_);
  }

 private:
  double most_;
};

}  // namespace

ASSAY_METRIC(WordCount, {.name = "word_count",
                         .version = "1.0",
                         .summary = "counts the words of answers",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "most":{"type":"number","minimum":1,"default":1000,"description":"longer answers count as this"}}})"})
