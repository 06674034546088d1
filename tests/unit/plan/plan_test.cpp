#include "plan/plan.h"

#include <gmock/gmock.h>

#include <set>

#include "unit/cpu_time.h"
#include "unit/plan/plan_fixture.h"

namespace assay::plan {
namespace {

using PlanTest = assay::testing::PlanFixture;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(PlanTest, PlanningTwiceGivesTheSamePlan) { EXPECT_EQ(to_json(plan(experiment())), to_json(plan(experiment()))); }

TEST_F(PlanTest, EqualWorkIsOneStage) {
  const Plan p = plan(experiment());
  // adapt: few_shot draws at 2 and 4 shots, lora at rank 4 and 8, each under two seeds; the hybrid adds none of its own.
  EXPECT_THAT(keys(p, StageKind::adapt), SizeIs(8));
  // generate: zero_shot once, the other five settings under two seeds.
  EXPECT_THAT(keys(p, StageKind::generate), SizeIs(11));
  EXPECT_THAT(keys(p, StageKind::score), SizeIs(22));
  EXPECT_THAT(keys(p, StageKind::compare), SizeIs(2));
  const auto zero = cells(p, "zero_shot");
  ASSERT_THAT(zero, SizeIs(2));
  EXPECT_EQ(zero[0]->generate, zero[1]->generate);
  EXPECT_EQ(zero[0]->score, zero[1]->score);
  std::set<std::string> distinct;
  for (const Stage& stage : p.stages) {
    EXPECT_TRUE(distinct.insert(stage.key).second);
    EXPECT_EQ(stage.key, data::sha256(stage.inputs));
    for (const std::string& need : stage.needs)
      EXPECT_TRUE(distinct.count(need)) << "a stage stands before what it needs";
  }
}

TEST_F(PlanTest, AHybridSharesTheAdaptersOfItsParts) {
  const Plan p = plan(experiment());
  const auto hybrid = cells(p, "lora + few_shot(shots=2)");
  const auto lora = cells(p, "lora(rank=8)");
  const auto few = cells(p, "few_shot(shots=2)");
  ASSERT_THAT(hybrid, SizeIs(2));
  EXPECT_THAT(hybrid[0]->adapt, ElementsAre(lora[0]->adapt[0], few[0]->adapt[0]));
  EXPECT_NE(hybrid[0]->generate, lora[0]->generate);
}

TEST_F(PlanTest, EightPromptsOverOneLoraTrainItOnce) {
  const Plan p = plan(experiment(),
                      {"matrix.strategy=[[lora, few_shot: {shots: [1, 2, 3, 4, 5, 6, 7]}], [lora, chain_of_thought]]",
                       "matrix.seed=1"});
  EXPECT_EQ(p.cells.size(), 8U);
  std::size_t trained = 0;
  for (const Stage& stage : p.stages) trained += stage.trains;
  EXPECT_EQ(trained, 1U);
}

TEST_F(PlanTest, SamplingMakesEveryGenerationDependOnItsSeed) {
  const Plan p = plan(experiment(), {"generation.temperature=0.7", "matrix.strategy=[zero_shot]"});
  EXPECT_THAT(keys(p, StageKind::generate), SizeIs(2));
}

TEST_F(PlanTest, AnAddedMetricScoresAndComparesOnly) {
  const auto added = fresh(plan(experiment()), plan(experiment(), {"metrics=[accuracy, f1, exact_match]"}));
  EXPECT_EQ(count(added, "score exact_match"), 11U);
  EXPECT_EQ(count(added, "compare exact_match"), 1U);
  EXPECT_THAT(added, SizeIs(12));
}

TEST_F(PlanTest, AnAddedStrategyLeavesTheOthersAlone) {
  const auto added =
      fresh(plan(experiment()), plan(replaced(experiment(), "    - zero_shot\n", "    - zero_shot\n    - sft\n")));
  EXPECT_EQ(count(added, "adapt sft"), 2U);
  EXPECT_EQ(count(added, "generate sft"), 2U);
  EXPECT_EQ(count(added, "score"), 4U);
  EXPECT_EQ(count(added, "compare"), 2U);
  EXPECT_THAT(added, SizeIs(10));
}

TEST_F(PlanTest, AChangedWeightRerunsAllThatTheModelDoes) {
  const Plan before = plan(experiment());
  write_weights("model/model.safetensors", 8, '\1');
  const auto rerun = fresh(before, plan(experiment()));
  EXPECT_EQ(count(rerun, "adapt lora"), 4U);
  EXPECT_EQ(count(rerun, "adapt few_shot"), 0U);  // draws rows, asks no model
  EXPECT_EQ(count(rerun, "generate"), 11U);
}

TEST_F(PlanTest, EachFileOfAModelThatDecidesItsAnswersCounts) {
  for (const char* file :
       {"model/config.json", "model/tokenizer.json", "model/tokenizer_config.json", "model/generation_config.json"}) {
    const Plan before = plan(experiment());
    write(file, "{\"changed\":true}");
    EXPECT_EQ(count(fresh(before, plan(experiment())), "generate"), 11U) << file;
  }
  const Plan before = plan(experiment());
  write("model/README.md", "nothing");
  EXPECT_THAT(fresh(before, plan(experiment())), IsEmpty());
}

TEST_F(PlanTest, AChangedTestRowRerunsGenerationAndNoTraining) {
  const Plan before = plan(experiment());
  write("test.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n{\"text\":\"e\",\"label\":\"y\"}\n");
  const auto rerun = fresh(before, plan(experiment()));
  EXPECT_EQ(count(rerun, "adapt"), 0U);
  EXPECT_EQ(count(rerun, "generate"), 11U);
}

TEST_F(PlanTest, AChangedTrainingRowRerunsWhatReadsIt) {
  const Plan before = plan(experiment());
  write("train.jsonl", "{\"text\":\"a\",\"label\":\"y\"}\n{\"text\":\"b\",\"label\":\"y\"}\n");
  const auto rerun = fresh(before, plan(experiment()));
  EXPECT_EQ(count(rerun, "adapt"), 8U);
  EXPECT_EQ(count(rerun, "generate zero_shot"), 0U);
  EXPECT_EQ(count(rerun, "generate"), 10U);
}

TEST_F(PlanTest, ATemplateCountsWithWhatItIncludes) {
  write("p/main.j2", "{% include 'head.j2' %}{{ input }}");
  write("p/head.j2", "Q: ");
  const std::string yaml = replaced(experiment(), "- zero_shot", "- zero_shot: {template: p/main.j2}");
  const Plan before = plan(yaml);
  write("p/head.j2", "q: ");
  auto rerun = fresh(before, plan(yaml));
  EXPECT_EQ(count(rerun, "generate zero_shot"), 1U);
  EXPECT_EQ(count(rerun, "generate"), 1U);
  EXPECT_EQ(count(rerun, "adapt"), 0U);

  const std::string whole = experiment() + "prompt: {template: p/main.j2}\n";
  const Plan with_prompt = plan(whole);
  write("p/head.j2", "? ");
  rerun = fresh(with_prompt, plan(whole));
  EXPECT_EQ(count(rerun, "generate"), 11U);
  EXPECT_EQ(count(rerun, "adapt lora"), 4U);
  EXPECT_EQ(count(rerun, "adapt few_shot"), 0U);
}

TEST_F(PlanTest, ALibrarysPromptIsItsFile) {
  write(
      "prompts/route.j2",
      "---\nname: route\nversion: 1.2\ndescription: d\nvariables: {input: required}\noutput: label\n---\n{{ input }}");
  const Plan named = plan(replaced(experiment(), "- zero_shot", "- zero_shot: {template: route@1.2}"));
  const Plan by_path = plan(replaced(experiment(), "- zero_shot", "- zero_shot: {template: prompts/route.j2}"));
  const Cell& cell = *cells(named, "zero_shot(template=route@1.2)").at(0);
  EXPECT_EQ(cell.generate, cells(by_path, "zero_shot(template=prompts/route.j2)").at(0)->generate);
  EXPECT_EQ(job_from_json(named.stage(cell.generate).job).parts[0].params["template"],
            (folder_ / "prompts/route.j2").string());
  ASSERT_EQ(named.prompts.size(), 1U);
  EXPECT_EQ(named.prompts[0].name, "route@1.2");
  EXPECT_EQ(by_path.prompts[0].text(), named.prompts[0].text());
  EXPECT_EQ(plan_from_json(to_json(named)).prompts[0].hash, named.prompts[0].hash);

  const Plan whole = plan(experiment() + "prompt: {template: route@1.2}\n");
  EXPECT_EQ(job_from_json(whole.stage(whole.cells[0].generate).job).prompt->template_file,
            (folder_ / "prompts/route.j2").string());
  write("elsewhere/other.j2",
        "---\nname: other\nversion: 1\ndescription: d\nvariables: {input: required}\noutput: label\n---\n{{ input }}");
  EXPECT_EQ(plan(experiment() + "prompts: [elsewhere]\nprompt: {template: other@1}\n").prompts[0].name, "other@1");
  write("plain.j2", "{{ input }}");
  EXPECT_EQ(plan(experiment() + "prompt: {template: plain.j2}\n").prompts[0].name, "plain.j2");
}

TEST_F(PlanTest, APromptThatIsNotThereOrLacksAVariableIsNamedAtItsPlace) {
  const auto error = [&](const std::string& yaml) -> std::string {
    try {
      plan(yaml);
    } catch (const BadInput& problem) {
      return problem.what();
    }
    return "no error";
  };
  const auto prompt = [&](const std::string& variables, const std::string& body) {
    write("prompts/p.j2",
          "---\nname: p\nversion: 1\ndescription: d\nvariables: " + variables + "\noutput: label\n---\n" + body);
  };
  prompt("{input: required, choices: required}", "{{ input }}{{ choices }}");
  const std::string yaml = replaced(experiment(), "- zero_shot", "- zero_shot: {template: p@1}");
  EXPECT_EQ(error(yaml), "no error");
  EXPECT_THAT(error(replaced(yaml, "p@1", "p@2")),
              AllOf(HasSubstr("e.yaml:10:7: there is no prompt p@2 in"), HasSubstr("known: p@1")));
  EXPECT_THAT(error(experiment() + "prompt: {template: q@1}\n"), HasSubstr("e.yaml:16:20: there is no prompt q@1 in"));
  EXPECT_THAT(
      error(replaced(yaml, ", choices: [x, y]", "")),
      HasSubstr(
          "e.yaml:10:7: the prompt p@1 requires 'choices' on the dataset 'tickets': the dataset has no `choices`"));
  prompt("{input: required, instruction: required, tone: required}", "{{ input }}{{ instruction }}{{ tone }}");
  EXPECT_THAT(error(yaml),
              AllOf(HasSubstr("requires 'instruction' on the dataset 'tickets': the dataset has no `instruction`"),
                    HasSubstr("requires 'tone' on the dataset 'tickets': give it to the strategy")));
  write("prompts/plain.j2", "{{ input }}");
  EXPECT_THAT(error(replaced(experiment(), "- zero_shot", "- zero_shot: {template: [p@1, prompts/plain.j2]}")),
              HasSubstr("requires 'tone'"))
      << "whichever of an axis it is";
  prompt("{input: required, shots: required}", "{{ input }}{{ shots }}");
  EXPECT_THAT(error(experiment() + "prompt: {template: p@1}\n"), HasSubstr("requires 'shots'"));
  prompt("{input: required}", "{{ imput }}");
  EXPECT_THAT(error(yaml), AllOf(HasSubstr("p.j2:5:1: the prompt uses 'imput'"),
                                 HasSubstr("declares 'input', which the prompt does not use")));
  prompt("{input: required}", "{{ input }}\n{% if %}");
  EXPECT_THAT(error(yaml), HasSubstr("p.j2:9:"));
}

TEST_F(PlanTest, FilesThatParametersNameReachTheWorkerWithTheirWholePath) {
  write("p/main.j2", "{{ input }}");
  const Plan p = plan(replaced(experiment(), "- zero_shot", "- zero_shot: {template: p/main.j2}"));
  const Cell& cell = *cells(p, "zero_shot(template=p/main.j2)").at(0);
  EXPECT_EQ(job_from_json(p.stage(cell.generate).job).parts[0].params["template"], (folder_ / "p/main.j2").string());
  EXPECT_THAT(to_json(p).dump(), Not(HasSubstr(folder_.string())));
  ::setenv("ASSAY_TEST_PROMPTS", (folder_ / "p").c_str(), 1);
  const Plan by_variable =
      plan(replaced(experiment(), "- zero_shot", "- zero_shot: {template: \"${ASSAY_TEST_PROMPTS}/main.j2\"}"));
  ::unsetenv("ASSAY_TEST_PROMPTS");
  const Cell& same = *cells(by_variable, "zero_shot(template=${ASSAY_TEST_PROMPTS}/main.j2)").at(0);
  EXPECT_EQ(job_from_json(by_variable.stage(same.generate).job).parts[0].params["template"],
            (folder_ / "p/main.j2").string());
  EXPECT_EQ(same.generate, cell.generate) << "the file's bytes count, not how it is found";
}

TEST_F(PlanTest, AnotherFolderGivesTheSameKeys) {
  const Plan here = plan(experiment());
  std::filesystem::create_directories(folder_ / "moved");
  for (const char* name : {"model", "train.jsonl", "test.jsonl"}) {
    std::filesystem::copy(folder_ / name, folder_ / "moved" / name, std::filesystem::copy_options::recursive);
  }
  write("moved/e.yaml", experiment());
  const auto moved =
      config::load(folder_ / "moved/e.yaml", plugins(), {}, ASSAY_SOURCE_DIR "/schemas/experiment.schema.json");
  data::FileHashes hashes{std::filesystem::path()};
  EXPECT_EQ(to_json(make_plan(moved, plugins(), environment(), hashes)), to_json(here));
}

TEST_F(PlanTest, BuiltInPluginsCountByVersionAndOthersByTheirBytes) {
  config::PluginManifests manifests = plugins();
  const Plan before = plan_with(manifests, environment(), experiment());
  for (auto& plugin : manifests) {
    if (plugin.name == "few_shot") plugin.version = "1.1";
  }
  auto rerun = fresh(before, plan_with(manifests, environment(), experiment()));
  EXPECT_EQ(count(rerun, "adapt few_shot"), 4U);
  EXPECT_EQ(count(rerun, "adapt lora"), 0U);
  EXPECT_EQ(count(rerun, "generate"), 6U);  // few_shot alone and in the hybrid

  for (auto& plugin : manifests) {
    if (plugin.name != "accuracy") continue;
    plugin.builtin = false;
    plugin.library = folder_ / "accuracy.so";
  }
  write("accuracy.so", "one");
  const Plan third_party = plan_with(manifests, environment(), experiment());
  write("accuracy.so", "two");
  rerun = fresh(third_party, plan_with(manifests, environment(), experiment()));
  EXPECT_EQ(count(rerun, "score accuracy"), 11U);
  EXPECT_EQ(count(rerun, "compare accuracy"), 1U);
  EXPECT_THAT(rerun, SizeIs(12));
}

TEST_F(PlanTest, WhatNumbersDependOnIsPartOfTheKeys) {
  const Plan before = plan(experiment());
  const auto rerun = [&](const Environment& changed) {
    return fresh(before, plan_with(plugins(), changed, experiment()));
  };
  Environment other = environment();
  other.cpu = "another cpu";
  EXPECT_EQ(count(rerun(other), "generate"), 11U);
  EXPECT_EQ(count(rerun(other), "adapt lora"), 4U);
  EXPECT_EQ(count(rerun(other), "adapt few_shot"), 0U);
  other = environment();
  other.numerics_epoch = 2;
  EXPECT_EQ(count(rerun(other), "generate"), 11U);
  other = environment();
  other.libtorch_version = "2.0";
  EXPECT_EQ(count(rerun(other), "adapt lora"), 4U);
  EXPECT_EQ(count(rerun(other), "generate zero_shot"), 0U);
  other = environment();
  other.machine = "another machine";
  EXPECT_THAT(rerun(other), IsEmpty());
  EXPECT_EQ(count(fresh(before, plan(experiment(), {"threads=2"})), "generate"), 11U);
  EXPECT_EQ(count(fresh(before, plan(experiment(), {"generation.max_tokens=7"})), "generate"), 11U);
  EXPECT_EQ(count(fresh(before, plan(experiment(), {"generation.max_tokens=7"})), "adapt"), 0U);
}

TEST_F(PlanTest, WhatOnlySteersTheRunIsNoPartOfTheKeys) {
  const Plan before = plan(experiment());
  for (const char* assignment :
       {"limits.stage_time=5m", "limits.memory_mb=999", "budget.dollars=1", "name=other", "report.formats=[md]",
        "models.nano.price={input: 1, output: 2}", "constraints.latency_p95_ms=3"}) {
    EXPECT_THAT(fresh(before, plan(experiment(), {assignment})), IsEmpty()) << assignment;
  }
  for (const char* assignment : {"report.resamples=500", "report.confidence=0.9", "report.baseline=few_shot"}) {
    EXPECT_THAT(fresh(before, plan(experiment(), {assignment})), SizeIs(2)) << assignment;
  }
}

TEST_F(PlanTest, PricesCountForMetricsThatReadDollars) {
  const std::vector<std::string> metrics{"metrics=[accuracy, cost]"};
  const auto rerun =
      fresh(plan(experiment(), metrics), plan(experiment(), {metrics[0], "models.nano.dollars_per_hour=2"}));
  EXPECT_EQ(count(rerun, "score cost"), 11U);
  EXPECT_EQ(count(rerun, "compare cost"), 1U);
  EXPECT_THAT(rerun, SizeIs(12));
}

TEST_F(PlanTest, TimingsAreTakenInStagesOfTheirOwn) {
  const Plan p = plan(experiment(), {"metrics=[accuracy, latency, throughput]"});
  EXPECT_THAT(keys(p, StageKind::measure), SizeIs(11));
  const Cell& cell = p.cells[0];
  EXPECT_EQ(p.stage(cell.score[0]).needs, std::vector{cell.generate});
  EXPECT_EQ(p.stage(cell.score[1]).needs, std::vector{cell.measure});
  const Job job = job_from_json(p.stage(cell.measure).job);
  EXPECT_TRUE(job.measure->latency);
  EXPECT_TRUE(job.measure->throughput);
  EXPECT_EQ(job_from_json(p.stage(cell.score[1]).job).measured, cell.measure);
  Environment other = environment();
  other.machine = "another machine";
  const auto rerun = fresh(p, plan_with(plugins(), other, experiment(), {"metrics=[accuracy, latency, throughput]"}));
  EXPECT_EQ(count(rerun, "measure"), 11U);
  EXPECT_EQ(count(rerun, "generate"), 0U);
  EXPECT_EQ(count(rerun, "score latency"), 11U);
  EXPECT_EQ(count(rerun, "score accuracy"), 0U);
}

TEST_F(PlanTest, ASimulatedModelIsItsOptions) {
  const std::string prompting = "matrix.strategy=[zero_shot, few_shot: {shots: [2, 4]}]";
  const Plan before = plan(experiment(), {"matrix.model=sim", prompting});
  EXPECT_EQ(
      count(fresh(before, plan(experiment(), {"matrix.model=sim", prompting, "models.sim.accuracy=0.8"})), "generate"),
      5U);
  write_weights("model/model.safetensors", 8, '\1');
  EXPECT_THAT(fresh(before, plan(experiment(), {"matrix.model=sim", prompting})), IsEmpty());
}

TEST_F(PlanTest, ComparisonsHoldTheCellsOfOneDatasetInOrder) {
  const Plan p = plan(experiment());
  ASSERT_THAT(p.compare, SizeIs(2));
  const Job job = job_from_json(p.stage(p.compare[0]).job);
  ASSERT_EQ(job.compare->cells.size(), p.cells.size());
  for (std::size_t i = 0; i < p.cells.size(); ++i) {
    EXPECT_EQ(job.compare->cells[i].cell, p.cells[i].id);
    EXPECT_EQ(job.compare->cells[i].score, p.cells[i].score[0]);
  }
  EXPECT_EQ(job.compare->baseline, p.cells[0].group);
  EXPECT_EQ(job.metric->name, "accuracy");
}

TEST_F(PlanTest, APlanSurvivesJson) {
  const Plan p = plan(experiment());
  const Plan again = plan_from_json(to_json(p));
  EXPECT_EQ(to_json(again), to_json(p));
  EXPECT_EQ(again.stage(p.cells[0].generate).label, p.stage(p.cells[0].generate).label);
  EXPECT_THROW(plan_from_json(Json{{"hash", 3}}), Corrupted);
}

TEST_F(PlanTest, EstimatesGrowWithTheWork) {
  const Plan p = plan(experiment());
  const auto total = [](const Plan& of) {
    std::int64_t tokens = 0;
    for (const Stage& stage : of.stages) tokens += stage.estimate_tokens;
    return tokens;
  };
  EXPECT_GT(total(p), 0);
  EXPECT_GT(total(plan(experiment(), {"matrix.strategy.2.lora.epochs=30"})), total(p));
}

TEST_F(PlanTest, ATrainingIsEstimatedByItsRowsAndByWhateverEndsItFirst) {
  write("chats.jsonl", R"({"instruction":"one two three","output":"four five six"})"
                       "\n"
                       R"({"instruction":"one","output":"two"})"
                       "\n");
  const auto tokens = [&](const std::string& params) {
    const Plan p =
        plan(replaced(experiment(), "- lora: {", "- chats: {data: [chats.jsonl]" + params + "}\n    - lora: {"));
    for (const Stage& stage : p.stages)
      if (stage.trains && stage.label.find("chats") != std::string::npos) return stage.estimate_tokens;
    return std::int64_t{-1};
  };
  EXPECT_EQ(tokens(""), 10) << "eight words, four tokens for three of them";
  EXPECT_EQ(tokens(", conversations: 6"), 32);
  EXPECT_EQ(tokens(", epochs: 3"), 32);
  EXPECT_EQ(tokens(", epochs: 3, max_steps: 30, batch_size: 1"), 160);
  EXPECT_EQ(tokens(", max_steps: 30, batch_size: 1, max_tokens: 77"), 77);
}

TEST_F(PlanTest, AFileOfConversationsIsReadBeforeWorkStarts) {
  write("chats.jsonl", R"({"question":"?"})"
                       "\n");
  try {
    plan(replaced(experiment(), "- lora: {", "- chats: {data: [chats.jsonl]}\n    - lora: {"));
    FAIL() << "it was taken";
  } catch (const BadInput& bad) {
    EXPECT_THAT(bad.what(), ContainsRegex("e.yaml:[0-9]+:[0-9]+: chats.jsonl, row 1.*: it has neither `messages`"));
  }
}

TEST_F(PlanTest, BadDataIsReportedWithThePlaceOfItsDataset) {
  const auto error = [&](const std::string& yaml) -> std::string {
    try {
      plan(yaml);
    } catch (const BadInput& bad) {
      return bad.what();
    }
    return "no error";
  };
  EXPECT_THAT(
      error(replaced(experiment(), "{{ text }}", "{{ txt }}")),
      AllOf(HasSubstr("e.yaml:6:"),
            HasSubstr(
                "the template `input` names the field 'txt', which this row does not have; its fields: text, label")));
  EXPECT_THAT(error(replaced(experiment(), "{{ text }}", "{{ text ")),
              AllOf(HasSubstr("e.yaml:6:"), HasSubstr("datasets.tickets.input")));
  EXPECT_THAT(
      error(replaced(experiment(), "\"{{ text }}\", target: \"{{ label }}\"", "\"{% if %}\", target: \"{{ label \"")),
      AllOf(HasSubstr("datasets.tickets.input"), HasSubstr("datasets.tickets.target")));
  write("test.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n{\"text\":\n");
  EXPECT_THAT(error(experiment()), AllOf(HasSubstr("e.yaml:6:"), HasSubstr("test.jsonl, row 2: malformed JSON")));
  write("test.jsonl", "");
  EXPECT_THAT(error(experiment()), AllOf(HasSubstr("e.yaml:6:"), HasSubstr("the test split is empty")));
  write("p.j2", "{% if %}");
  EXPECT_THAT(error(experiment() + "prompt: {template: p.j2, answer: \"{{ tarket }}\", read: \"{{ target }}\"}\n"),
              AllOf(HasSubstr("e.yaml:16:"), HasSubstr("p.j2:1:"), HasSubstr("prompt.answer"),
                    HasSubstr("prompt.read names 'target'")));
}

TEST_F(PlanTest, HowAnswersAreReadChangesWhatIsGeneratedAndNoTraining) {
  const Plan before = plan(experiment());
  const Plan after = plan(experiment() + "prompt: {read: \"{{ output | trim }}\"}\n");
  EXPECT_EQ(keys(before, StageKind::adapt), keys(after, StageKind::adapt));
  EXPECT_EQ(count(fresh(before, after), "generate"), keys(after, StageKind::generate).size());
}

TEST_F(PlanTest, HowPromptsAreFittedChangesWhatIsGeneratedAndNoTraining) {
  const Plan before = plan(experiment());
  const Plan after = plan(experiment() + "prompt: {fit: [drop_shots]}\n");
  EXPECT_EQ(keys(before, StageKind::adapt), keys(after, StageKind::adapt));
  const auto has_fit = [](const Stage& stage) {
    return stage.kind != StageKind::generate || stage.inputs.at("fit") == Json{"drop_shots"};
  };
  EXPECT_TRUE(std::all_of(after.stages.begin(), after.stages.end(), has_fit));
  EXPECT_EQ(job_from_json(after.stage(after.cells.front().generate).job).prompt->fit,
            std::vector<std::string>{"drop_shots"});
}

TEST_F(PlanTest, TwoHundredCellsArePlannedWithinMilliseconds) {
  const double start = testing::cpu_milliseconds();
  const Plan p =
      plan(experiment(), {"matrix.model=sim", "matrix.strategy=[few_shot: {shots: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}]",
                          "matrix.seed=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]"});
  const double took = testing::cpu_milliseconds() - start;
  EXPECT_EQ(p.cells.size(), 200U);
  EXPECT_LT(took, 100);
}

TEST_F(PlanTest, ADeviceThatThisBuildLacksIsRefusedBeforeAnythingRuns) {
  const std::string cuda =
      replaced(experiment(), "{source: local, path: model}", "{source: local, path: model, device: cuda}");
  try {
    static_cast<void>(plan(cuda));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr(
                    "e.yaml:3:46: model 'nano' is to run on cuda, and this build of assay has no CUDA device"));
  }
  const std::string cpu =
      replaced(experiment(), "{source: local, path: model}", "{source: local, path: model, device: cpu}");
  EXPECT_EQ(keys(plan(cpu), plan::StageKind::generate), keys(plan(experiment()), plan::StageKind::generate))
      << "auto comes to the CPU here";
}

class RecordedPlanTest : public PlanTest {
 protected:
  RecordedPlanTest() { write("o.jsonl", "{\"id\": \"1\", \"output\": \"x\"}\n{\"id\": \"2\", \"output\": \"y\"}\n"); }

  static std::string recorded() {
    return replaced(replaced(experiment(), "{source: simulated, accuracy: 0.7}",
                             "{source: recorded, path: o.jsonl, match: {id: id}, completion: output}"),
                    "model: [nano]", "model: [sim]");
  }
  Plan of(std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(), {"matrix.model=[sim]", "matrix.strategy=[zero_shot]"});
    return plan(recorded(), std::move(overrides));
  }
};

TEST_F(RecordedPlanTest, ARecordingIsNamedByItsContent) {
  const Plan before = of();
  write("copy.jsonl", "{\"id\": \"1\", \"output\": \"x\"}\n{\"id\": \"2\", \"output\": \"y\"}\n");
  EXPECT_THAT(fresh(before, of({"models.sim.path=copy.jsonl"})), IsEmpty());
  write("copy.jsonl", "{\"id\": \"1\", \"output\": \"x\"}\n{\"id\": \"2\", \"output\": \"z\"}\n");
  EXPECT_EQ(count(fresh(before, of({"models.sim.path=copy.jsonl"})), "generate"), 1U);
  EXPECT_EQ(count(fresh(before, of({"models.sim.completion=id"})), "generate"), 1U) << "which field answers counts too";
}

TEST_F(RecordedPlanTest, WhatCannotBeReadIsNamedBeforeWorkStarts) {
  write("o.jsonl", "{\"id\": \"1\", \"output\": \"x\"}\n\n{\"id\": \"2\"}\n");
  try {
    of();
    FAIL() << "a row lacks its completion";
  } catch (const config::InvalidExperiment& error) {
    EXPECT_THAT(error.what(), HasSubstr("o.jsonl, row 2 (line 3): `completion` names the field 'output', which this "
                                        "row does not have; its fields: id"));
    EXPECT_THAT(error.what(), HasSubstr("e.yaml:4:"));
  }
}

}  // namespace
}  // namespace assay::plan
