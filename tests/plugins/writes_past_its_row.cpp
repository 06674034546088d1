#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Writes more than it is given room for.
class WritesPastItsRow final : public Metric {
 public:
  explicit WritesPastItsRow(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "writes_past_its_row", .unit = ""}}; }
  std::size_t width() const override { return 1; }
  void score(const Prediction&, std::span<const Completion>, std::span<double> row) const override {
    row.data()[1] = 3;
  }
  void values(const Rows& rows, std::span<double> out) const override { out[0] = static_cast<double>(rows.size()); }
};

}  // namespace

ASSAY_METRIC(WritesPastItsRow, {.name = "writes_past_its_row", .version = "1.0", .summary = "writes past its row"})
