#include "models/local/kernels.h"

#include <assay/sdk/random.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "models/dtype.h"

namespace assay::models {
namespace {

class KernelsTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    kernels_ = kernels_named(GetParam());
    if (kernels_ == nullptr) GTEST_SKIP() << "this CPU lacks " << GetParam();
  }
  static std::vector<float> random(std::size_t count, std::uint64_t seed) {
    sdk::Random random(seed, "kernels");
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(random.uniform() * 4 - 2);
    return values;
  }

  const Kernels* kernels_ = nullptr;
};

TEST_P(KernelsTest, ARowOfAProductDoesNotDependOnItsCompany) {
  const std::int64_t depth = 131, panels = 5, most = 40, width = kernels_->panel;
  const auto rows = random(static_cast<std::size_t>(most * depth), 1);
  const auto weights = random(static_cast<std::size_t>(panels * width * depth), 2);
  PanelProduct product;
  product.row_stride_in = depth;
  product.panel_stride = width * depth;
  product.row_stride = width;
  product.panel_count = panels;
  product.depth = depth;
  product.row_stride_out = panels * width;
  const auto run = [&](std::int64_t first, std::int64_t count) {
    std::vector<float> out(static_cast<std::size_t>(count * panels * width), -1.0F);
    product.rows = rows.data() + first * depth;
    product.row_count = count;
    product.out = out.data();
    kernels_->product(product, weights.data());
    return out;
  };
  const auto together = run(0, most);
  for (std::int64_t count = 1; count <= 17; ++count) {
    for (const std::int64_t first : {0, 3, 11}) {
      const auto part = run(first, count);
      ASSERT_EQ(std::memcmp(part.data(), together.data() + first * panels * width, part.size() * sizeof(float)), 0)
          << count << " rows from " << first;
    }
  }
  for (std::int64_t column = 0; column < panels * width; column += 7) {
    double exact = 0;
    for (std::int64_t k = 0; k < depth; ++k) {
      exact += double{rows[static_cast<std::size_t>(k)]} *
               double{weights[static_cast<std::size_t>((column / width * depth + k) * width + column % width)]};
    }
    EXPECT_NEAR(together[static_cast<std::size_t>(column)], exact, 1e-4);
  }
}

TEST_P(KernelsTest, AProductInTwoPartsEqualsOneInOne) {
  const std::int64_t depth = 90, width = kernels_->panel;
  const auto row = random(static_cast<std::size_t>(depth), 3);
  const auto weights = random(static_cast<std::size_t>(width * depth), 4);
  std::vector<float> whole(static_cast<std::size_t>(width)), parts(whole.size());
  PanelProduct product{row.data(), depth, 1, 0, width, 1, depth, whole.data(), width, false};
  kernels_->product(product, weights.data());
  product.out = parts.data();
  product.depth = 37;
  kernels_->product(product, weights.data());
  product.rows += 37;
  product.depth = depth - 37;
  product.accumulate = true;
  kernels_->product(product, weights.data() + 37 * width);
  EXPECT_EQ(whole, parts);
}

TEST_P(KernelsTest, Bfloat16WeightsGiveTheBitsOfTheirWidenedValues) {
  const std::int64_t depth = 64, width = kernels_->panel, rows = 11;
  const auto x = random(static_cast<std::size_t>(rows * depth), 5);
  std::vector<float> wide = random(static_cast<std::size_t>(2 * width * depth), 6);
  std::vector<std::uint16_t> narrow;
  for (float& w : wide) {
    narrow.push_back(to_bfloat16(w));
    w = from_bfloat16(narrow.back());
  }
  std::vector<float> a(static_cast<std::size_t>(rows * 2 * width)), b(a.size());
  PanelProduct product{x.data(), depth, rows, width * depth, width, 2, depth, a.data(), 2 * width, false};
  kernels_->product(product, wide.data());
  product.out = b.data();
  kernels_->product_bf16(product, narrow.data());
  EXPECT_EQ(a, b);
}

TEST_P(KernelsTest, PairsOfBfloat16GiveTheSumsOfTheirProducts) {
  const std::int64_t depth = 65, words = 33, width = kernels_->panel, rows = 11;
  const auto x = random(static_cast<std::size_t>(rows * depth), 15);
  const auto w = random(static_cast<std::size_t>(width * depth), 16);  // [column][k]
  std::vector<std::uint32_t> a(static_cast<std::size_t>(rows * words)), line(static_cast<std::size_t>(words)),
      b(static_cast<std::size_t>(width * words));
  for (std::int64_t r = 0; r < rows; ++r) kernels_->round_pairs(x.data() + r * depth, depth, a.data() + r * words);
  for (std::int64_t c = 0; c < width; ++c) {
    kernels_->round_pairs(w.data() + c * depth, depth, line.data());
    for (std::int64_t k = 0; k < words; ++k)
      b[static_cast<std::size_t>(k * width + c)] = line[static_cast<std::size_t>(k)];
  }
  EXPECT_EQ(a[32] >> 16, 0U) << "an odd end gets a zero";
  const auto run = [&](std::int64_t first, std::int64_t count) {
    std::vector<float> out(static_cast<std::size_t>(count * width));
    PanelProduct product{nullptr, words, count, 0, width, 1, words, out.data(), width, false};
    kernels_->product_pairs(product, a.data() + first * words, b.data());
    return out;
  };
  const auto together = run(0, rows);
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto alone = run(r, 1);
    EXPECT_EQ(std::memcmp(alone.data(), together.data() + r * width, alone.size() * sizeof(float)), 0);
    for (std::int64_t c = 0; c < width; ++c) {
      double exact = 0;
      for (std::int64_t k = 0; k < depth; ++k) {
        exact += double{from_bfloat16(to_bfloat16(x[static_cast<std::size_t>(r * depth + k)]))} *
                 double{from_bfloat16(to_bfloat16(w[static_cast<std::size_t>(c * depth + k)]))};
      }
      EXPECT_NEAR(together[static_cast<std::size_t>(r * width + c)], exact, 1e-4);
    }
  }
}

TEST_P(KernelsTest, WholeNumbersGiveTheBitsOfTheirFloats) {
  const std::int64_t depth = 70, width = kernels_->panel, rows = 9;
  const auto x = random(static_cast<std::size_t>(rows * depth), 17);
  std::vector<std::int8_t> whole;
  std::vector<float> wide;
  for (const float w : random(static_cast<std::size_t>(2 * width * depth), 18)) {
    whole.push_back(static_cast<std::int8_t>(w * 60));
    wide.push_back(static_cast<float>(whole.back()));
  }
  std::vector<float> a(static_cast<std::size_t>(rows * 2 * width)), b(a.size());
  PanelProduct product{x.data(), depth, rows, width * depth, width, 2, depth, a.data(), 2 * width, false};
  kernels_->product(product, wide.data());
  product.out = b.data();
  kernels_->product_int8(product, whole.data());
  EXPECT_EQ(a, b);
}

TEST_P(KernelsTest, HalfPrecisionIsReadAndRoundedAsIeee754Says) {
  std::vector<Half> all(65536), back(65536);
  std::vector<float> wide(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].bits = static_cast<std::uint16_t>(i);
  kernels_->widen_half(all.data(), 65536, wide.data());
  kernels_->round_half(wide.data(), 65536, back.data());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const float expected = from_half(all[i].bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(wide[i])) << i;
    } else {
      ASSERT_EQ(wide[i], expected) << i;
      ASSERT_EQ(back[i].bits, all[i].bits) << i;
    }
  }
  // Between two neighbours the nearer one, the even one from the middle; past the largest, infinity.
  for (std::size_t i = 0; i + 1 < 0x7c00; ++i) {
    const float low = wide[i], high = i + 1 < 0x7c00 ? wide[i + 1] : 65536.0F, middle = low + (high - low) / 2;
    const float values[3] = {std::nextafter(middle, 0.0F), middle, std::nextafter(middle, 1e9F)};
    Half rounded[3];
    kernels_->round_half(values, 3, rounded);
    ASSERT_EQ(rounded[0].bits, i);
    ASSERT_EQ(rounded[1].bits, i % 2 == 0 ? i : i + 1);
    ASSERT_EQ(rounded[2].bits, i + 1);
  }
  const float large[2] = {65519.9F, 65520.0F};
  Half rounded[2];
  kernels_->round_half(large, 2, rounded);
  EXPECT_EQ(rounded[0].bits, 0x7bff);
  EXPECT_EQ(rounded[1].bits, 0x7c00);
}

TEST_P(KernelsTest, HalfPrecisionWeightsGiveTheBitsOfTheirWidenedValues) {
  const std::int64_t depth = 61, width = kernels_->panel, rows = 11;
  const auto x = random(static_cast<std::size_t>(rows * depth), 5);
  std::vector<float> wide = random(static_cast<std::size_t>(2 * width * depth), 6);
  std::vector<Half> narrow(wide.size());
  kernels_->round_half(wide.data(), static_cast<std::int64_t>(wide.size()), narrow.data());
  kernels_->widen_half(narrow.data(), static_cast<std::int64_t>(wide.size()), wide.data());
  std::vector<float> a(static_cast<std::size_t>(rows * 2 * width)), b(a.size());
  PanelProduct product{x.data(), depth, rows, width * depth, width, 2, depth, a.data(), 2 * width, false};
  kernels_->product(product, wide.data());
  product.out = b.data();
  kernels_->product_half(product, narrow.data());
  EXPECT_EQ(a, b);
}

TEST_P(KernelsTest, Bfloat16IsReadFromUnalignedMemoryAndRoundedToTheNearest) {
  const auto x = random(77, 21);
  std::vector<std::uint16_t> rounded(77);
  kernels_->round_bf16(x.data(), 77, rounded.data());
  std::vector<char> bytes(1 + 2 * 77);
  std::memcpy(bytes.data() + 1, rounded.data(), 2 * 77);
  std::vector<float> wide(77);
  kernels_->widen_bf16(bytes.data() + 1, 77, wide.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(rounded[i], to_bfloat16(x[i]));
    EXPECT_EQ(wide[i], from_bfloat16(rounded[i]));
  }
}

TEST_P(KernelsTest, QuantizingTellsItsScaleAndWhatItCost) {
  auto x = random(131, 22);
  x[77] = -2.5F;  // the largest
  std::vector<std::int8_t> whole(x.size());
  double errors[2] = {1, 2}, error = 1, total = 2;  // added to
  const float scale = kernels_->quantize(x.data(), 131, whole.data(), errors);
  EXPECT_EQ(scale, 2.5F / 127.0F);
  EXPECT_EQ(whole[77], -127);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(std::abs(static_cast<float>(whole[i]) * scale - x[i]), scale * 0.50001F);
    const double off = double{x[i]} - static_cast<double>(whole[i]) * double{scale};
    error += off * off, total += double{x[i]} * double{x[i]};
  }
  EXPECT_NEAR(errors[0], error, 1e-12);
  EXPECT_NEAR(errors[1], total, 1e-9);
  const std::vector<float> zeros(40);
  EXPECT_EQ(kernels_->quantize(zeros.data(), 40, whole.data(), errors), 0.0F);
  EXPECT_EQ(whole[0], 0);
}

TEST_P(KernelsTest, ArgmaxIsTheFirstOfEquals) {
  for (std::int64_t count = 1; count < 70; ++count) {
    auto x = random(static_cast<std::size_t>(count), 23);
    x[static_cast<std::size_t>(count - 1)] = x[static_cast<std::size_t>(count / 2)] = 9.0F;
    EXPECT_EQ(kernels_->argmax(x.data(), count), count / 2);
  }
}

TEST_P(KernelsTest, ScatteredPanelsGiveTheSameBits) {
  const std::int64_t depth = 50, width = kernels_->panel;
  const auto x = random(static_cast<std::size_t>(depth), 24),
             w = random(static_cast<std::size_t>(7 * width * depth), 25);
  std::vector<float> a(static_cast<std::size_t>(7 * width)), b(a.size());
  PanelProduct product{x.data(), depth, 1, width * depth, width, 7, depth, a.data(), 7 * width, false};
  kernels_->product(product, w.data());
  product.out = b.data();
  product.scattered = true;
  kernels_->product(product, w.data());
  EXPECT_EQ(a, b);
}

TEST_P(KernelsTest, ExponentialsIgnoreWhatLiesBehindTheirEnd) {
  for (std::int64_t count = 1; count < 70; ++count) {
    auto scores = random(80, 7);
    auto longer = scores;
    for (std::size_t i = static_cast<std::size_t>(count); i < 80; ++i) longer[i] = std::nanf("");
    const float sum = kernels_->exponentials(scores.data(), count, 80, 0.25F);
    const float again = kernels_->exponentials(longer.data(), count, 80, 0.25F);
    EXPECT_EQ(sum, again);
    EXPECT_EQ(scores, longer);
    const auto original = random(80, 7);
    double top = -9, total = 0;
    for (std::int64_t i = 0; i < count; ++i) top = std::max(top, double{original[static_cast<std::size_t>(i)]});
    for (std::int64_t i = 0; i < count; ++i)
      total += std::exp((double{original[static_cast<std::size_t>(i)]} - top) * 0.25);
    EXPECT_NEAR(sum, total, 1e-5 * total);
    for (std::size_t i = static_cast<std::size_t>(count); i < 80; ++i) EXPECT_EQ(scores[i], 0.0F);
  }
}

TEST_P(KernelsTest, SwigluAndNormAreAccurate) {
  for (const std::int64_t width : {1, 5, 16, 33, 172}) {
    const auto gate = random(static_cast<std::size_t>(width), 8), up = random(static_cast<std::size_t>(width), 9);
    std::vector<float> out(static_cast<std::size_t>(width)), scaled(gate);
    for (float& g : scaled) g *= 20.0F;
    kernels_->swiglu(scaled.data(), up.data(), width, out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double exact = double{scaled[i]} / (1 + std::exp(-double{scaled[i]})) * double{up[i]};
      EXPECT_NEAR(out[i], exact, 1e-6 * std::max(1.0, std::abs(exact)));
    }
    kernels_->rms_norm(gate.data(), up.data(), width, 1e-5F, out.data());
    double squares = 0;
    for (const float g : gate) squares += double{g} * double{g};
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_NEAR(out[i], double{gate[i]} * double{up[i]} / std::sqrt(squares / static_cast<double>(width) + 1e-5),
                  1e-5);
    }
  }
}

TEST_P(KernelsTest, ActivationsAreAccurateOverTheirWholeRange) {
  std::vector<float> x;
  for (int i = -1201; i <= 1202; ++i) x.push_back(static_cast<float>(i) / 100.0F);
  const auto check = [&](void (*kernel)(const float*, std::int64_t, float*), double (*formula)(double)) {
    std::vector<float> out(x.size());
    kernel(x.data(), static_cast<std::int64_t>(x.size()), out.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_NEAR(out[i], formula(x[i]), 4e-7 * std::max(1.0F, std::abs(x[i]))) << x[i];
      float one = 0;
      kernel(&x[i], 1, &one);
      ASSERT_EQ(one, out[i]) << "an element's bits depend on its place";
    }
  };
  check(kernels_->gelu, [](double v) { return 0.5 * v * std::erfc(-v / std::sqrt(2.0)); });
  check(kernels_->gelu_tanh,
        [](double v) { return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))); });
  check(kernels_->silu, [](double v) { return v / (1 + std::exp(-v)); });
  check(kernels_->relu, [](double v) { return std::max(v, 0.0); });
}

TEST_P(KernelsTest, LayerNormIsAccurate) {
  for (const std::size_t width : {5U, 32U, 47U}) {
    const auto x = random(width, 1), weight = random(width, 2), bias = random(width, 3);
    std::vector<float> out(width);
    kernels_->layer_norm(x.data(), weight.data(), bias.data(), static_cast<std::int64_t>(width), 1e-5F, out.data());
    double mean = 0, variance = 0;
    for (const float v : x) mean += v / static_cast<double>(width);
    for (const float v : x) variance += (v - mean) * (v - mean) / static_cast<double>(width);
    for (std::size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(out[i], (x[i] - mean) / std::sqrt(variance + 1e-5) * weight[i] + bias[i], 2e-6) << i;
    }
  }
}

TEST_P(KernelsTest, RotationTurnsTheFirstDimensionsOfEachHeadAndLeavesTheRest) {
  const std::int64_t heads = 2, dim = 50, turning = 36;
  const auto before = random(heads * dim, 4), angles = random(turning / 2, 5);
  std::vector<float> cos, sin;
  for (const float angle : angles) cos.push_back(std::cos(angle)), sin.push_back(std::sin(angle));
  auto x = before;
  kernels_->rotate(x.data(), heads, dim, turning, cos.data(), sin.data());
  for (std::int64_t i = 0; i < heads * dim; ++i) {
    const std::int64_t d = i % dim, half = turning / 2;
    double expected = before[i];
    if (d < half) expected = before[i] * cos[d] - before[i + half] * sin[d];
    if (d >= half && d < turning) expected = before[i] * cos[d - half] + before[i - half] * sin[d - half];
    ASSERT_NEAR(x[i], expected, 1e-6) << i;
  }
}

TEST_P(KernelsTest, LogSumExpIsAccurate) {
  const auto x = random(1000, 10);
  double sum = 0;
  for (const float v : x) sum += std::exp(double{v});
  EXPECT_NEAR(kernels_->log_sum_exp(x.data(), 1000), std::log(sum), 1e-6);
  EXPECT_NEAR(kernels_->log_sum_exp(x.data(), 1), double{x[0]}, 1e-7);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest, ::testing::Values("portable", "avx2", "avx512", "avx512_bf16"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace assay::models
