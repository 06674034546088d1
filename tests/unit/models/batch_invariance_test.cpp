// 500 prompts of mixed length, greedy and drawn, at several batch sizes, orders, threads, with and without sharing what
// they begin with alike: every architecture answers the same bits in every dtype.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "models/local/local_model.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_architectures.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

constexpr std::size_t kPrompts = 500;

std::vector<sdk::Request> requests() {
  const std::string head = "put each message into one of the boxes: ";
  std::vector<sdk::Request> all;
  for (std::uint64_t i = 0; i < kPrompts; ++i) {
    std::string text = i % 2 == 0 ? head : "";
    if (i % 10 == 4) text += "with a second beginning that some of them share: ";
    for (std::uint64_t k = 0; k < i * 37 % 101; ++k) text += static_cast<char>('a' + (i * 7 + k * k) % 26);
    text += fmt::format(" {}", i);
    sdk::Request request;
    if (i % 5 == 3) {
      request.what = sdk::ScoreChoices{{text, {}}, {" yes", " no", fmt::format(" {}", i)}, i % 2 == 0};
    } else {
      sdk::Generate what{{text, {}}, {}, 1, true};
      what.settings.temperature = i % 3 == 0 ? 0.0 : 0.9;
      what.settings.max_tokens = static_cast<int>(1 + i % 7);
      request.what = what;
    }
    request.draw = {11, i, 0};
    all.push_back(std::move(request));
  }
  return all;
}

struct Setting {
  int batch;
  bool share;
  int threads;
  std::size_t step;  ///< requests are handed over in the order 0, step, 2 · step, … (mod their number)
};

std::vector<sdk::Completion> answers(const std::filesystem::path& folder, const std::string& dtype,
                                     const Setting& setting) {
  LocalModelOptions options;
  options.dtype = dtype;
  options.batch = setting.batch;
  options.share_prefixes = setting.share;
  options.threads = setting.threads;
  LocalModel model(folder, options);
  const auto all = requests();
  std::vector<sdk::Request> shuffled;
  for (std::size_t i = 0; i < all.size(); ++i) shuffled.push_back(all[i * setting.step % all.size()]);
  const auto ids = model.submit(std::move(shuffled));
  std::map<sdk::RequestId, std::size_t> place;
  for (std::size_t i = 0; i < ids.size(); ++i) place[ids[i]] = i * setting.step % all.size();
  std::vector<sdk::Completion> result(all.size());
  for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
    for (auto& [id, completion] : finished) result[place.at(id)] = std::move(completion);
  }
  return result;
}

class BatchInvarianceTest : public ::testing::TestWithParam<std::tuple<std::string, std::size_t>> {};

TEST_P(BatchInvarianceTest, FiveHundredPromptsAnswerTheSameHoweverTheyAreRun) {
  const auto& [dtype, index] = GetParam();
  const TinyArchitecture architecture = tiny_architectures().at(index);
  const ModelConfig config = architecture.config();
  const TemporaryFolder folder;
  write_tiny_model(folder.path(), config, random_weights(config, 5));
  const auto expected = answers(folder.path(), dtype, {1, false, 1, 1});
  std::size_t drawn = 0;
  for (const Setting& setting :
       {Setting{1, true, 1, 3}, {8, true, 1, 7}, {8, false, 2, 11}, {32, true, 2, 13}, {32, false, 1, 17}}) {
    SCOPED_TRACE(fmt::format("batch {}, sharing {}, threads {}", setting.batch, setting.share, setting.threads));
    ASSERT_EQ(std::gcd(kPrompts, setting.step), 1U);
    const auto got = answers(folder.path(), dtype, setting);
    for (std::size_t i = 0; i < kPrompts; ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(got[i].error, "");
      ASSERT_EQ(got[i].choice_scores, expected[i].choice_scores);
      ASSERT_EQ(got[i].samples.size(), expected[i].samples.size());
      for (std::size_t s = 0; s < got[i].samples.size(); ++s) {
        ASSERT_EQ(got[i].samples[s].text, expected[i].samples[s].text);
        // Each is a logit less the logarithm of a sum over all of them: the bits of a position's logits show in it.
        ASSERT_EQ(got[i].samples[s].log_probabilities, expected[i].samples[s].log_probabilities);
        drawn += got[i].samples[s].log_probabilities.size();
      }
    }
  }
  EXPECT_GT(drawn, 5 * kPrompts);
}

INSTANTIATE_TEST_SUITE_P(Architectures, BatchInvarianceTest,
                         ::testing::Combine(::testing::Values("f32", "bf16", "int8"),
                                            ::testing::Range(std::size_t{0}, tiny_architectures().size())),
                         [](const auto& info) {
                           return std::get<0>(info.param) + "_" + tiny_architectures().at(std::get<1>(info.param)).name;
                         });

}  // namespace
}  // namespace assay::models
