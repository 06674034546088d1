#include "assay/sdk/vectors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::sdk {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Asking final : public AdaptContext {
 public:
  testing::FakeModel fake;
  LanguageModel* model() override { return &fake; }
  std::uint64_t seed() const override { return 1; }
  bool stop_requested() const override { return stopped; }
  std::filesystem::path directory() const override { return {}; }
  void log(const std::string&) override {}
  bool stopped = false;
};

class VectorsTest : public assay::testing::FolderFixture {};

Vectors three_vectors() {
  Vectors vectors;
  for (const auto& row : {std::vector<float>{3, 0}, {1, 1}, {0, 0}}) vectors.add(row);
  return vectors;
}

TEST_F(VectorsTest, TheNearestHaveTheLargestCosine) {
  const auto nearest = three_vectors().nearest(std::vector<float>{0, 2}, 3);
  EXPECT_EQ(nearest[0].position, 1);
  EXPECT_NEAR(nearest[0].score, std::sqrt(0.5), 1e-7);
  EXPECT_EQ(nearest[1], (Ranked{0, 0})) << "of equals the earlier";
}

TEST_F(VectorsTest, AnotherWidthOrNoNumberIsRefused) {
  Vectors vectors = three_vectors();
  EXPECT_THROW(vectors.add(std::vector<float>{1}), Error);
  EXPECT_THROW(vectors.add(std::vector<float>{1, std::numeric_limits<float>::infinity()}), Error);
  EXPECT_THROW(static_cast<void>(vectors.cosines(std::vector<float>{1, 2, 3})), Error);
}

TEST_F(VectorsTest, ASavedFileIsReadBackAndATornOneFoundOut) {
  const auto file = folder_ / "v.f32";
  three_vectors().save(file);
  EXPECT_EQ(Vectors::load(file).nearest(std::vector<float>{1, 2}, 3),
            three_vectors().nearest(std::vector<float>{1, 2}, 3));
  for (auto size = std::filesystem::file_size(file); size-- > 0;) {
    std::filesystem::resize_file(file, size);
    EXPECT_THROW(Vectors::load(file), Corrupted) << size;
  }
}

TEST_F(VectorsTest, TextsAreEmbeddedManyAtATimeInTheirOrder) {
  Asking context;
  context.fake.reply = [](const Request& request) {
    Completion completion;
    const auto number = std::stof(std::get<Embed>(request.what).text);
    completion.embedding = {number, 1};
    return completion;
  };
  std::vector<std::string> texts;
  for (int i = 0; i < 256; ++i) texts.push_back(std::to_string(i));
  const Vectors vectors = embed(texts, Pooling::mean, context, [](std::size_t) { return ""; });
  EXPECT_THAT(context.fake.batches, SizeIs(1)) << "never example by example";
  ASSERT_EQ(vectors.size(), 256);
  EXPECT_NEAR(vectors.row(3)[0] / vectors.row(3)[1], 3, 1e-5);
}

TEST_F(VectorsTest, ATextThatCannotBeEmbeddedIsNamed) {
  Asking context;
  context.fake.reply = [](const Request&) {
    Completion completion;
    completion.error = "too long";
    return completion;
  };
  const std::vector<std::string> texts{"x"};
  const auto call = [&] {
    embed(texts, Pooling::mean, context, [](std::size_t i) { return "row " + std::to_string(i); });
  };
  EXPECT_THAT(error_of(call), HasSubstr("row 0 cannot be embedded: too long"));
  context.fake.about.embeds = false;
  EXPECT_THROW(call(), UnsupportedModel);
  context.fake.about.embeds = true;
  context.stopped = true;
  EXPECT_THROW(call(), Stopped);
}

}  // namespace
}  // namespace assay::sdk
