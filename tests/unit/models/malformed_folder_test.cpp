#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <limits>

#include "models/local/local_model.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A whole folder, of which each test spoils one file.
class MalformedFolderTest : public ::testing::Test {
 protected:
  MalformedFolderTest() : weights_(random_weights(tiny_config(), 3)) {
    write_tiny_model(folder_.path(), tiny_config(), weights_);
  }

  /// What opening the model says.
  std::string fault() const {
    try {
      const LocalModel model(folder_.path(), {});
    } catch (const BadInput& error) {
      return error.what();
    }
    return "no error";
  }

  void change_tokenizer(const std::function<void(Json&)>& change) const {
    std::ifstream file(folder_.path() / "tokenizer.json");
    Json description = Json::parse(file);
    change(description);
    folder_.write("tokenizer.json", description.dump());
  }

  /// A weights file whose header claims `length` bytes.
  void write_weights(std::uint64_t length, const std::string& rest) const {
    std::string text(8, '\0');
    std::memcpy(text.data(), &length, 8);
    folder_.write("model.safetensors", text + rest);
  }

  TemporaryFolder folder_;
  std::map<std::string, std::vector<float>> weights_;
};

TEST_F(MalformedFolderTest, TheFolderIsFineBefore) { EXPECT_EQ(fault(), "no error"); }

TEST_F(MalformedFolderTest, TruncatedWeights) {
  const auto file = folder_.path() / "model.safetensors";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 10);
  EXPECT_THAT(fault(), AllOf(HasSubstr(file.string()), HasSubstr("is truncated: tensor '")));
}

TEST_F(MalformedFolderTest, OverlappingWeights) {
  const std::string header =
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
  write_weights(header.size(), header + std::string(12, '\0'));
  EXPECT_THAT(fault(), AllOf(HasSubstr("model.safetensors"),
                             HasSubstr("tensor 'b' begins at byte 4 of the data where 'a' ends at 8: they overlap")));
}

TEST_F(MalformedFolderTest, AHeaderOfAHundredMegabytes) {
  constexpr std::uint64_t size = 100'000'000;
  write_weights(size + 1, "{}");
  EXPECT_THAT(fault(), HasSubstr("past the format's limit"));
  write_weights(size, "{}");
  EXPECT_THAT(fault(), HasSubstr("is truncated: its header takes 100000000 bytes and 2 follow"));
  std::string numbers = "{\"a\":[0";
  while (numbers.size() + 2 < size) numbers += ",0";
  numbers.resize(size, ']');
  write_weights(size, numbers);
  EXPECT_THAT(fault(), AllOf(HasSubstr("model.safetensors"), HasSubstr("the header describes no tensors")));
  write_weights(100'000, "{\"a\":" + std::string(99'995, '['));
  EXPECT_THAT(fault(), HasSubstr("nested too deeply"));
}

TEST_F(MalformedFolderTest, WrongShapes) {
  Json other = tiny_config().to_json();
  other["intermediate_size"] = 64;
  std::ofstream(folder_.path() / "config.json") << other.dump();
  EXPECT_THAT(fault(), AllOf(HasSubstr(folder_.path().string()),
                             HasSubstr("mlp.down_proj.weight' is [40, 72] where config.json asks for [40, 64]")));
}

TEST_F(MalformedFolderTest, WeightsThatAreNoNumbers) {
  weights_.at("model.norm.weight")[3] = std::numeric_limits<float>::quiet_NaN();
  write_tiny_model(folder_.path(), tiny_config(), weights_);
  EXPECT_THAT(fault(), AllOf(HasSubstr(folder_.path().string()),
                             HasSubstr("'model.norm.weight' holds NaN or infinity (its value 3)")));
}

TEST_F(MalformedFolderTest, AVocabularyWithAGap) {
  change_tokenizer([](Json& description) { description["model"]["vocab"].erase("a"); });
  EXPECT_THAT(
      fault(),
      AllOf(HasSubstr(folder_.path().string()),
            HasSubstr("tokenizer.json: added token '<s>' claims the id 256, its place in the list makes it 255")));
  change_tokenizer([](Json& description) { description["model"]["vocab"]["a"] = 2'000'000'000; });
  EXPECT_THAT(fault(),
              HasSubstr("the vocabulary has a gap: token 'a' has the id 2000000000, and there are 258 tokens"));
}

TEST_F(MalformedFolderTest, MergesThatGoInCircles) {
  change_tokenizer([](Json& description) { description["model"]["merges"] = {{"", "a"}}; });
  EXPECT_THAT(fault(), AllOf(HasSubstr(folder_.path().string()), HasSubstr("tokenizer.json: merge 0")));
}

TEST_F(MalformedFolderTest, AChatTemplateThatLoopsForEver) {
  const auto says = [&](const std::string& source) {
    folder_.write("chat_template.jinja", source);
    const LocalModel model(folder_.path(), {});
    try {
      static_cast<void>(model.render_chat(std::vector<sdk::Message>{{"user", "hi"}}, true));
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(says("\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
              AllOf(HasSubstr("chat_template.jinja:2:"), HasSubstr("the template loops for ever")));
  EXPECT_THAT(says("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), HasSubstr("chat_template.jinja:1:"));
  EXPECT_THAT(says("{% set ns = namespace(t='ab') %}{% for a in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}"),
              AllOf(HasSubstr("chat_template.jinja:1:"), HasSubstr("bytes would come out")));
}

TEST(FirstNotFiniteTest, FindsNanAndInfinityOfEveryType) {
  const auto first = [](DType dtype, auto bits, std::size_t at) {
    std::vector<decltype(bits)> values(10'000, 1);
    values[at] = bits;
    return first_not_finite({dtype, {10'000}, std::as_bytes(std::span(values))});
  };
  EXPECT_EQ(first(DType::F64, std::uint64_t{0x7ff0000000000000}, 7), 7);
  EXPECT_EQ(first(DType::F32, std::uint32_t{0xffc00000}, 9'999), 9'999);
  EXPECT_EQ(first(DType::F16, std::uint16_t{0x7c01}, 0), 0);
  EXPECT_EQ(first(DType::BF16, std::uint16_t{0xff80}, 5'000), 5'000);
  EXPECT_EQ(first(DType::BF16, std::uint16_t{0x7f7f}, 5'000), std::nullopt);
  EXPECT_EQ(first(DType::I16, std::uint16_t{0xffff}, 5), std::nullopt);
}

}  // namespace
}  // namespace assay::models
