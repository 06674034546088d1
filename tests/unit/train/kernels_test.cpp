// The instruction sets differ in speed and rounding only.
#include "train/kernels.h"

#include <assay/sdk/random.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace assay::train {
namespace {

std::vector<float> numbers(std::size_t size, const std::string& purpose) {
  sdk::Random random(3, purpose);
  std::vector<float> values(size);
  for (float& v : values) v = static_cast<float>(2 * random.uniform() - 1);
  return values;
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << "element " << i;
}

class KernelsTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    set_ = kernels<float>(GetParam());
    if (set_ == nullptr) GTEST_SKIP() << "this CPU does not run " << GetParam();
  }
  const Kernels<float>* set_ = nullptr;
  const Kernels<float>& baseline_ = *kernels<float>("baseline");
};

TEST_P(KernelsTest, AttentionAgreesWithTheBaseline) {
  const std::int64_t rows = 150, heads = 2, kv_heads = 1, size = 24, positions = 100;
  const std::vector<std::int64_t> starts = {0, 90, 150};
  std::vector<float> cos(positions * size / 2), sin(cos.size());
  for (std::size_t i = 0; i < cos.size(); ++i)
    cos[i] = std::cos(0.1F * static_cast<float>(i)), sin[i] = std::sin(0.1F * static_cast<float>(i));
  const AttentionShape<float> shape{heads, kv_heads, size, 0.2F, cos.data(), sin.data(), size, 0};
  const auto qkv = numbers(rows * (heads + 2 * kv_heads) * size, "qkv"), grad = numbers(rows * heads * size, "grad");
  const auto run = [&](const Kernels<float>& k) {
    std::vector<float> out(rows * heads * size), lse(rows * heads), grad_qkv(qkv.size());
    k.attention(shape, starts.data(), 0, 2, qkv.data(), out.data(), lse.data());
    k.attention_backward(shape, starts.data(), 0, 2, qkv.data(), out.data(), lse.data(), grad.data(), grad_qkv.data());
    out.insert(out.end(), grad_qkv.begin(), grad_qkv.end());
    return out;
  };
  expect_near(run(*set_), run(baseline_), 2e-5F);
}

TEST_P(KernelsTest, CrossEntropyAgreesWithTheBaseline) {
  const auto logits = numbers(5 * 301, "logits");
  const std::vector<std::int32_t> targets = {0, 300, 7, 12, 150};
  const std::vector<float> weights = {1, 0.5, 0, 0.1F, 1};
  const auto run = [&](const Kernels<float>& k) {
    auto copy = logits;
    std::vector<float> losses(5);
    k.cross_entropy(copy.data(), targets.data(), weights.data(), 5, 301, 0.4F, losses.data());
    copy.insert(copy.end(), losses.begin(), losses.end());
    return copy;
  };
  expect_near(run(*set_), run(baseline_), 1e-6F);
}

TEST_P(KernelsTest, AdamwAgreesWithTheBaseline) {
  const auto gradient = numbers(77, "gradient"), start = numbers(77, "start");
  const AdamWStep<float> step{0.9F, 0.99F, 1e-8F, 0.999F, 0.01F, 3.0F, 0.5F};
  const auto run = [&](const Kernels<float>& k) {
    auto master = start;
    std::vector<float> mean(77), variance(77), copy(77);
    k.adamw(step, gradient.data(), 77, master.data(), mean.data(), variance.data(), copy.data());
    EXPECT_EQ(copy, master);
    master.insert(master.end(), variance.begin(), variance.end());
    return master;
  };
  expect_near(run(*set_), run(baseline_), 1e-6F);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest, ::testing::Values("baseline", "avx2", "avx512"),
                         [](const auto& info) { return std::string(info.param); });

TEST(KernelsTest, ARoundedNumberIsTheNearestBfloat16TiesToEven) {
  const std::vector<float> values = {1.0F, 1.00390625F, 1.01171875F, -2.5F, 0.0F};  // the second and third lie half way
  std::vector<bfloat16> rounded(values.size());
  kernels<bfloat16>().round(values.data(), static_cast<std::int64_t>(values.size()), rounded.data());
  const std::vector<std::uint16_t> expected = {0x3f80, 0x3f80, 0x3f82, 0xc020, 0x0000};
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(rounded[i].bits, expected[i]) << values[i];
}

}  // namespace
}  // namespace assay::train
