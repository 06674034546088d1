"""Each command once, as a user would type it."""

import csv
import json
import os

from workspace import NANO, SOURCE, TEST_PLUGINS, Workspace, main

TINY = """\
name: tiny
tokenizer: {vocabulary_size: 300, documents: 40, minimum_word_count: 3}
model: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2}
corpus: {seed: 1}
training: {tokens: 1024, sequences: 2, context: 64, learning_rate: 1.0e-3, warmup_steps: 1, dtype: f32, seed: 1}
"""


class CommandsTest(Workspace):
    def test_plan_prints_cells_stages_and_what_they_will_take(self):
        text = self.assay("plan", "experiment.yaml", "--stages").stdout
        for wanted in ("6 cells", "zero_shot", "few_shot(shots=2)", "seed 2", "(baseline)", "new", "dollars", "total"):
            self.assertIn(wanted, text)
        self.assertFalse((self.folder / "results").exists(), "planning writes nothing")
        self.run_experiment()
        self.assertNotIn(" new ", self.assay("plan", "experiment.yaml", "--stages").stdout)

    def test_plan_as_json_names_what_is_reused(self):
        plan = self.plan()
        self.assertEqual(len(plan["cells"]), 6)
        self.assertEqual(plan["totals"]["total"]["stages"], len(plan["stages"]))
        self.assertGreater(plan["totals"]["total"]["tokens"], 0)
        self.run_experiment()
        again = self.plan()
        self.assertEqual(again["totals"]["total"]["reused"], len(plan["stages"]))
        self.assertEqual(again["totals"]["total"]["tokens"], 0)
        self.assertEqual(again["hash"], plan["hash"])

    def test_validate_says_that_all_is_well(self):
        self.assay("validate", "experiment.yaml")
        self.assay("validate", SOURCE / "experiments/quickstart.yaml")

    def test_report_writes_the_formats_asked_for(self):
        self.run_experiment()
        folder = self.folder / "results/rehearsal/1"
        for path in folder.iterdir():
            path.unlink()
        self.assay("report", "--format", "csv", "--format", "json")
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["report.csv", "report.json"])
        with (folder / "report.csv").open() as lines:
            self.assertGreater(len(list(csv.reader(lines))), 6)
        self.assertIn("pdf", self.assay("report", "--format", "pdf", expect=2).stderr)
        self.assertIn("'7'", self.assay("report", "7", expect=2).stderr)

    def test_export_prints_canonical_json_lines_without_times_and_money(self):
        self.run_experiment()
        lines = [json.loads(line) for line in self.stable().splitlines()]
        self.assertGreater(len(lines), 6)
        for line in self.stable().splitlines():
            self.assertEqual(line, json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False))
            for word in ('"seconds"', '"ms"', "peak_rss", "dollars", "started"):
                self.assertNotIn(word, line)
        self.assertIn("--stable", self.assay("export", expect=2).stderr)

    def test_commands_without_results_say_how_to_make_them(self):
        for command in (("report",), ("show", "abc"), ("export", "--stable")):
            self.assertIn("assay run", self.assay(*command, expect=2).stderr)

    def test_plugins_lists_and_describes(self):
        text = self.assay("plugins").stdout
        for name in ("zero_shot", "few_shot", "chain_of_thought", "sft", "lora", "accuracy", "exact_match", "f1", "latency", "throughput", "tokens", "cost"):
            self.assertIn(f" {name} ", text)
        everything = json.loads(self.assay("plugins", "--json").stdout)
        self.assertTrue(all(plugin["builtin"] for plugin in everything))
        lora = json.loads(self.assay("plugins", "describe", "lora", "--json").stdout)
        self.assertEqual(lora["params"]["properties"]["rank"]["type"], "integer")
        self.assertIn("few_shot", self.assay("plugins", "describe", "few_shots", expect=2).stderr)

    def test_plugins_are_searched_in_the_path_variable_and_never_in_the_working_folder(self):
        env = {"ASSAY_PLUGIN_PATH": str(TEST_PLUGINS / "throws")}
        self.assertIn(" throws ", self.assay("plugins", env=env).stdout)
        (self.folder / "plugins").mkdir()
        for place in ("throws.so", "plugins/throws.so"):
            os.link(TEST_PLUGINS / "throws/throws.so", self.folder / place) if os.stat(self.folder).st_dev == os.stat(TEST_PLUGINS).st_dev \
                else (self.folder / place).write_bytes((TEST_PLUGINS / "throws/throws.so").read_bytes())
        self.assertNotIn("throws", self.assay("plugins").stdout)
        self.assertIn("ASSAY_PLUGIN_PATH", self.assay("plugins", env={"ASSAY_PLUGIN_PATH": "."}, expect=2).stderr)

    def test_synth_writes_the_same_tasks_for_the_same_seed(self):
        first, again, other = (self.assay("synth", "tasks", "--data-seed", seed, "--out", out).stdout.split()
                               for seed, out in ((3, "a"), (3, "b"), (4, "c")))
        self.assertGreater(len(first), 6)
        read = lambda names: [(self.folder / name).read_text() for name in names]
        self.assertEqual(read(first), read(again))
        self.assertNotEqual(read(first), read(other))
        tests = [name for name in first if name.endswith("test.jsonl")]
        self.assertTrue(tests)
        for name in tests:
            self.assertGreaterEqual(len((self.folder / name).read_text().splitlines()), 300, name)
        self.assertIn("--out", self.assay("synth", "tasks", expect=2).stderr)

    def test_synth_prints_documents_of_the_corpus(self):
        self.assertNotEqual(self.assay("synth", "corpus", "--count", 3).stdout, "")
        self.assertIn("tasks", self.assay("synth", "songs", expect=2).stderr)

    def test_pretrain_leaves_a_model_that_can_be_asked_and_comes_out_the_same_again(self):
        self.write("tiny.yaml", TINY)
        words = SOURCE / "experiments/pretrain/words"
        for out in ("one", "two"):
            self.assertIn("held-out loss", self.assay("pretrain", "tiny.yaml", "--out", out, "--words", words).stdout)
        self.assertEqual((self.folder / "one/model.safetensors").read_bytes(), (self.folder / "two/model.safetensors").read_bytes())
        self.assertEqual(json.loads(self.assay("inspect", "one", "--json").stdout)["architecture"], "llama")
        self.assay("generate", "one", "--prompt", " a", "--max-tokens", 3)
        self.write("bad.yaml", TINY.replace("layers", "layres"))
        self.assertIn("layers", self.assay("pretrain", "bad.yaml", "--out", "three", "--words", words, expect=2).stderr)

    def test_show_prints_one_example_whole(self):
        self.run_experiment()
        cell = self.plan()["cells"][0]["id"]
        text = self.assay("show", cell, "--example", 17).stdout
        self.assertEqual(text.count("── example"), 1)
        for wanted in ("── example 17 ", "message number 1016", "  answer", "  target", "accuracy"):
            self.assertIn(wanted, text)
        self.assertEqual(json.loads(self.assay("show", cell, "--example", 17, "--json").stdout)["id"], "17")
        self.assertIn("'999'", self.assay("show", cell, "--example", 999, expect=2).stderr)

    def test_show_prints_a_value_as_the_database_has_it(self):
        self.run_experiment()
        cell = self.plan()["cells"][-1]["id"]
        text = self.assay("show", cell, "--metric", "accuracy").stdout
        queries = [line for line in text.splitlines() if line.startswith("SELECT")]
        self.assertEqual(len(queries), 2)
        kpis, groups = (self.select(query) for query in queries)
        self.assertEqual((len(kpis), len(groups)), (2, 1), "two seeds, one group")
        for value in [row[9] for row in kpis] + [row[4] for row in groups]:
            self.assertIn(repr(value), text)
        found = json.loads(self.assay("show", cell, "--metric", "f1.micro", "--json").stdout)
        self.assertEqual([row["name"] for row in found["kpi"]], ["f1.micro"] * 2)
        self.assertLessEqual(found["cell_groups"][0]["low"], found["cell_groups"][0]["value"])
        self.assertIn("accuracy", self.assay("show", cell, "--metric", "bleu", expect=2).stderr)

    def test_a_pipe_that_closes_early_is_no_crash(self):
        self.run_experiment()
        self.assertNotIn("terminate", self.assay("show", self.plan()["cells"][0]["id"], "--limit", 1).stderr)


if __name__ == "__main__":
    main()
