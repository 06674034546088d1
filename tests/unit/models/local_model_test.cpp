#include "models/local/local_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "models/adapter_folder.h"
#include "models/dtype.h"
#include "models/local/kernels.h"
#include "models/local/transformer.h"
#include "unit/models/numpy_reference.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_architectures.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

using ::testing::HasSubstr;

class LocalModelTest : public ::testing::Test {
 protected:
  void SetUp() override { write_tiny_model(folder_.path(), tiny_config(), random_weights(tiny_config(), 3)); }

  [[nodiscard]] LocalModel model(int batch = 64, int threads = 1) const {
    LocalModelOptions options;
    options.batch = batch;
    options.threads = threads;
    return LocalModel(folder_.path(), options);
  }

  static sdk::Request generate(const std::string& text, std::uint64_t example = 0, double temperature = 0.0,
                               int samples = 1, int max_tokens = 12) {
    sdk::Request request;
    sdk::Generate what{{text, {}}, {}, samples, true};
    what.settings.temperature = temperature;
    what.settings.max_tokens = max_tokens;
    request.what = what;
    request.draw = {7, example, 0};
    return request;
  }

  static sdk::Request score(const std::string& text, std::vector<std::string> choices) {
    sdk::Request request;
    request.what = sdk::ScoreChoices{{text, {}}, std::move(choices), false};
    return request;
  }

  /// Completions in the order of the requests.
  static std::vector<sdk::Completion> ask(LocalModel& model, std::vector<sdk::Request> requests) {
    const auto ids = model.submit(std::move(requests));
    std::map<sdk::RequestId, sdk::Completion> by_id;
    for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
      for (auto& [id, completion] : finished) by_id[id] = std::move(completion);
    }
    std::vector<sdk::Completion> result;
    for (const auto id : ids) result.push_back(std::move(by_id.at(id)));
    return result;
  }

  static void expect_same_bits(const sdk::Completion& a, const sdk::Completion& b) {
    ASSERT_EQ(a.error, b.error);
    ASSERT_EQ(a.samples.size(), b.samples.size());
    for (std::size_t i = 0; i < a.samples.size(); ++i) {
      EXPECT_EQ(a.samples[i].text, b.samples[i].text);
      EXPECT_EQ(a.samples[i].finish_reason, b.samples[i].finish_reason);
      EXPECT_EQ(a.samples[i].log_probabilities, b.samples[i].log_probabilities);
    }
    EXPECT_EQ(a.choice_scores, b.choice_scores);
    EXPECT_EQ(a.choice, b.choice);
    EXPECT_EQ(a.embedding, b.embedding);
    EXPECT_EQ(a.usage, b.usage);
  }

  /// A mixed lot: long and short prompts, shared and own beginnings, every kind of request.
  static std::vector<sdk::Request> mixed() {
    const std::string head = "sort the words that follow into their boxes, one box a line";
    std::vector<sdk::Request> requests;
    for (std::uint64_t i = 0; i < 24; ++i) {
      const std::string own = fmt::format("{} number {}", std::string(i * 5 % 90, 'x'), i);
      requests.push_back(
          generate(head + own, i, i % 2 == 0 ? 0.0 : 0.9, static_cast<int>(1 + i % 3), static_cast<int>(4 + i % 9)));
      requests.push_back(score(i % 4 == 0 ? own : head + own, {" a", " bcd", fmt::format(" {}\n", i)}));
      if (i % 6 == 0) {
        requests.emplace_back();
        requests.back().what = sdk::Embed{head + own, i % 12 == 0 ? sdk::Pooling::mean : sdk::Pooling::last_token};
      }
    }
    return requests;
  }

  TemporaryFolder folder_;
};

TEST_F(LocalModelTest, AnswersDoNotDependOnBatchOrderThreadsOrWhatWasAskedBefore) {
  LocalModel alone = model(1);
  std::vector<sdk::Completion> expected;
  for (const sdk::Request& request : mixed()) {
    LocalModel fresh = model(1);
    expected.push_back(ask(fresh, {request}).at(0));
  }
  const auto check = [&](std::vector<sdk::Completion> completions, const std::string& how) {
    SCOPED_TRACE(how);
    ASSERT_EQ(completions.size(), expected.size());
    for (std::size_t i = 0; i < completions.size(); ++i) {
      SCOPED_TRACE(i);
      expect_same_bits(completions[i], expected[i]);
    }
  };
  check(ask(alone, mixed()), "one after the other on one model");
  for (const int batch : {2, 5, 64}) {
    LocalModel together = model(batch);
    check(ask(together, mixed()), fmt::format("batches of {}", batch));
    check(ask(together, mixed()), fmt::format("batches of {}, again", batch));
    auto backward = mixed();
    std::reverse(backward.begin(), backward.end());
    auto completions = ask(together, backward);
    std::reverse(completions.begin(), completions.end());
    check(std::move(completions), fmt::format("batches of {}, in reverse", batch));
  }
  LocalModel threaded = model(64, 3);
  check(ask(threaded, mixed()), "three threads");
  LocalModelOptions cramped;
  cramped.cache_bytes = 1;
  LocalModel small(folder_.path(), cramped);
  check(ask(small, mixed()), "no room for a second sequence");
}

TEST_F(LocalModelTest, NoArchitecturesAnswersDependOnBatchOrderOrSharing) {
  for (const TinyArchitecture& architecture : tiny_architectures()) {
    SCOPED_TRACE(architecture.name);
    const ModelConfig config = architecture.config();
    const TemporaryFolder folder;
    write_tiny_model(folder.path(), config, random_weights(config, 5));
    LocalModelOptions plain;
    plain.batch = 1;
    plain.share_prefixes = false;
    LocalModel alone(folder.path(), plain);
    const auto expected = ask(alone, mixed());
    const auto check = [&](int batch, bool share, int threads) {
      SCOPED_TRACE(fmt::format("batch {}, sharing {}, threads {}", batch, share, threads));
      LocalModelOptions options;
      options.batch = batch;
      options.share_prefixes = share;
      options.threads = threads;
      LocalModel model(folder.path(), options);
      auto shuffled = mixed();
      std::vector<std::size_t> order(shuffled.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i * 17 % order.size();
      std::vector<sdk::Request> requests;
      for (const std::size_t i : order) requests.push_back(shuffled[i]);
      const auto completions = ask(model, requests);
      for (std::size_t i = 0; i < order.size(); ++i) expect_same_bits(completions[i], expected[order[i]]);
    };
    ASSERT_EQ(std::gcd(mixed().size(), std::size_t{17}), 1U);
    check(1, true, 1);
    check(8, true, 1);
    check(32, false, 1);
    check(32, true, 2);
  }
}

TEST_F(LocalModelTest, CommonBeginningsAreComputedOnce) {
  const std::string head(100, 'h');
  std::vector<sdk::Request> requests;
  for (int i = 0; i < 20; ++i) requests.push_back(score(fmt::format("{} {:02}", head, i), {"x"}));
  LocalModel together = model();
  ask(together, requests);
  EXPECT_EQ(together.work().prompt_tokens, 20 * 104);
  EXPECT_LE(together.work().computed_tokens, 104 + 19 * 2);
  LocalModel one_by_one = model();
  for (const auto& request : requests) ask(one_by_one, {request});
  EXPECT_LE(one_by_one.work().computed_tokens, 104 + 19 * 2);
}

TEST_F(LocalModelTest, ScoresAreTheLogProbabilitiesOfTheContinuation) {
  LocalModel m = model();
  const std::string prompt = "which one?";
  const std::vector<std::string> choices{" yes", " no", "!"};
  const auto completion = ask(m, {score(prompt, choices)}).at(0);
  for (std::size_t c = 0; c < choices.size(); ++c) {
    auto ids = m.tokens({prompt, {}});
    double expected = 0;
    for (const char byte : choices[c]) {
      const auto logits = m.logits(ids);
      double total = 0;
      for (const float logit : logits) total += std::exp(double{logit});
      expected += double{logits[static_cast<unsigned char>(byte)]} - std::log(total);
      ids.push_back(static_cast<unsigned char>(byte));
    }
    EXPECT_NEAR(completion.choice_scores[c], expected, 1e-5);
  }
  EXPECT_EQ(completion.usage.prompt_tokens, 11);
  EXPECT_EQ(completion.usage.completion_tokens, static_cast<std::int64_t>(choices[completion.choice].size()));
}

TEST_F(LocalModelTest, LengthNormalisationDividesByTokens) {
  LocalModel m = model();
  auto request = score("which one?", {" yes", "!"});
  const auto plain = ask(m, {request}).at(0);
  std::get<sdk::ScoreChoices>(request.what).length_normalized = true;
  const auto normalized = ask(m, {request}).at(0);
  EXPECT_DOUBLE_EQ(normalized.choice_scores[0], plain.choice_scores[0] / 4);
  EXPECT_DOUBLE_EQ(normalized.choice_scores[1], plain.choice_scores[1]);
}

TEST_F(LocalModelTest, GreedyTextIsTheArgmaxOfTheLogits) {
  LocalModel m = model();
  const auto completion = ask(m, {generate("once", 0, 0.0, 1, 30)}).at(0);
  auto ids = m.tokens({"once", {}});
  std::vector<std::int32_t> written;
  for (int i = 0; i < 30; ++i) {
    const auto logits = m.logits(ids);
    ids.push_back(static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    if (ids.back() == 257) break;
    written.push_back(ids.back());
  }
  EXPECT_EQ(completion.samples.at(0).text, m.tokenizer().decode(written));
  EXPECT_EQ(completion.samples.at(0).log_probabilities.size(),
            static_cast<std::size_t>(completion.usage.completion_tokens));
}

TEST_F(LocalModelTest, MeanCrossEntropyAveragesOverThePredictedTokens) {
  LocalModel m = model();
  const std::vector<std::int32_t> ids{256, 10, 20, 30, 40};
  double expected = 0;
  for (std::size_t t = 1; t < ids.size(); ++t) {
    const auto logits = m.logits(std::span(ids).first(t));
    double total = 0;
    for (const float logit : logits) total += std::exp(double{logit});
    expected -= (double{logits[static_cast<std::size_t>(ids[t])]} - std::log(total)) / 4;
  }
  EXPECT_NEAR(m.mean_cross_entropy(ids), expected, 1e-6);
  EXPECT_THROW((void)m.mean_cross_entropy(std::span(ids).first(1)), UnsupportedModel);
}

TEST_F(LocalModelTest, EmbeddingsAreTheMeanOrTheLastOfTheFinalHiddenStates) {
  const auto embed = [](const std::string& text, sdk::Pooling pooling) {
    sdk::Request request;
    request.what = sdk::Embed{text, pooling};
    return request;
  };
  LocalModel m = model();
  const std::string text = "a text to embed", longer = text + ", with more behind it";
  Transformer transformer(folder_.path(), tiny_config());
  const auto ids = m.tokens({text, {}});
  const auto run = transformer.pool().make(nullptr, 0, static_cast<std::int64_t>(ids.size()));
  const Span span{run.get(), ids, static_cast<std::int64_t>(ids.size())};
  std::vector<float> hidden;
  transformer.forward({&span, 1}, hidden);
  const auto answers = ask(m, {embed(text, sdk::Pooling::mean), embed(text, sdk::Pooling::last_token),
                               embed(longer, sdk::Pooling::last_token)});
  ASSERT_EQ(answers[0].embedding.size(), 40U);
  ASSERT_EQ(answers[1].embedding.size(), 40U);
  for (std::size_t i = 0; i < 40; ++i) {
    double mean = 0;
    for (std::size_t t = 0; t < ids.size(); ++t) mean += double{hidden[t * 40 + i]} / static_cast<double>(ids.size());
    EXPECT_NEAR(answers[0].embedding[i], mean, 1e-6);
    EXPECT_EQ(answers[1].embedding[i], hidden[(ids.size() - 1) * 40 + i]);
  }
  EXPECT_EQ(answers[1].usage.prompt_tokens, static_cast<std::int64_t>(ids.size()));
  EXPECT_NE(answers[1].embedding, answers[2].embedding);
  EXPECT_LT(m.work().computed_tokens, m.work().prompt_tokens)
      << "the last token alone is wanted: what texts begin with alike runs once";
}

TEST_F(LocalModelTest, RoundingToWholeNumbersTellsItsError) {
  LocalModelOptions options;
  options.dtype = "int8";
  // Rows of uniform weights are at most half of 1/127 of their largest off, uniformly: 1/127 / sqrt(12) of largest / sqrt(3).
  EXPECT_NEAR(LocalModel(folder_.path(), options).rounding_error(), 1.0 / 127 / 2, 0.0004);
  EXPECT_EQ(model().rounding_error(), 0.0);
}

TEST_F(LocalModelTest, ADeviceThatThisBuildLacksIsRefused) {
  LocalModelOptions options;
  options.device = "cpu";
  EXPECT_NO_THROW(LocalModel(folder_.path(), options));
  const auto fault = [&](const char* device) {
    options.device = device;
    try {
      const LocalModel model(folder_.path(), options);
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(fault("cuda"), HasSubstr("this build of assay has no CUDA device"));
  EXPECT_THAT(fault("tpu"), HasSubstr("auto, cpu and cuda are"));
}

TEST_F(LocalModelTest, StopStringsEndTheTextBeforeThem) {
  LocalModel m = model();
  const auto free = ask(m, {generate("once upon", 0, 1.0, 1, 60)}).at(0).samples.at(0);
  ASSERT_GT(free.text.size(), 20U);
  auto request = generate("once upon", 0, 1.0, 1, 60);
  std::size_t at = 10;
  while ((static_cast<unsigned char>(free.text[at]) & 0xc0U) == 0x80U) ++at;
  const std::string stop = free.text.substr(at, 4);
  std::get<sdk::Generate>(request.what).settings.stop = {"never in there, surely", stop};
  const auto stopped = ask(m, {request}).at(0).samples.at(0);
  EXPECT_EQ(stopped.text, free.text.substr(0, free.text.find(stop)));
  EXPECT_EQ(stopped.finish_reason, "stop");
  EXPECT_EQ(free.finish_reason, "length");
}

TEST_F(LocalModelTest, SamplesDifferAndRepeatWithTheirKey) {
  LocalModel m = model();
  const auto first = ask(m, {generate("once", 1, 1.0, 4)}).at(0);
  const auto again = ask(m, {generate("once", 1, 1.0, 4)}).at(0);
  const auto other = ask(m, {generate("once", 2, 1.0, 4)}).at(0);
  expect_same_bits(first, again);
  EXPECT_NE(first.samples[0].text, first.samples[1].text);
  EXPECT_NE(first.samples[0].text, other.samples[0].text);
}

TEST_F(LocalModelTest, WhatDoesNotFitTheContextFailsAloneAndIsNotCut) {
  LocalModel m = model();
  const auto completions =
      ask(m, {generate(std::string(300, 'a')), generate("short"), score(std::string(298, 'a'), {"b", "bcd"}),
              generate(std::string(299, 'a')), score("x", {}), generate("")});
  EXPECT_THAT(completions[0].error, HasSubstr("the prompt has 301 tokens and the model's context 300"));
  EXPECT_EQ(completions[1].error, "");
  EXPECT_THAT(completions[2].error, HasSubstr("the prompt has 299 tokens, 301 with its longest choice"));
  EXPECT_THAT(completions[3].error, HasSubstr("fills the model's context"));
  EXPECT_THAT(completions[4].error, HasSubstr("no choices"));
  EXPECT_EQ(completions[5].error, "");
}

TEST_F(LocalModelTest, WhatARequestNeedsIsWhatTheContextMustHold) {
  LocalModel m = model();
  EXPECT_EQ(m.tokens_needed(generate("abc", 0, 0, 1, 12)), m.count_tokens({"abc", {}}) + 12);
  for (const std::size_t letters : {296U, 297U, 298U}) {
    const auto request = score(std::string(letters, 'a'), {"b", "bcd"});
    EXPECT_EQ(ask(m, {request}).at(0).error.empty(), m.tokens_needed(request) <= m.info().context_length) << letters;
  }
  EXPECT_EQ(m.tokens_needed(score(std::string(297, 'a'), {"b", "bcd"})), 300);
}

TEST_F(LocalModelTest, OutputEndsWhereTheContextIsFull) {
  LocalModel m = model();
  auto request = generate(std::string(290, 'a'), 0, 0.0, 1, 50);
  std::get<sdk::Generate>(request.what).settings.logit_bias = {{257, -1e9}};
  const auto completion = ask(m, {request}).at(0);
  EXPECT_EQ(completion.error, "");
  EXPECT_EQ(completion.usage.completion_tokens, 300 - 291);
  EXPECT_EQ(completion.samples.at(0).finish_reason, "length");
}

TEST_F(LocalModelTest, EndOfSequenceEndsTheTextAndIsNoPartOfIt) {
  LocalModel m = model();
  auto request = generate("once");
  std::get<sdk::Generate>(request.what).settings.logit_bias = {{257, 1e9}};
  const auto completion = ask(m, {request}).at(0);
  EXPECT_EQ(completion.samples.at(0).text, "");
  EXPECT_EQ(completion.samples.at(0).finish_reason, "stop");
  EXPECT_EQ(completion.usage.completion_tokens, 1);
}

TEST_F(LocalModelTest, AnAdapterGivesTheLogitsOfItsMergedWeights) {
  const ModelConfig config = tiny_config();
  auto weights = random_weights(config, 3);
  AdapterWeights adapter;
  for (const char* module : {"model.layers.0.self_attn.v_proj", "model.layers.2.mlp.down_proj"}) {
    const std::string name = std::string(module) + ".weight";
    const std::int64_t in = name.find("down") != std::string::npos ? 72 : 40;
    const auto out = static_cast<std::int64_t>(weights.at(name).size()) / in;
    LowRankDelta delta{module, 3, in, out, {}, {}, 2.0};
    sdk::Random random(5, module);
    for (std::int64_t i = 0; i < 3 * in; ++i) delta.a.push_back(static_cast<float>(random.uniform() - 0.5));
    for (std::int64_t i = 0; i < 3 * out; ++i) delta.b.push_back(static_cast<float>(random.uniform() - 0.5));
    adapter.deltas.push_back(delta);
    adapter.changes_of(name).apply(0, out, in, weights.at(name).data());
  }
  const TemporaryFolder merged_folder;
  write_tiny_model(merged_folder.path(), config, weights);
  LocalModel adapted(folder_.path(), {}, &adapter), merged(merged_folder.path()), plain(folder_.path());
  const std::vector<std::int32_t> ids{256, 1, 2, 3};
  EXPECT_EQ(adapted.logits(ids), merged.logits(ids));
  EXPECT_NE(adapted.logits(ids), plain.logits(ids));
}

TEST_F(LocalModelTest, AgreesWithAnIndependentForwardPassInNumpyWithAndWithoutAdapter) {
  const ModelConfig config = tiny_config();
  const std::vector<std::vector<std::int32_t>> sequences{
      {256}, {256, 7, 99, 3, 250, 31}, std::vector<std::int32_t>(150, 42)};
  const TemporaryFolder adapter_folder;
  std::vector<float> a(3 * 40), b(20 * 3);
  sdk::Random random(9, "factors");
  for (float& value : a) value = static_cast<float>(random.uniform() - 0.5);
  for (float& value : b) value = static_cast<float>(random.uniform() - 0.5);
  const std::string site = "base_model.model.model.layers.1.self_attn.k_proj";
  write_safetensors(adapter_folder.path() / "adapter_model.safetensors",
                    {{site + ".lora_A.weight", DType::F32, {3, 40}, std::as_bytes(std::span(a))},
                     {site + ".lora_B.weight", DType::F32, {20, 3}, std::as_bytes(std::span(b))}});
  adapter_folder.write("adapter_config.json", R"({"peft_type": "LORA", "r": 3, "lora_alpha": 12})");
  const AdapterWeights adapter = read_adapter(adapter_folder.path(), config);

  for (const bool adapted : {false, true}) {
    LocalModel m(folder_.path(), {}, adapted ? &adapter : nullptr);
    const auto answers = ask_numpy(folder_.path(), sequences,
                                   adapted ? fmt::format("--adapter '{}'", adapter_folder.path().string()) : "");
    if (!answers) GTEST_SKIP() << "/usr/bin/python3 has no NumPy";
    ASSERT_EQ(answers->size(), sequences.size());
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const auto expected = answers->at(i).at("logits").get<std::vector<double>>();
      const auto logits = m.logits(sequences[i]);
      for (std::size_t t = 0; t < logits.size(); ++t) {
        ASSERT_NEAR(logits[t], expected[t], 1e-4 * std::max(1.0, std::abs(expected[t])));
      }
      if (sequences[i].size() > 1) {
        EXPECT_NEAR(m.mean_cross_entropy(sequences[i]), answers->at(i).at("mean_cross_entropy").get<double>(), 1e-5);
      }
    }
  }
}

TEST_F(LocalModelTest, WeightsStoredInSixteenBitsGiveTheBitsOfTheirWidenedValues) {
  const ModelConfig config = tiny_config();
  for (const DType stored : {DType::F16, DType::BF16}) {
    auto wide = random_weights(config, 3);
    std::map<std::string, std::vector<std::uint16_t>> narrow;
    std::vector<NamedTensor> tensors;
    for (const WeightSpec& spec : config.weights()) {
      std::vector<float>& values = wide.at(spec.name);
      std::vector<std::uint16_t>& halves = narrow[spec.name];
      for (float& value : values) {
        Half half{to_bfloat16(value)};
        if (stored == DType::F16) kernels().round_half(&value, 1, &half);
        halves.push_back(half.bits);
        value = stored == DType::F16 ? from_half(half.bits) : from_bfloat16(half.bits);
      }
      tensors.push_back({spec.name, stored, spec.shape, std::as_bytes(std::span(halves))});
    }
    const TemporaryFolder widened, narrowed;
    write_tiny_model(widened.path(), config, wide);
    write_tiny_model(narrowed.path(), config, wide);
    write_safetensors(narrowed.path() / "model.safetensors", tensors);
    const std::vector<std::int32_t> ids{256, 1, 2, 3};
    for (const char* dtype : {"auto", "bf16", "int8"}) {
      LocalModelOptions options;
      options.dtype = dtype;
      EXPECT_EQ(LocalModel(narrowed.path(), options).logits(ids), LocalModel(widened.path(), options).logits(ids))
          << dtype;
    }
  }
}

TEST_F(LocalModelTest, RoundingWeightsToBfloat16MovesLogitsALittle) {
  LocalModelOptions options;
  options.dtype = "bf16";
  LocalModel rounded(folder_.path(), options), plain(folder_.path());
  const std::vector<std::int32_t> ids{256, 1, 2, 3};
  const auto a = rounded.logits(ids), b = plain.logits(ids);
  EXPECT_NE(a, b);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 0.2);
  options.dtype = "int3";
  EXPECT_THROW(LocalModel(folder_.path(), options), BadInput);
}

}  // namespace
}  // namespace assay::models
