#include "report/page/page.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <regex>
#include <sstream>

#include "report/page/compressed.h"
#include "report/page/confidences.h"
#include "report/page/page_data.h"
#include "report/read.h"
#include "unit/report/stored_run.h"

namespace assay::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What `compressed` packed.
std::string unpacked(const std::string& base64) {
  std::string bytes(base64.size(), '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  EXPECT_GT(length, 0);
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(64U << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(length);
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

Json row(const std::string& target, const std::string& answer, std::vector<double> scores = {}) {
  Json out{{"id", "1"}, {"choices", {"a", "b"}}, {"target", target}, {"answer", answer}};
  if (!scores.empty()) out["choice_scores"] = Json::array({scores});
  return out;
}

TEST(CompressedTest, ComesBackAndIsTheSameEachTime) {
  const std::string text = std::string(100'000, 'x') + "\xF0\x9F\x98\x80 end";
  EXPECT_EQ(unpacked(compressed(text)), text);
  EXPECT_EQ(compressed(text), compressed(text));
  EXPECT_LT(compressed(text).size(), 1000U);
}

TEST(CompressedTest, NoValueEndsTheScriptElement) {
  EXPECT_EQ(script_safe(R"(["</script><!--"])"), R"(["\u003c/script>\u003c!--"])");
}

TEST(ConfusionCountsTest, CountTargetsByAnswers) {
  ConfusionCounts counts;
  EXPECT_TRUE(counts.json().is_null());
  for (const Json& one : {row("a", "a"), row("a", "b"), row("a", "b"), row("b", "I cannot tell"), row("b", "")})
    counts.add(one);
  EXPECT_EQ(counts.json().dump(), R"({"labels":["a","b"],"counts":[[0,0,1],[0,1,2],[1,2,2]]})");
}

TEST(ReliabilityBinsTest, AreMeansOfWhatFallsIntoThem) {
  ReliabilityBins bins;
  bins.add(row("a", "a"));  // without scores it says nothing
  EXPECT_TRUE(bins.json().is_null());
  bins.add(row("a", "a", {std::log(0.75), std::log(0.25)}));
  bins.add(row("b", "a", {std::log(0.77), std::log(0.23)}));
  bins.add(row("a", "a", {0, 0}));  // one half is the upper end of (0.4, 0.5]
  const OrderedJson found = bins.json();
  ASSERT_EQ(found.size(), 10U);
  EXPECT_EQ(found[4], (OrderedJson{{"n", 1}, {"confidence", 0.5}, {"right", 1.0}}));
  EXPECT_EQ(found[7]["n"], 2);
  EXPECT_NEAR(found[7]["confidence"].get<double>(), 0.76, 1e-12);
  EXPECT_EQ(found[7]["right"], 0.5);
  EXPECT_TRUE(found[0]["confidence"].is_null());
}

TEST(TimelineTest, IsInSecondsSinceTheRunBegan) {
  plan::Plan plan;
  plan.stages.push_back({.key = "k",
                         .kind = plan::StageKind::score,
                         .inputs = {},
                         .job = {},
                         .needs = {},
                         .awaits = {},
                         .model = "",
                         .label = "score x",
                         .dataset = "",
                         .metric = ""});
  store::AttemptRow done;
  done.stage = "k", done.outcome = "done", done.worker = "worker 1";
  done.started = "2026-02-28T23:59:59.500Z", done.finished = "2026-03-01T00:00:01.000Z";
  store::AttemptRow reused = done;
  reused.outcome = "reused";
  const OrderedJson found = timeline({done, reused}, plan, "2026-02-28T23:59:58.000Z", store::ShortPaths("/tmp"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_DOUBLE_EQ(found[0]["start"].get<double>(), 1.5);
  EXPECT_DOUBLE_EQ(found[0]["end"].get<double>(), 3);
  EXPECT_EQ(found[0]["label"], "score x");
}

class PageTest : public StoredRun {
 protected:
  void write(const ExampleLimits& limits = {}) {
    store::Store store = store::Store::open(results_);
    const std::int64_t run = store.begin_run(experiment_, plan_);
    make_bundles(store);
    std::ostringstream out;
    write_page(out, read(store, run), {}, store, limits);
    page_ = out.str();
    data_ = Json::parse(element("report"));
  }
  [[nodiscard]] std::string element(const std::string& id) const {
    const auto start = page_.find('>', page_.find("id=\"" + id + "\"")) + 1;
    return page_.substr(start, page_.find('<', start) - start);
  }
  [[nodiscard]] Json packed(const std::string& id) const { return Json::parse(unpacked(element(id))); }

  std::string page_;
  Json data_;
};

TEST_F(PageTest, HoldsTheReportAndItsExamples) {
  write();
  EXPECT_EQ(data_["experiment"], "demo");
  const Json& examples = data_["page"]["examples"].at(0);
  EXPECT_EQ(examples["outputs"], Json({"accuracy"}));
  EXPECT_EQ(examples["rows"], 4);
  ASSERT_EQ(examples["cells"].size(), 3U) << "seeds of equal results are shown once";
  EXPECT_EQ(examples["cells"][0]["cell"], "l1");
  EXPECT_EQ(examples["cells"][2]["cell"], "z1");
  EXPECT_EQ(examples["left_out"], Json({{"cells", 0}, {"rows", 0}}));

  const Json index = packed(examples["index"]);
  EXPECT_EQ(index["ids"], Json({"r0", "r1", "r2", "r3"}));
  EXPECT_EQ(index["scores"][2][0], Json({0.0, 1.0, 0.0, 0.0}));
  EXPECT_EQ(index["distinct"], Json({1, 1, 1, 1}));
  const Json rows = packed(examples["blocks"].at(0));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1]["id"], "r1");
  EXPECT_EQ(rows[1]["target"], "no");
  EXPECT_EQ(rows[1]["cells"][0]["prompt"], "ask <1>");
  EXPECT_EQ(rows[1]["cells"][1]["prompt"], 0) << "an equal prompt is told by the place of the cell that has it";
  EXPECT_EQ(rows[1]["cells"][0]["scores"], Json::array({1.0}));
}

TEST_F(PageTest, BlocksEndByRowsAndByBytes) {
  write({.block_rows = 3});
  EXPECT_EQ(data_["page"]["examples"][0]["rows_per_block"], Json({3, 1}));
  EXPECT_EQ(packed("examples-0-block-1").at(0).at("id"), "r3");
  write({.block_bytes = 1});
  EXPECT_EQ(data_["page"]["examples"][0]["blocks"].size(), 4U);
}

TEST_F(PageTest, WhatIsLeftOutIsCounted) {
  write({.cells = 2, .answers = 6});
  const Json& examples = data_["page"]["examples"][0];
  EXPECT_EQ(examples["cells"].size(), 2U) << "the first seed of each group";
  EXPECT_EQ(examples["cells"][0]["cell"], "l1");
  EXPECT_EQ(examples["cells"][1]["cell"], "z1");
  EXPECT_EQ(examples["rows"], 3);
  EXPECT_EQ(examples["left_out"], Json({{"cells", 1}, {"rows", 1}}));
}

TEST_F(PageTest, IsWrittenWithoutWhatFailed) {
  skip_ = "stage g1";
  write();
  const Json& examples = data_["page"]["examples"][0];
  ASSERT_EQ(examples["cells"].size(), 2U);
  EXPECT_EQ(examples["cells"][0]["cell"], "l2");
  EXPECT_EQ(examples["rows"], 4);
}

TEST_F(PageTest, NoTextOfTheRunEndsItsElement) {
  plan_.stages.front().label = "</script><script>alert(1)</script>";
  write();
  EXPECT_THAT(page_, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(data_["stages"][0]["label"], "</script><script>alert(1)</script>");
}

}  // namespace
}  // namespace assay::report
