#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Its parameters' schema is a list.
class SchemaIsAList final : public PerExampleMetric {
 public:
  explicit SchemaIsAList(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "schema_is_a_list", .unit = ""}}; }
  double score(const Prediction&) const override { return 1; }
};

}  // namespace

ASSAY_METRIC(SchemaIsAList,
             {.name = "schema_is_a_list", .version = "1.0", .summary = "has a list for a schema", .params = "[]"})
