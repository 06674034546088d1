"""What shapes the matrix: training-set sizes, paired axes, cells left out; data that is too small or does not fit."""

import csv
import json

from workspace import Workspace, main, rows


class GridTest(Workspace):
    def labels(self, *arguments):
        seen = []
        for cell in self.plan(*arguments)["cells"]:
            if cell["strategy"] not in seen:
                seen.append(cell["strategy"])
        return seen

    def refused(self, *arguments):
        done = self.assay("validate", "experiment.yaml", *arguments, expect=2)
        self.assertNotIn("terminate called", done.stderr)
        return done.stderr

    def test_training_set_sizes_make_a_learning_curve(self):
        self.edit("accuracy: 0.7", "accuracy: 0.5")
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: 4, select: first, train_size: {sweep: [4, 10]}}\n"
                                               "    - few_shot: {shots: 4, select: first}")
        self.run_experiment()
        dataset = self.report()["datasets"][0]
        curve, = dataset["learning_curves"]
        self.assertEqual([point["train_rows"] for point in curve["points"]], [4, 10, 30])
        self.assertEqual(curve["label"], "few_shot(select=first)")
        text = (self.folder / "results/rehearsal/1/report.md").read_text()
        self.assertIn("by training rows", text)
        self.assertIn("Score by training-set size", (self.folder / "results/rehearsal/1/report.html").read_text())
        with open(self.folder / "results/rehearsal/1/report.csv", newline="") as file:
            sizes = {row["strategy"]: row["train_rows"] for row in csv.DictReader(file)}
        self.assertEqual(sizes, {"zero_shot": "", "few_shot(select=first)": "30", "few_shot(select=first, train_size=10)": "10",
                                 "few_shot(select=first, train_size=4)": "4"})

    def test_a_size_of_the_whole_matrix_is_an_axis_of_what_reads_rows(self):
        self.edit("  seed: [1, 2]", "  train_size: [10, 20]\n  seed: [1, 2]")
        self.edit("shots: [1, 2]", "shots: 2")
        self.assertEqual(self.labels(), ["zero_shot", "few_shot(shots=2, train_size=10)", "few_shot(shots=2, train_size=20)"])

    def test_the_full_size_is_the_work_of_no_size(self):
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: 2}")
        self.run_experiment()
        self.edit("few_shot: {shots: 2}", "few_shot: {shots: 2, train_size: 30}")
        self.assertEqual(set(self.new_stages()), {"compare"})

    def test_more_rows_than_there_are(self):
        self.edit("shots: [1, 2]", "shots: 2, train_size: [10, 31]")
        self.assertIn("train_size 31 is more than the 30 training rows", self.refused())
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.5\n")
        self.assertIn("train_size 31 is more than the 15 training rows that there are without those held out", self.refused())
        self.edit("shots: 2, train_size: [10, 31]", "shots: 2, train_size: {tune: [5, 10]}")
        self.assertIn("experiment.yaml:18:40: 'few_shot.train_size' cannot be tuned", self.refused())
        self.edit("- zero_shot\n", "- zero_shot: {train_size: 3}\n")
        self.assertIn("unknown key 'train_size' in 'zero_shot'", self.refused())

    def test_zipped_axes_move_together(self):
        self.edit("- few_shot: {shots: [1, 2]}", "- {use: {few_shot: {shots: [1, 2], train_size: [10, 20]}}, zip: [shots, train_size]}")
        self.assertEqual(self.labels(), ["zero_shot", "few_shot(shots=1, train_size=10)", "few_shot(shots=2, train_size=20)"])
        self.edit("train_size: [10, 20]", "train_size: [10, 20, 30]")
        self.assertIn("'shots' has 2 values and 'train_size' has 3", self.refused())
        self.edit("zip: [shots, train_size]", "zip: [shots, size]")
        self.assertIn("'size' in `zip` is no axis of this entry; known: shots, train_size", self.refused())

    def test_excluded_cells_are_not_in_the_matrix(self):
        self.edit("  seed: [1, 2]", "  seed: [1, 2]\n  exclude:\n    - {strategy: few_shot, parameters: {shots: 2}, seed: 2}\n    - {strategy: zero*, seed: 1}")
        cells = [(cell["strategy"], cell["seed"]) for cell in self.plan()["cells"]]
        self.assertEqual(cells, [("zero_shot", 2), ("few_shot(shots=1)", 1), ("few_shot(shots=1)", 2), ("few_shot(shots=2)", 1)])
        self.edit("zero*", "nero*")
        self.assertIn('experiment.yaml:21:7: this item of \'matrix.exclude\' matches no cell; there are: model sim; dataset tickets; '
                      "strategy zero_shot, few_shot, few_shot(shots=1), few_shot(shots=2); seed 1, 2", self.refused())

    def test_exclude_drops_trials_too(self):
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.2\n")
        self.edit("shots: [1, 2]", "shots: {tune: [1, 2, 3]}")
        self.edit("  seed: [1, 2]", "  seed: 1\n  exclude: [{parameters: {shots: [1, 3]}}]")
        cell = self.plan()["cells"][1]
        self.assertEqual([trial["label"] for trial in cell["trials"]], ["shots=2"])

    def test_only_and_skip_select_cells_and_the_report_says_so(self):
        chosen = lambda *arguments: [(cell["strategy"], cell["seed"]) for cell in self.plan(*arguments)["cells"]]
        self.assertEqual(chosen("--only", "few_shot", "--skip", "seed=2"), [("few_shot(shots=1)", 1), ("few_shot(shots=2)", 1)])
        self.assertEqual(chosen("--only", "shots=2,seed=1", "--only", "zero_shot"), [("zero_shot", 1), ("zero_shot", 2), ("few_shot(shots=2)", 1)])
        self.assertEqual(chosen("--only", "few_shot(shots=2)", "--only", "few_shot.shots=1,seed=2"),
                         [("few_shot(shots=1)", 2), ("few_shot(shots=2)", 1), ("few_shot(shots=2)", 2)])
        cell = self.plan()["cells"][-1]
        self.assertEqual(chosen("--only", cell["id"][:6]), [(cell["strategy"], cell["seed"])])
        self.run_experiment("--only", "strategy=few_shot,seed=1")
        self.assertEqual(self.report()["selection"], "2 of 6 cells, by --only strategy=few_shot,seed=1")
        for page in ("report.html", "report.md"):
            self.assertIn("a part of the matrix: 2 of 6 cells", (self.folder / "results/rehearsal/1" / page).read_text())
        whole = self.run_experiment()
        self.assertIn("6 of 6 cells done", whole.stdout)
        self.assertEqual(self.report()["selection"], "")

    def test_a_selection_that_matches_nothing_says_what_there_is(self):
        for option in ("--only", "--skip"):
            done = self.refused(option, "strategy=few_shots")
            self.assertIn(f"{option} strategy=few_shots", done)
            self.assertIn("there are: model sim; dataset tickets; strategy zero_shot, few_shot", done)
        self.assertIn("leave no cell", self.refused("--skip", "model=sim"))
        self.assertIn("write key=value", self.refused("--only", "=1"))
        self.assertIn("a seed is a whole number", self.refused("--only", "seed=one"))

    def test_what_cannot_be_trained_is_refused_with_what_to_use(self):
        self.edit("- few_shot: {shots: [1, 2]}", "- lora: {rank: 2}")
        self.assertIn("experiment.yaml:17:7: 'lora' trains the model, but 'sim' cannot be trained here: it is simulated and has no weights; "
                      "fine-tune a model of `source: local`", self.refused())
        self.edit("{source: simulated, accuracy: 0.7}", "{source: openai, model: m}")
        self.assertIn("it is remote, so its weights are not here; fine-tune a model of `source: local`, or prompt this one", self.refused())
        self.edit("  sim: {source: openai, model: m}", "  sim: {source: simulated}\n  other: {source: simulated}")
        self.edit("model: [sim]", "model: [sim, other]")
        self.edit("  seed: [1, 2]", "  seed: [1, 2]\n  exclude: [{strategy: lora, model: [sim, other]}]")
        self.assay("validate", "experiment.yaml")

    def test_int8_weights_are_not_trained(self):
        self.use_nano("lora: {rank: 2}")
        self.edit("dtype: f32", "dtype: int8")
        self.assertIn("'nano' cannot be trained here: `dtype: int8` holds its weights as whole numbers, which have no gradient; "
                      "give it `dtype: auto`, `f32` or `bf16`", self.refused())

    def test_an_empty_training_set(self):
        self.write("train.jsonl", "")
        self.assertIn("dataset 'tickets': the train split is empty: train.jsonl has no rows for it", self.refused())

    def test_one_training_example_is_warned_of_and_runs(self):
        self.write("train.jsonl", rows(1))
        self.edit("shots: [1, 2]", "shots: 1")
        done = self.run_experiment()
        self.assertIn("dataset 'tickets': the train split has one example", done.stderr)
        self.assertTrue(any("one example" in text for text in self.report()["warnings"]))
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.5\n")
        self.assertIn("one row cannot be shared", self.refused())

    def test_a_training_label_outside_the_choices(self):
        self.write("train.jsonl", rows(3) + json.dumps({"text": "x", "label": "sales"}) + "\n")
        done = self.refused()
        self.assertIn("train.jsonl, row 4", done)
        self.assertIn("sales", done)

    def test_a_target_longer_than_the_context_loses_what_trains_alone(self):
        self.use_nano("zero_shot", "lora: {rank: 2, epochs: 1}")
        self.edit("    choices: [billing, outage, account]\n", "")
        self.edit("metrics:", "generation: {max_tokens: 2}\nmetrics:")
        self.write("train.jsonl", rows(3) + json.dumps({"text": "x", "label": "word " * 3000}) + "\n")
        done = self.run_experiment(expect=1)
        self.assertRegex(done.stdout, r"failed: adapt lora.*: training example 4 has \d+ tokens but the window of model 'nano' has \d+; shorten")
        self.assertIn("1 of 2 cells done", done.stdout)


if __name__ == "__main__":
    main()
