#include "plan/job.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"

namespace assay::plan {
namespace {

TEST(JobTest, JobsSurviveJson) {
  Job job;
  job.kind = "generate";
  job.key = "k";
  job.model = ModelJob{"nano", "local", "/m", "f32", {{"a", 1}}};
  job.dataset = data::DatasetSource{.name = "t",
                                    .train = {},
                                    .validation = {},
                                    .test = "/t.jsonl",
                                    .input = "{{ x }}",
                                    .target = "{{ y }}",
                                    .references = {},
                                    .id = {},
                                    .choices = {"a", "b"}};
  job.instruction = "do";
  PartJob part;
  part.name = "lora";
  part.trains = true;
  part.adapt = "key";
  job.parts = {part};
  job.prompt = PromptJob{"", " {{ target }}\n"};
  job.generation.stop = {"\n"};
  job.generation.logit_bias = {{7, -1.5}};
  job.seed = 18446744073709551615ULL;
  job.measure = MeasureJob{};
  job.price = PriceJob{1, 2, 3};
  job.compare = CompareJob{"t", "g", {{"c", "g", 1, "s"}}, 0.9, 100, "wilcoxon", true, {"language"}, true};
  const Job again = job_from_json(Json::parse(to_json(job).dump()));
  EXPECT_EQ(to_json(again), to_json(job));
  EXPECT_EQ(again.seed, job.seed);
  EXPECT_EQ(again.generation, job.generation);
  EXPECT_EQ(again.parts[0].adapt, "key");
  EXPECT_FALSE(again.judge);
}

TEST(JobTest, AJobWithoutItsPartsIsCorrupted) { EXPECT_THROW(job_from_json(Json{{"kind", "score"}}), Corrupted); }

}  // namespace
}  // namespace assay::plan
