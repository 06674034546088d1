#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Its parameters' schema is JSON, and no schema.
class BadSchema final : public PerExampleMetric {
 public:
  explicit BadSchema(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "bad_schema", .unit = ""}}; }
  double score(const Prediction&) const override { return 1; }
};

}  // namespace

ASSAY_METRIC(BadSchema, {.name = "bad_schema",
                         .version = "1.0",
                         .summary = "has a schema that is none",
                         .params = R"({"type": 3, "required": 7, "properties": {"a": 1}})"})
