#include "models/local/weight_rows.h"

#include <gtest/gtest.h>

#include <numeric>

#include "models/local/row_table.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_architectures.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

/// GPT-2, whose matrices are stored [in, out].
class WeightRowsTest : public ::testing::Test {
 protected:
  WeightRowsTest() {
    for (const TinyArchitecture& architecture : tiny_architectures()) {
      if (architecture.name == "gpt2") config_ = architecture.config();
    }
    given_ = random_weights(config_, 4);
    write_tiny_model(folder_.path(), config_, given_);
    weights_ = ModelWeights::open(folder_.path(), config_);
  }

  [[nodiscard]] WeightRows rows(const std::string& name, const AdapterWeights* adapter = nullptr) const {
    for (const WeightSpec& spec : config_.weights()) {
      if (spec.name == name) return {weights_, spec, adapter};
    }
    throw std::logic_error("no " + name);
  }

  TemporaryFolder folder_;
  ModelConfig config_;
  std::map<std::string, std::vector<float>> given_;
  ModelWeights weights_;
};

TEST_F(WeightRowsTest, AMatrixStoredInOutIsReadByItsOutputs) {
  const std::string name = "transformer.h.0.mlp.c_fc.weight";
  const WeightRows matrix = rows(name);
  ASSERT_EQ(matrix.out(), 160);
  ASSERT_EQ(matrix.in(), 40);
  std::vector<float> some(7 * 40);
  matrix.read(33, 7, some.data());
  for (std::size_t o = 0; o < 7; ++o) {
    for (std::size_t i = 0; i < 40; ++i) ASSERT_EQ(some[o * 40 + i], given_.at(name)[i * 160 + 33 + o]);
  }
}

TEST_F(WeightRowsTest, AnAdapterEntersTheRowsThatAreRead) {
  const std::string module = "transformer.h.1.attn.c_proj", name = module + ".weight";
  AdapterWeights adapter;
  std::vector<float> a(2 * 40), b(40 * 2);
  std::iota(a.begin(), a.end(), 0.25F), std::iota(b.begin(), b.end(), -11.0F);
  adapter.deltas.push_back({module, 2, 40, 40, a, b, 0.5});
  const WeightRows plain = rows(name), adapted = rows(name, &adapter);
  EXPECT_FALSE(plain.adapted());
  EXPECT_TRUE(adapted.adapted());
  std::vector<float> before(3 * 40), after(3 * 40);
  plain.read(20, 3, before.data());
  adapted.read(20, 3, after.data());
  for (std::size_t o = 0; o < 3; ++o) {
    for (std::size_t i = 0; i < 40; ++i) {
      const double delta =
          0.5 * (double{b[(20 + o) * 2]} * double{a[i]} + double{b[(20 + o) * 2 + 1]} * double{a[40 + i]});
      ASSERT_EQ(after[o * 40 + i], static_cast<float>(double{before[o * 40 + i]} + delta));
    }
  }
}

TEST_F(WeightRowsTest, AReplacedTableOutlivesItsAdapter) {
  const std::string name = "transformer.wte.weight";
  RowTable table;
  {
    AdapterWeights adapter;
    adapter.replacements[name].resize(258 * 40);
    std::iota(adapter.replacements[name].begin(), adapter.replacements[name].end(), 0.0F);
    table = RowTable(rows(name, &adapter), false);
  }
  std::vector<float> row(40);
  table.read(3, row.data());
  EXPECT_EQ(row[7], 127.0F);
  RowTable(rows(name), false).read(3, row.data());
  EXPECT_EQ(row[7], given_.at(name)[127]);
}

TEST_F(WeightRowsTest, StackedPartsAndHeadsComeInTheOrderOfTheProduct) {
  const RowSource both =
      stacked({rows("transformer.h.0.attn.c_proj.weight"), rows("transformer.h.0.attn.c_attn.weight")});
  ASSERT_EQ(both.out, 160);
  std::vector<float> all(160 * 40), some(50 * 40);
  both.read(0, 160, all.data());
  both.read(30, 50, some.data());
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin() + std::ptrdiff_t{30 * 40}));
  EXPECT_EQ(all[41 * 40 + 5], given_.at("transformer.h.0.attn.c_attn.weight")[5 * 120 + 1]);

  RowSource numbers{24, 1, DType::F32, [](std::int64_t first, std::int64_t count, float* to) {
                      for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(first + i);
                    }};
  std::vector<float> sorted(24);
  const RowSource kinds = by_kind(numbers, 2);  // two heads of four dimensions
  kinds.read(0, 24, sorted.data());
  EXPECT_EQ(sorted,
            (std::vector<float>{0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11, 20, 21, 22, 23}));
  std::vector<float> middle(9);
  kinds.read(3, 9, middle.data());
  EXPECT_TRUE(std::equal(middle.begin(), middle.end(), sorted.begin() + 3));
}

}  // namespace
}  // namespace assay::models
