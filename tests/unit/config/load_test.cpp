#include "config/load.h"

#include <gmock/gmock.h>

#include "config/axes.h"
#include "config/file_parameters.h"
#include "config/metric_name.h"
#include "unit/config/experiment_fixture.h"
#include "unit/cpu_time.h"

namespace assay::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using LoadTest = assay::testing::ExperimentFixture;

TEST_F(LoadTest, AGoodExperimentIsReadWithItsDefaults) {
  const Experiment e = load(experiment());
  EXPECT_EQ(e.name, "quick");
  EXPECT_THAT(e.matrix_models, ElementsAre("nano"));
  EXPECT_THAT(e.matrix_datasets, ElementsAre("tickets"));
  EXPECT_THAT(e.seeds, ElementsAre(1, 2));
  ASSERT_EQ(e.strategies.size(), 4U);
  EXPECT_EQ(e.strategies[1].parts[0].params, (Json{{"shots", {{"sweep", {2, 4}}}}, {"select", "random"}}));
  EXPECT_EQ(e.strategies[3].parts.size(), 2U);
  EXPECT_EQ(entry_name(e.strategies[3]), "lora + few_shot");
  EXPECT_EQ(e.models[0].path, folder_ / "model");
  EXPECT_EQ(e.models[1].options["accuracy"], 0.7);
  EXPECT_EQ(e.datasets[0].train, folder_ / "train.jsonl");
  EXPECT_THAT(e.datasets[0].choices, ElementsAre("x", "y"));
  EXPECT_EQ(e.positions.at("datasets.tickets.input").line, 6);
}

TEST_F(LoadTest, DefaultsOfTheSchemaAreThoseOfTheStructs) {
  const Experiment e = load(replaced(experiment(), "  seed: [1, 2]\n", ""));
  const Experiment fresh;
  EXPECT_EQ(e.seeds, fresh.seeds);
  EXPECT_EQ(e.generation, fresh.generation);
  EXPECT_EQ(e.prompt.answer, fresh.prompt.answer);
  EXPECT_EQ(e.report.formats, fresh.report.formats);
  EXPECT_EQ(e.report.confidence, fresh.report.confidence);
  EXPECT_EQ(e.report.resamples, fresh.report.resamples);
  EXPECT_EQ(e.limits.stage_seconds, fresh.limits.stage_seconds);
  EXPECT_EQ(e.limits.stage_memory_mb, fresh.limits.stage_memory_mb);
  EXPECT_EQ(e.measure.requests, fresh.measure.requests);
  EXPECT_EQ(e.measure.concurrency, fresh.measure.concurrency);
  EXPECT_EQ(e.measure.throughput_batch, fresh.measure.throughput_batch);
  EXPECT_EQ(e.threads, fresh.threads);
}

TEST_F(LoadTest, EverySectionIsUnderstood) {
  const Experiment e = load(experiment() + R"(
generation: {temperature: 0.5, max_tokens: 16, stop: "\n", logit_bias: {7: -1}}
prompt: {answer: "{{ target }}"}
constraints: {latency_p95_ms: 500, cost_per_1k_requests: 0.50}
budget: {dollars: 3, tokens: 1000, wall_time: 1h30m}
report: {baseline: zero_shot, primary: f1, formats: [md], confidence: 0.9, resamples: 500}
limits: {stage_time: 90s, memory_mb: 1000}
measure: {requests: 60, concurrency: 2, throughput_batch: 8}
threads: 2
)");
  EXPECT_EQ(e.generation.temperature, 0.5);
  EXPECT_THAT(e.generation.stop, ElementsAre("\n"));
  EXPECT_EQ(e.generation.logit_bias.at(7), -1);
  EXPECT_EQ(e.budget.wall_seconds, 5400);
  EXPECT_EQ(e.limits.stage_seconds, 90);
  EXPECT_EQ(e.report.baseline, "zero_shot");
  EXPECT_EQ(e.threads, 2);
}

TEST_F(LoadTest, APolicyOfFittingIsReadInItsOrder) {
  EXPECT_THAT(load(experiment()).prompt.fit, IsEmpty());
  EXPECT_THAT(
      load(experiment() + "prompt: {fit: [drop_shots, drop_passages, {truncate_input: middle}, fail]}\n").prompt.fit,
      ElementsAre("drop_shots", "drop_passages", "truncate_middle", "fail"));
}

TEST_F(LoadTest, APolicyOfFittingThatMakesNoSenseIsNamed) {
  EXPECT_THAT(problems(experiment() + "prompt: {fit: [drop_shot]}\n"),
              ElementsAre(HasSubstr("e.yaml:16:16: 'prompt.fit[0]' must be one of")));
  EXPECT_THAT(problems(experiment() + "prompt: {fit: [{truncate_input: left}]}\n"),
              ElementsAre(HasSubstr("e.yaml:16:33: 'prompt.fit[0].truncate_input' must be one of")));
  EXPECT_THAT(problems(experiment() + "prompt: {fit: [fail, drop_shots]}\n"),
              ElementsAre(HasSubstr("e.yaml:16:16: in 'prompt.fit' nothing comes after `fail`")));
  EXPECT_THAT(problems(experiment() + "prompt: {fit: [{truncate_input: head}, drop_shots]}\n"),
              ElementsAre(HasSubstr("e.yaml:16:16: in 'prompt.fit' only `fail` comes after")));
  EXPECT_THAT(problems(experiment() + "prompt: {fit: [drop_shots, drop_shots]}\n"),
              ElementsAre(HasSubstr("stands twice")));
}

TEST_F(LoadTest, RemoteModelsAndPricesAreUnderstood) {
  const Experiment e = load(replaced(experiment(), "  sim: {source: simulated, accuracy: 0.7}",
                                     "  mini: {source: openai, model: gpt-4o-mini, base_url: \"https://x/v1\", "
                                     "api_key_env: KEY, price: {input: 0.15, output: 0.6}}"));
  EXPECT_EQ(e.models[1].source, "openai");
  EXPECT_EQ(e.models[1].price->cached_input, 0.15);
  EXPECT_EQ(e.models[1].options["model"], "gpt-4o-mini");
}

TEST_F(LoadTest, RecordedModelsBecomeListsOfRecordings) {
  write("o.jsonl", "{}");
  write("ask.txt", "{{ q }}");
  const std::string sim = "{source: simulated, accuracy: 0.7}";
  const Experiment one = load(replaced(
      experiment(), sim,
      "{source: recorded, path: o.jsonl, match: {prompt: {template: ask.txt}, id: id}, completion: output, usage: u}"));
  EXPECT_EQ(one.models[1].options["recordings"], (Json{{{"path", (folder_ / "o.jsonl").string()},
                                                        {"completion", "output"},
                                                        {"prompt_file", (folder_ / "ask.txt").string()},
                                                        {"id", "id"},
                                                        {"usage", "u"}}}));
  const Experiment two =
      load(replaced(experiment(), sim,
                    "{source: recorded, recordings: [{path: o.jsonl, match: {messages: m}, completion: a}, "
                    "{path: o.jsonl, match: {input: \"{{ q }}\"}, completion: b, usage: {prompt_tokens: p}}]}"));
  EXPECT_EQ(two.models[1].options["recordings"][0]["messages"], "m");
  EXPECT_EQ(two.models[1].options["recordings"][1]["prompt_tokens"], "p");
}

TEST_F(LoadTest, WhatARecordedModelLacksIsNamed) {
  write("o.jsonl", "{}");
  const auto of = [&](const std::string& model) {
    return problems(replaced(experiment(), "{source: simulated, accuracy: 0.7}", model));
  };
  EXPECT_THAT(of("{source: recorded, path: o.jsonl}"),
              ElementsAre("e.yaml:4:8: 'match' is missing in 'models.sim'",
                          "e.yaml:4:8: 'completion' is missing in 'models.sim'"));
  EXPECT_THAT(of("{source: recorded, path: gone.jsonl, match: {id: id}, completion: a}"),
              ElementsAre("e.yaml:4:33: 'models.sim.path' names gone.jsonl, which is no file (paths are relative to "
                          "the experiment's folder)"));
  EXPECT_THAT(of("{source: recorded, path: o.jsonl, match: {prompt: {template: gone.txt}}, completion: a}"),
              ElementsAre(HasSubstr("'models.sim.match.prompt.template' names gone.txt")));
  EXPECT_THAT(of("{source: recorded, path: o.jsonl, match: {}, completion: a}"),
              ElementsAre(HasSubstr("'models.sim.match' must not be empty")));
  EXPECT_THAT(of("{source: recorded, path: o.jsonl, recordings: [{path: o.jsonl, match: {id: id}, completion: a}]}"),
              ElementsAre("e.yaml:4:27: 'models.sim' has `recordings`, so `path` belongs into its items"));
  EXPECT_THAT(of("{source: recorded, recordings: [{path: e.yaml, match: {id: id}, completion: a}]}"),
              ElementsAre(HasSubstr("'models.sim.recordings[0].path' must end in .jsonl")));
}

TEST_F(LoadTest, EntriesOfDifferentDatasetsMayShareAName) {
  const std::string yaml = replaced(experiment(), "    - zero_shot\n",
                                    "    - {name: same, use: zero_shot, datasets: [tickets]}\n    - {name: same, use: "
                                    "zero_shot, datasets: [DATASETS]}\n");
  EXPECT_THAT(problems(replaced(yaml, "DATASETS", "tickets")), ElementsAre(HasSubstr("this strategy stands twice")));
  const std::string two = replaced(
      replaced(yaml, "DATASETS", "more"), "matrix:",
      "  more: {test: test.jsonl, train: train.jsonl, input: \"{{ text }}\", target: \"{{ label }}\"}\nmatrix:");
  EXPECT_THAT(load(two).strategies.size(), 5U) << "one is written in two's place";
}

TEST_F(LoadTest, OverridesApplyBeforeValidation) {
  EXPECT_THAT(load(experiment(), {"matrix.seed=[7]", "generation.max_tokens=4"}).seeds, ElementsAre(7));
  EXPECT_THAT(
      problems(experiment(), {"generation.max_tokens=no"}),
      ElementsAre(
          "--set generation.max_tokens=no: 'generation.max_tokens' must be an integer, found the string \"no\""));
}

TEST_F(LoadTest, LabelledEntriesKeepTheirName) {
  const Experiment e = load(replaced(experiment(), "    - zero_shot\n", "    - {name: plain, use: zero_shot}\n"),
                            {"report={baseline: plain}"});
  EXPECT_EQ(entry_name(e.strategies[0]), "plain");
}

TEST_F(LoadTest, AnUnknownKeyIsNamedWithItsNearest) {
  EXPECT_THAT(problems(replaced(experiment(), "metrics:", "metrisc:")),
              ElementsAre(HasSubstr("e.yaml:15:1: unknown key 'metrisc'; did you mean 'metrics'? known: budget, ")));
  EXPECT_THAT(
      problems(replaced(experiment(), "metrics:", "measures:")),
      ElementsAre(HasSubstr("e.yaml:1:1: 'metrics' is missing"), HasSubstr("e.yaml:15:1: unknown key 'measures'")));
}

TEST_F(LoadTest, AWrongTypeIsNamed) {
  EXPECT_THAT(problems(experiment() + "threads: two\n"),
              ElementsAre("e.yaml:16:10: 'threads' must be an integer, found the string \"two\""));
  EXPECT_THAT(problems(experiment() + "generation: 3\n"),
              ElementsAre("e.yaml:16:13: 'generation' must be a map, found the number 3"));
}

TEST_F(LoadTest, AnUnknownStrategyOrMetricIsNamedWithItsNearest) {
  EXPECT_THAT(problems(replaced(experiment(), "- zero_shot", "- zero_shots")),
              ElementsAre("e.yaml:10:7: unknown strategy 'zero_shots'; did you mean 'zero_shot'? known: "
                          "chain_of_thought, chats, few_shot, lora, "
                          "self_consistency, sft, zero_shot"));
  EXPECT_THAT(problems(replaced(experiment(), "[accuracy, f1]", "[acuracy, lora]")),
              ElementsAre(HasSubstr("e.yaml:15:11: unknown metric 'acuracy'; did you mean 'accuracy'?"),
                          HasSubstr("e.yaml:15:20: unknown metric 'lora' (there is a strategy of this name)")));
}

TEST_F(LoadTest, AValueOutOfRangeIsNamed) {
  EXPECT_THAT(problems(replaced(experiment(), "shots: [2, 4]", "shots: [2, 0]")),
              ElementsAre("e.yaml:11:29: 'few_shot.shots' must be at least 1, found the number 0"));
  EXPECT_THAT(problems(experiment() + "report: {confidence: 1.5}\n"),
              ElementsAre("e.yaml:16:22: 'report.confidence' must be less than 1, found the number 1.5"));
}

TEST_F(LoadTest, AMissingFileIsNamed) {
  EXPECT_THAT(
      problems(replaced(experiment(), "train: train.jsonl", "train: nowhere.jsonl")),
      ElementsAre(HasSubstr("e.yaml:6:20: 'datasets.tickets.train' names nowhere.jsonl, which does not exist")));
  EXPECT_THAT(problems(replaced(experiment(), "- zero_shot", "- zero_shot: {template: p.j2}")),
              ElementsAre(HasSubstr("e.yaml:10:29: 'zero_shot.template' names p.j2, which does not exist")));
  EXPECT_THAT(
      problems(replaced(experiment(), "- zero_shot", "- zero_shot: {template: \"${ASSAY_TEST_UNSET}/p.j2\"}")),
      ElementsAre(HasSubstr(
          "e.yaml:10:29: 'zero_shot.template' uses the environment variable ASSAY_TEST_UNSET, which is not set")));
  EXPECT_THAT(problems(experiment() + "prompt: {template: p.j2}\nplugins: [more]\n"),
              ElementsAre(HasSubstr("e.yaml:16:20: 'prompt.template' names p.j2"),
                          HasSubstr("e.yaml:17:11: 'plugins' names more")));
  EXPECT_THROW(config::load(folder_ / "absent.yaml", plugins(), {}, ASSAY_SOURCE_DIR "/schemas/experiment.schema.json"),
               InvalidExperiment);
}

TEST_F(LoadTest, FilesOfAParameterAreFoundInListsAndMaps) {
  const Json schema = Json::parse(R"({"properties":{
    "one":{"format":"path"},"two":{"format":"prompt-file"},"word":{},"empty":{"format":"path"},"number":{"format":"path"},
    "many":{"items":{"format":"path"}},"mixed":{"items":{"properties":{"file":{"format":"path"},"weight":{}}}}}})");
  const Json params = Json::parse(
      R"({"one":"a","two":"b","word":"c","empty":"","number":1,"many":["d","e"],"mixed":[{"file":"f","weight":"g"}]})");
  std::vector<std::string> files;
  for (const auto& [place, format] : file_parameters(params, schema)) files.push_back(place.to_string() + " " + format);
  EXPECT_THAT(files, ::testing::UnorderedElementsAre("/one path", "/two prompt-file", "/many/0 path", "/many/1 path",
                                                     "/mixed/0/file path"));
}

TEST_F(LoadTest, PathsMayNameEnvironmentVariables) {
  ::setenv("ASSAY_TEST_DATA", folder_.c_str(), 1);
  ::setenv("ASSAY_TEST_WORD", "train", 1);
  const std::string yaml =
      replaced(replaced(experiment(), "train: train.jsonl", "train: \"${ASSAY_TEST_DATA}/${ASSAY_TEST_WORD}.jsonl\""),
               "path: model", "path: \"${ASSAY_TEST_DATA}/model\"");
  const Experiment e = load(yaml);
  EXPECT_EQ(e.datasets[0].train, folder_ / "train.jsonl");
  EXPECT_EQ(e.models[0].path, folder_ / "model");
  EXPECT_EQ(e.resolved["models"]["nano"]["path"], "${ASSAY_TEST_DATA}/model")
      << "reports show what was written, not this machine's folders";
  ::unsetenv("ASSAY_TEST_DATA");
  ::unsetenv("ASSAY_TEST_WORD");
  EXPECT_THAT(
      problems(yaml),
      ElementsAre(HasSubstr("e.yaml:3:31: 'models.nano.path' uses the environment variable ASSAY_TEST_DATA, which is "
                            "not set; set it before running: export ASSAY_TEST_DATA=FOLDER"),
                  HasSubstr("e.yaml:6:20: 'datasets.tickets.train' uses the environment variable ASSAY_TEST_DATA"),
                  HasSubstr("e.yaml:6:20: 'datasets.tickets.train' uses the environment variable ASSAY_TEST_WORD")));
  EXPECT_THAT(
      problems(replaced(experiment(), "test: test.jsonl", "test: \"${A B}/test.jsonl\"")),
      ElementsAre(HasSubstr("'datasets.tickets.test' has a '${' that names no environment variable; write ${NAME}")));
}

TEST_F(LoadTest, SplitsMayBePartsOfOneFile) {
  const auto with = [&](const std::string& more) {
    return replaced(experiment(), "train: train.jsonl,", "train: train.jsonl, " + more + ",");
  };
  const Experiment e = load(with("validation: ./train.jsonl, rows: {train: [0, 1], validation: [1, null]}"));
  EXPECT_EQ(e.datasets[0].train_rows.end, 1U);
  EXPECT_EQ(e.datasets[0].validation_rows.begin, 1U);
  EXPECT_EQ(e.datasets[0].validation_rows.end, 0U);
  EXPECT_THAT(
      problems(with("validation: train.jsonl, rows: {train: [0, 2], validation: [1, null]}")),
      ElementsAre(HasSubstr("'datasets.tickets': `train` and `validation` are parts of one file and share rows")));
  EXPECT_THAT(problems(with("rows: {train: [2, 2]}")),
              ElementsAre(HasSubstr("'datasets.tickets.rows.train' holds no row")));
  EXPECT_THAT(
      problems(with("rows: {validation: [0, 1]}")),
      ElementsAre(HasSubstr("'datasets.tickets.rows.validation' is a part of `validation`, which is not there")));
  EXPECT_THAT(problems(with("rows: {train: [0]}")),
              ElementsAre(HasSubstr("'datasets.tickets.rows.train' must have at least 2 items")));
  EXPECT_THAT(problems(with("rows: {train: [-1, 3]}")), ElementsAre(HasSubstr("must be at least 0")));
}

TEST_F(LoadTest, MalformedYamlIsNamed) {
  EXPECT_THAT(problems("name: [x\nmodels: 3\n"), ElementsAre(HasSubstr("e.yaml:2:")));
  EXPECT_THAT(problems("- a\n"), ElementsAre(HasSubstr("e.yaml:1:1: an experiment is a map of keys")));
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr("found nothing")));
}

TEST_F(LoadTest, DuplicateNamesAreRefused) {
  EXPECT_THAT(problems(replaced(experiment(), "  sim:", "  nano:")),
              ElementsAre(HasSubstr("e.yaml:4:3: the key 'nano' stands twice")));
  EXPECT_THAT(problems(replaced(experiment(), "[accuracy, f1]", "[accuracy, f1, accuracy]")),
              ElementsAre("e.yaml:15:25: the metric 'accuracy' stands twice"));
  EXPECT_THAT(problems(replaced(experiment(), "    - zero_shot\n", "    - zero_shot\n    - zero_shot\n")),
              ElementsAre("e.yaml:11:7: this strategy stands twice; it was first written on line 10"));
  EXPECT_THAT(problems(replaced(experiment(), "model: [nano]", "model: [nano, nano]")),
              ElementsAre("e.yaml:8:17: 'nano' stands twice in 'matrix.model'"));
  EXPECT_THAT(problems(replaced(experiment(), "seed: [1, 2]", "seed: [1, 1]")),
              ElementsAre("e.yaml:14:13: '1' stands twice in 'matrix.seed'"));
}

TEST_F(LoadTest, AMetricThatIsGivenANameMayStandThereSeveralTimes) {
  const auto with = [](const std::string& metrics) { return replaced(experiment(), "[accuracy, f1]", metrics); };
  const Experiment e =
      load(with("[{exec: {name: brevity, command: [a]}}, {exec: {name: tone, command: [b]}}, {exec: {command: [c]}}]"));
  ASSERT_EQ(e.metrics.size(), 3U);
  EXPECT_EQ(called(e.metrics[0]), "brevity");
  EXPECT_EQ(called(e.metrics[1]), "tone");
  EXPECT_EQ(e.metrics[1].name, "exec");
  EXPECT_EQ(called(e.metrics[2]), "exec");
  EXPECT_EQ(e.tuning.metric, "brevity") << "the first decides where nothing is said";
  EXPECT_EQ(e.tuning.output, "brevity");
  EXPECT_THAT(problems(with("[{exec: {command: [a]}}, {exec: {command: [b]}}]")),
              ElementsAre(HasSubstr("the metric 'exec' stands twice; give each a `name` of its own")));
  EXPECT_THAT(problems(with("[{exec: {name: tone, command: [a]}}, {exec: {name: tone, command: [b]}}]")),
              ElementsAre(HasSubstr("the metric 'tone' stands twice")));
  EXPECT_THAT(problems(with("[accuracy, {exec: {name: accuracy, command: [a]}}]")),
              ElementsAre(HasSubstr("the metric 'accuracy' stands twice")));
}

TEST_F(LoadTest, ACyclicAliasIsRefused) {
  EXPECT_THAT(problems(replaced(experiment(), "name: quick", "name: quick\nx-loop: &a [*a]")),
              ElementsAre(HasSubstr("e.yaml:2:13: this alias")));
}

TEST_F(LoadTest, AModelFolderWithoutWeightsIsRefused) {
  std::filesystem::remove(folder_ / "model/model.safetensors");
  EXPECT_THAT(problems(experiment()),
              ElementsAre("e.yaml:3:31: model holds no weights: there is no *.safetensors file in it"));
  std::filesystem::remove(folder_ / "model/config.json");
  EXPECT_THAT(problems(experiment()), ElementsAre("e.yaml:3:31: model is no model folder: it has no config.json"));
  std::filesystem::remove_all(folder_ / "model");
  EXPECT_THAT(problems(experiment()),
              ElementsAre(HasSubstr("e.yaml:3:31: 'models.nano.path' names model, which is no folder")));
}

TEST_F(LoadTest, TruncatedWeightsAreRefused) {
  write_weights("model/model.safetensors", 7);
  EXPECT_THAT(problems(experiment()),
              ElementsAre(HasSubstr("e.yaml:3:31: model/model.safetensors is truncated: its tensors need")));
  write("model/model.safetensors", "abc");
  EXPECT_THAT(problems(experiment()), ElementsAre(HasSubstr("is truncated: 3 bytes are too few")));
  write("model/model.safetensors", std::string("\x40\0\0\0\0\0\0\0{", 9));
  EXPECT_THAT(problems(experiment()),
              ElementsAre(HasSubstr("is truncated: its header needs 72 bytes, the file has 9")));
  write("model/model.safetensors", "this is text, not weights");
  EXPECT_THAT(problems(experiment()), ElementsAre(HasSubstr("is no safetensors file")));
  write_weights("model/model.safetensors", 8);
  write("model/model.safetensors.index.json", R"({"weight_map":{"w":"model-2.safetensors"}})");
  EXPECT_THAT(problems(experiment()),
              ElementsAre(HasSubstr("model/model-2.safetensors is missing, though the index names it")));
}

TEST_F(LoadTest, ClashingCompositionsAreRefused) {
  EXPECT_THAT(
      problems(replaced(experiment(), "- zero_shot", "- [chain_of_thought, self_consistency]")),
      ElementsAre(
          "e.yaml:10:26: 'chain_of_thought' and 'self_consistency' both drive the exchange; a list takes one driver"));
  EXPECT_THAT(problems(replaced(experiment(), "- zero_shot", "- [sft, lora]")),
              ElementsAre("e.yaml:10:13: 'sft' and 'lora' both train the site weight_delta; keep one of them"));
  EXPECT_THAT(
      problems(replaced(experiment(), "- zero_shot", "- {lora: {rank: 2}, few_shot: {shots: 2}}")),
      ElementsAre(HasSubstr("one strategy an entry: 'lora' and 'few_shot' stand in the same map; a hybrid is a list")));
}

TEST_F(LoadTest, StrategiesThatTrainNeedRowsAndAModelThatTrains) {
  EXPECT_THAT(
      problems(replaced(experiment(), "train: train.jsonl, ", "")),
      ElementsAre(HasSubstr("e.yaml:11:7: 'few_shot' needs training rows, but the dataset 'tickets' has no `train`"),
                  HasSubstr("e.yaml:12:7"), HasSubstr("e.yaml:13:8"), HasSubstr("e.yaml:13:25")));
  EXPECT_THAT(
      problems(replaced(experiment(), "{source: local, path: model}", "{source: openai, model: m}")),
      ElementsAre(HasSubstr("'lora' trains the model, but 'nano' cannot be trained here"), HasSubstr("e.yaml:13:8")));
}

TEST_F(LoadTest, WhatIsTunedAndPairedIsKeptForThePlan) {
  const std::string yaml = replaced(
      replaced(experiment(), "train: train.jsonl, ", "train: train.jsonl, validation_fraction: 0.5, "),
      "    - lora: {rank: [4, 8]}\n",
      "    - {use: {lora: {rank: {tune: [4, 8]}, epochs: {tune: [1, 2]}, train_size: 1}}, zip: [rank, lora.epochs]}\n");
  const Experiment e = load(yaml + "tuning: {trials: 2, metric: f1.macro}\n");
  EXPECT_EQ(e.strategies[2].parts[0].params["rank"], (Json{{"tune", {4, 8}}}));
  EXPECT_EQ(e.strategies[2].parts[0].params["train_size"], 1);
  EXPECT_THAT(e.strategies[2].zips, ElementsAre(ElementsAre(AxisPlace{0, "rank"}, AxisPlace{0, "epochs"})));
  EXPECT_EQ(e.tuning.trials, 2U);
  EXPECT_EQ(e.tuning.metric, "f1");
  EXPECT_EQ(e.tuning.output, "f1.macro");
  EXPECT_EQ(load(yaml).tuning.output, "accuracy") << "the report's primary";
}

TEST_F(LoadTest, WhatCannotBeTunedOrPairedIsRefused) {
  const std::string yaml =
      replaced(experiment(), "train: train.jsonl, ", "train: train.jsonl, validation_fraction: 0.5, ");
  const auto with = [&](const std::string& strategy) { return problems(replaced(yaml, "zero_shot", strategy)); };
  EXPECT_THAT(with("lora: {rank: {tune: []}}"),
              ElementsAre(HasSubstr("the axis 'lora.rank' needs a list of values, found an empty list")));
  EXPECT_THAT(with("lora: {rank: {tune: [4, 4]}}"),
              ElementsAre(HasSubstr("the value 4 stands twice in the axis 'lora.rank'")));
  EXPECT_THAT(with("lora: {rank: {tune: [{sweep: [4, 8]}]}}"),
              ElementsAre(HasSubstr("'lora.rank' must be an integer, found a map")));
  EXPECT_THAT(with("lora: {rank: {tune: [4, 0]}}"), ElementsAre(HasSubstr("'lora.rank' must be at least 1")));
  EXPECT_THAT(with("{use: {lora: {rank: [4, 8], epochs: {tune: [1, 2]}}}, zip: [rank, epochs]}"),
              ElementsAre(HasSubstr("which is swept")));
  EXPECT_THAT(with("{use: {lora: {rank: [4, 8]}}, zip: [rank, rank]}"),
              ElementsAre(HasSubstr("the axis 'rank' stands twice in `zip`")));
  EXPECT_THAT(with("{use: {lora: {rank: [4, 8]}}, zip: rank}"), ElementsAre(HasSubstr("`zip` names two axes or more")));
  EXPECT_THAT(problems(experiment() + "tuning: {trials: none}\n"),
              ElementsAre(HasSubstr("'tuning.trials' must be an integer")));
  EXPECT_THAT(problems(experiment() + "tuning: 3\n"), ElementsAre(HasSubstr("'tuning' must be a map")));
  EXPECT_THAT(
      problems(replaced(yaml, "metrics: [accuracy, f1]", "metrics: [latency, f1]\nreport: {primary: latency.p95}"),
               {"matrix.strategy=[lora: {rank: {tune: [4, 8]}}]"}),
      ElementsAre(HasSubstr("'latency' cannot choose among trials: it depends on the machine's speed")));
}

TEST_F(LoadTest, AGridThatNobodyMeansIsRefusedAtOnce) {
  std::string many = "[1";
  for (int i = 2; i <= 100; ++i) many += ", " + std::to_string(i);
  EXPECT_THAT(problems(replaced(experiment(), "rank: [4, 8]",
                                "rank: " + many + "], epochs: " + many + "], train_size: " + many + "]")),
              ElementsAre(HasSubstr("the axes of 'lora' make 1000000 settings, more than 100000")));
}

TEST_F(LoadTest, UnknownNamesInTheMatrixAndTheReportAreRefused) {
  EXPECT_THAT(
      problems(replaced(experiment(), "model: [nano]", "model: [nao]\n  dataset: ticket")),
      ElementsAre("e.yaml:8:11: unknown model 'nao' in 'matrix.model'; did you mean 'nano'? known: nano, sim",
                  "e.yaml:9:12: unknown dataset 'ticket' in 'matrix.dataset'; did you mean 'tickets'? known: tickets"));
  EXPECT_THAT(problems(experiment() + "report: {baseline: zeroshot, primary: recall}\n"),
              ElementsAre(HasSubstr("e.yaml:16:20: 'report.baseline' names 'zeroshot', which is none of the matrix's "
                                    "strategies; did you mean 'zero_shot'?"),
                          HasSubstr("e.yaml:16:39: 'report.primary' names 'recall'")));
}

TEST_F(LoadTest, ModelKeysAreThoseOfTheirSource) {
  EXPECT_THAT(problems(replaced(experiment(), "accuracy: 0.7", "acuracy: 0.7")),
              ElementsAre(HasSubstr("e.yaml:4:28: unknown key 'acuracy' in 'models.sim'; did you mean 'accuracy'?")));
  EXPECT_THAT(problems(replaced(experiment(), "source: simulated", "source: simulate")),
              ElementsAre("e.yaml:4:17: 'models.sim.source' must be one of local, recorded, simulated, openai, "
                          "anthropic, found the string \"simulate\"; did you mean simulated?"));
  EXPECT_THAT(problems(replaced(experiment(), "source: local, ", "")),
              ElementsAre("e.yaml:3:9: 'source' is missing in 'models.nano'; it is one of local, recorded, simulated, "
                          "openai, anthropic"));
}

TEST_F(LoadTest, SeveralProblemsComeTogether) {
  EXPECT_THAT(problems(experiment() + "threads: 0\nbudget: {wall_time: soon}\nextra: 1\n", {"metrics=[acuracy]"}),
              ::testing::SizeIs(4));
}

TEST_F(LoadTest, PluginFoldersAreReadBeforeTheRest) {
  write("p.yaml", "plugins: [more, /opt/x]\nnonsense: 1\n");
  EXPECT_THAT(plugin_folders(folder_ / "p.yaml"), ElementsAre(folder_ / "more", "/opt/x"));
}

TEST_F(LoadTest, TwoHundredSettingsAreValidatedWithinMilliseconds) {
  const std::string yaml =
      replaced(experiment(), "rank: [4, 8]",
               "rank: [4, 8, 16, 32], learning_rate: {sweep: [0.1, 0.2, 0.3, 0.4, 0.5]}, epochs: [1, 2, 3, 4, 5]");
  const double start = testing::cpu_milliseconds();
  load(yaml);
  const double took = testing::cpu_milliseconds() - start;
  EXPECT_LT(took, 40);
}

}  // namespace
}  // namespace assay::config
