#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Its value is the last row's.
class LastRowWins final : public Metric {
 public:
  explicit LastRowWins(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "last_row_wins", .unit = ""}}; }
  std::size_t width() const override { return 1; }
  void score(const Prediction& prediction, std::span<const Completion>, std::span<double> row) const override {
    row[0] = static_cast<double>(prediction.input.text.size() + prediction.input.index);
  }
  void values(const Rows& rows, std::span<double> out) const override {
    out[0] = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows.weight(i) > 0) out[0] = rows.row(i)[0];
    }
  }
};

}  // namespace

ASSAY_METRIC(LastRowWins, {.name = "last_row_wins", .version = "1.0", .summary = "the last row's value"})
