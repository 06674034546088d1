// Each fused operation against the same formula in plain ATen operations, values and gradients, in float64.
#include "train/fused.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

namespace assay::train {
namespace {

using at::Tensor;

Tensor random(at::IntArrayRef sizes, std::uint64_t seed, at::ScalarType type = at::kDouble) {
  at::manual_seed(seed);
  return at::randn(sizes, at::TensorOptions().dtype(at::kDouble)).to(type).set_requires_grad(true);
}

double distance(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

std::vector<Tensor> gradients(const Tensor& out, const std::vector<Tensor>& in, const Tensor& grad) {
  return ::torch::autograd::grad({out}, in, {grad}, true, false, true);
}

void expect_equal_gradients(const Tensor& ours, const Tensor& theirs, const std::vector<Tensor>& in, double tolerance) {
  ASSERT_EQ(ours.sizes(), theirs.sizes());
  EXPECT_LT(distance(ours, theirs), tolerance);
  const Tensor grad = random(ours.sizes(), 77, ours.scalar_type()).detach();
  const auto a = gradients(ours, in, grad);
  const auto b = gradients(theirs, in, grad.to(theirs.scalar_type()));
  for (std::size_t i = 0; i < in.size(); ++i) EXPECT_LT(distance(a[i], b[i]), tolerance) << "input " << i;
}

TEST(FusedTest, AddRmsNormEqualsItsFormula) {
  const Tensor x = random({9, 20}, 1), delta = random({9, 20}, 2), weight = random({20}, 3);
  const auto [sum, out] = add_rms_norm(x, delta, weight, 1e-5);
  const Tensor s = x + delta;
  const Tensor reference = s * at::rsqrt(s.pow(2).mean(-1, true) + 1e-5) * weight;
  expect_equal_gradients(out, reference, {x, delta, weight}, 1e-11);
  expect_equal_gradients(out * 2 + sum, reference * 2 + s, {x, delta, weight}, 1e-11);
}

TEST(FusedTest, RmsNormWithoutDeltaLeavesTheStream) {
  const Tensor x = random({300, 8}, 1), weight = random({8}, 3);
  const auto [sum, out] = add_rms_norm(x, Tensor(), weight, 1e-6);
  expect_equal_gradients(out + sum, x * at::rsqrt(x.pow(2).mean(-1, true) + 1e-6) * weight + x, {x, weight}, 1e-10);
}

TEST(FusedTest, SwigluEqualsItsFormula) {
  const Tensor x = random({7, 22}, 4);
  expect_equal_gradients(swiglu(x), at::silu(x.narrow(1, 0, 11)) * x.narrow(1, 11, 11), {x}, 1e-12);
}

TEST(FusedTest, EmbedSumsTheGradientsOfRepeatedTokens) {
  const Tensor table = random({5, 6}, 5);
  const Tensor ids = at::tensor({4, 0, 4, 4, 2}, at::TensorOptions().dtype(at::kInt));
  expect_equal_gradients(embed(table, ids), table.index_select(0, ids.to(at::kLong)), {table}, 1e-12);
}

TEST(FusedTest, CrossEntropyEqualsItsFormulaAndSkipsRowsWithoutWeight) {
  const Tensor hidden = random({6, 8}, 6), table = random({11, 8}, 7), bias = random({11}, 8);
  const Tensor targets = at::tensor({3, 0, 10, 5, 5, 1}, at::TensorOptions().dtype(at::kInt));
  const Tensor weights = at::tensor({1.0F, 0.0F, 0.5F, 0.1F, 0.0F, 1.0F});
  const Tensor ours = cross_entropy(hidden, table, bias, targets, weights, 2.6);
  const Tensor nll =
      -at::log_softmax(at::addmm(bias, hidden, table.t()), -1).gather(1, targets.to(at::kLong).unsqueeze(1)).squeeze(1);
  expect_equal_gradients(ours, (nll * weights.to(at::kDouble)).sum() / 2.6, {hidden, table, bias},
                         1e-7);  // weights are float
}

struct AttentionCase {
  std::int64_t heads, kv_heads, size;
  std::vector<std::int64_t> lengths;
  std::int64_t turning = size;
  std::int64_t window = 0;
  double factor = 1;
};

SequenceLayout layout_of(const AttentionCase& c, at::ScalarType type) {
  std::vector<std::int64_t> starts = {0};
  for (const std::int64_t n : c.lengths) starts.push_back(starts.back() + n);
  const Tensor positions = at::arange(200, at::TensorOptions().dtype(at::kDouble)).unsqueeze(1);
  const Tensor frequency = at::pow(10000.0, at::arange(c.turning / 2, at::TensorOptions().dtype(at::kDouble)) *
                                                (-2.0 / static_cast<double>(c.size)));
  const Tensor angles = positions * frequency;
  return {at::tensor(starts, at::TensorOptions().dtype(at::kLong)),
          angles.cos().to(type),
          angles.sin().to(type),
          c.heads,
          c.kv_heads,
          c.size,
          c.window,
          c.factor};
}

Tensor plain_attention(const Tensor& qkv, const SequenceLayout& l) {
  const auto rotated = [&](const Tensor& x) {  // [heads, T, size]
    const Tensor cos = l.cos.narrow(0, 0, x.size(1)), sin = l.sin.narrow(0, 0, x.size(1));
    const std::int64_t half = l.cos.size(1);
    const Tensor a = x.narrow(2, 0, half), b = x.narrow(2, half, half);
    return at::cat({a * cos - b * sin, b * cos + a * sin, x.narrow(2, 2 * half, l.head_size - 2 * half)}, 2);
  };
  std::vector<Tensor> outs;
  for (std::int64_t s = 0; s + 1 < l.starts.size(0); ++s) {
    const auto from = l.starts[s].item<std::int64_t>();
    const auto n = l.starts[s + 1].item<std::int64_t>() - from;
    const Tensor x = qkv.narrow(0, from, n).view({n, l.heads + 2 * l.kv_heads, l.head_size}).transpose(0, 1);
    const Tensor q = rotated(x.narrow(0, 0, l.heads));
    const Tensor k = rotated(x.narrow(0, l.heads, l.kv_heads)).repeat_interleave(l.heads / l.kv_heads, 0);
    const Tensor v = x.narrow(0, l.heads + l.kv_heads, l.kv_heads).repeat_interleave(l.heads / l.kv_heads, 0);
    Tensor mask = at::full({n, n}, -1e30, qkv.options().requires_grad(false)).triu(1);
    if (l.window > 0) mask = mask + at::full({n, n}, -1e30, mask.options()).tril(-l.window);
    const Tensor p = at::softmax(
        at::matmul(q, k.transpose(1, 2)) * (l.score_factor / std::sqrt(static_cast<double>(l.head_size))) + mask, -1);
    outs.push_back(at::matmul(p, v).transpose(0, 1).reshape({n, l.heads * l.head_size}));
  }
  return at::cat(outs);
}

class AttentionTest : public ::testing::TestWithParam<AttentionCase> {};

TEST_P(AttentionTest, EqualsThePlainFormula) {
  const AttentionCase& c = GetParam();
  std::int64_t rows = 0;
  for (const std::int64_t n : c.lengths) rows += n;
  const Tensor qkv = random({rows, (c.heads + 2 * c.kv_heads) * c.size}, 8);
  const SequenceLayout layout = layout_of(c, at::kDouble);
  expect_equal_gradients(attention(qkv, layout), plain_attention(qkv, layout), {qkv}, 1e-11);

  const Tensor single = qkv.detach().to(at::kFloat).set_requires_grad(true);
  const SequenceLayout narrow = layout_of(c, at::kFloat);
  expect_equal_gradients(attention(single, narrow), plain_attention(single, narrow), {single}, 3e-5);

  const Tensor half = qkv.detach().to(at::kBFloat16).set_requires_grad(true);
  const Tensor wide = half.detach().to(at::kFloat).set_requires_grad(true);
  const Tensor ours = attention(half, narrow), theirs = plain_attention(wide, narrow);
  EXPECT_LT(distance(ours, theirs), 0.03);
  const Tensor grad = random(ours.sizes(), 9, at::kBFloat16).detach();
  const Tensor a = gradients(ours, {half}, grad)[0], b = gradients(theirs, {wide}, grad.to(at::kFloat))[0];
  EXPECT_LT((a.to(at::kFloat) - b).norm().item<double>() / b.norm().item<double>(), 0.01);
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest,
                         ::testing::Values(AttentionCase{2, 2, 8, {5}}, AttentionCase{4, 2, 16, {64, 1, 65}},
                                           AttentionCase{2, 1, 64, {130, 30}}, AttentionCase{6, 2, 20, {17, 128}},
                                           AttentionCase{1, 1, 80, {70}}, AttentionCase{2, 1, 128, {33}},
                                           AttentionCase{2, 2, 20, {70, 9}, 8},
                                           AttentionCase{2, 2, 16, {40}, 0, 0, 0.5},
                                           AttentionCase{4, 2, 16, {130, 3}, 16, 16},
                                           AttentionCase{2, 1, 8, {80}, 8, 1}));

TEST(FusedTest, AddLayerNormEqualsItsFormula) {
  const Tensor x = random({9, 20}, 1), delta = random({9, 20}, 2), weight = random({20}, 3), bias = random({20}, 4);
  const auto [sum, out] = add_layer_norm(x, delta, weight, bias, 1e-5);
  const Tensor s = x + delta, centred = s - s.mean(-1, true);
  const Tensor reference = centred * at::rsqrt(centred.pow(2).mean(-1, true) + 1e-5) * weight + bias;
  expect_equal_gradients(out, reference, {x, delta, weight, bias}, 1e-11);
  expect_equal_gradients(out + sum, reference + s, {x, delta, weight, bias}, 1e-11);
}

TEST(FusedTest, DropoutKeepsTheMeanAndDependsOnItsKeyAlone) {
  const Tensor x = at::ones({200, 50});
  const Tensor once = train::dropout(x, 0.25, 11);
  EXPECT_NEAR(once.mean().item<double>(), 1.0, 0.02);
  EXPECT_TRUE(at::equal(once, train::dropout(x, 0.25, 11)));
  EXPECT_FALSE(at::equal(once, train::dropout(x, 0.25, 12)));
}

}  // namespace
}  // namespace assay::train
