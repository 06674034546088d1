"""`{tune: […]}`: the validation split chooses, the test split is not read for it, every trial is kept and charged."""

import csv
import json
import random

from killing import Killing
from workspace import TEST_PLUGINS, main, rows

# On this model accuracy grows with the examples shown; tests/plugins/planted.cpp shows most at a dose of 3.
PLANTED = "planted: {dose: {tune: [1, 5, 3, 2, 4]}}"


class TuningTest(Killing):
    def setUp(self):
        super().setUp()
        self.write("validation.jsonl", rows(30, start=500))
        self.edit("accuracy: 0.7", "accuracy: 0.0, shots_gain: 0.19")
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation: validation.jsonl\n")
        self.edit("    - zero_shot\n    - few_shot: {shots: [1, 2]}", f"    - {PLANTED}")
        self.edit("report: {baseline: zero_shot,", "report: {")
        self.edit("metrics: [accuracy, f1]", f"metrics: [accuracy, f1]\nplugins: {TEST_PLUGINS / 'planted'}")

    def choices(self, results="results"):
        return [json.loads(path.read_text()) for path in sorted((self.folder / results).glob("bundles/choose/*/*/choice.json"))]

    def groups(self):
        return {group["label"]: group for group in self.report()["datasets"][0]["groups"]}

    def test_the_planted_best_of_five_is_chosen(self):
        self.run_experiment()
        choice, = self.choices()  # nothing depends on the seed
        self.assertEqual((choice["label"], choice["chosen"]), ("dose=3.0", 2))
        self.assertEqual(max(trial["value"] for trial in choice["trials"]), choice["trials"][2]["value"])
        asked = [json.loads(line) for path in (self.folder / "results").glob("bundles/generate/*/*/predictions.jsonl")
                 for line in path.read_text().splitlines()]
        on_test = [row["prompt"].count("an example") for row in asked if "message number 10" in row["prompt"]]
        self.assertEqual(set(on_test), {5}, "the test split is asked with the chosen dose")

    def test_show_names_the_chosen_setting(self):
        self.run_experiment()
        cell = self.plan()["cells"][0]["id"]
        self.assertIn("planted(dose=tuned) · seed 1 · chosen: dose=3.0", self.assay("show", cell, "--limit", 1).stdout)

    def test_a_damaged_choice_is_made_again_and_the_database_from_the_files(self):
        self.run_experiment()
        before, trials = self.stable(), self.select("SELECT * FROM tuning")
        path, = (self.folder / "results").glob("bundles/choose/*/*/choice.json")
        self.flip(path, 40)
        self.assertRegex(self.run_experiment().stdout, "1 stages run, 20 reused")
        self.assertEqual(before, self.stable())
        (self.folder / "results/assay.sqlite").unlink()
        self.run_experiment()
        self.assertEqual([row[1:-1] for row in self.select("SELECT * FROM tuning WHERE run = 1")], [row[1:-1] for row in trials])

    def test_without_its_test_split_tuning_comes_to_its_choice(self):
        self.edit("shots_gain: 0.19", "shots_gain: 0.19, latency_ms: 100")
        process = self.start("results")
        self.wait_until(lambda: list((self.folder / "results").glob("runs/1/plan.json")))
        test = (self.folder / "test.jsonl").read_text()
        (self.folder / "test.jsonl").unlink()  # planning has read it; what runs now has not
        out = process.communicate()[0].decode()
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("test.jsonl", out)
        self.assertEqual([choice["label"] for choice in self.choices()], ["dose=3.0"])
        kinds = self.select("SELECT s.kind, count(*) FROM attempts a JOIN run_stages s USING (run, stage) WHERE outcome = 'done' GROUP BY 1")
        self.assertEqual(dict(kinds), {"adapt": 5, "choose": 1, "generate": 5, "score": 5})
        self.write("test.jsonl", test)
        again = self.run_experiment()
        self.assertRegex(again.stdout, r"5 stages run, 16 reused")  # generate, two scores, two comparisons

    def test_killed_and_resumed_it_chooses_the_same(self):
        self.edit("shots_gain: 0.19", "shots_gain: 0.19, latency_ms: 150")
        self.run_experiment("--results", "whole")
        moments = random.Random(7)
        self.killed_and_resumed("killed", [moments.uniform(0.15, 0.6) for _ in range(6)])
        self.assertGreater(len(self.select("SELECT run FROM runs WHERE status = 'interrupted'", "killed")), 2)
        self.assertEqual(self.choices("whole"), self.choices("killed"))
        self.assertEqual(self.stable("whole"), self.stable("killed"))

    def test_one_and_two_workers_choose_the_same(self):
        self.run_experiment("--results", "one")
        self.run_experiment("--results", "two", "--workers", "2")
        self.assertEqual(self.stable("one"), self.stable("two"))

    def test_every_trial_is_kept_charged_and_shown(self):
        self.edit("shots_gain: 0.19", "shots_gain: 0.19, price: {input: 10, output: 30}, dollars_per_hour: 3.6")
        self.run_experiment()
        shown = self.select("SELECT trial, label, value, chosen, seconds FROM tuning WHERE seed = 1 ORDER BY trial")
        self.assertEqual([row[1] for row in shown], ["dose=1.0", "dose=5.0", "dose=3.0", "dose=2.0", "dose=4.0"])
        self.assertEqual([row[3] for row in shown], [0, 0, 1, 0, 0])
        self.assertEqual(len(json.loads(self.stable().split("\n")[1])["trials"]), 5)
        group = self.groups()["planted(dose=tuned)"]
        tuning = group["tuning"][0]
        self.assertEqual([trial["chosen"] for trial in tuning["trials"]], [False, False, True, False, False])
        for key in ("seconds", "tokens", "dollars"):
            parts = [trial[key] for trial in tuning["trials"]]
            self.assertTrue(all(part > 0 for part in parts), key)
            self.assertAlmostEqual(sum(parts), group["costs"][f"adapt_{key}"], places=9, msg=key)
        kpi, = {row[0] for row in self.select("SELECT value FROM kpi WHERE name = 'adapt_seconds'")}
        self.assertAlmostEqual(kpi, group["costs"]["adapt_seconds"])
        # 30 validation rows, of which 5, 5 + 2 * 3 and 2 * 1 examples are shown: priced as the tokens say.
        usage = [json.loads(path.read_text())["timing"]["usage"] for path in (self.folder / "results").glob("bundles/generate/*/*/bundle.json")]
        tokens = sum(u["prompt_tokens"] + u["completion_tokens"] for u in usage)
        on_test, = {row[0] for row in self.select("SELECT sum(value) FROM kpi WHERE name IN ('prompt_tokens', 'completion_tokens') GROUP BY cell")}
        self.assertEqual(tokens - on_test, group["costs"]["adapt_tokens"])
        folder = self.folder / "results/rehearsal/1"
        for page in ("report.html", "report.md"):
            text = (folder / page).read_text()
            for label in ("dose=1.0", "dose=2.0", "dose=3.0", "dose=4.0", "dose=5.0"):
                self.assertIn(label, text, page)
        with open(folder / "trials.csv", newline="") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual(len(lines), 10)
        self.assertEqual({line["label"] for line in lines if line["chosen"] == "true"}, {"dose=3.0"})

    def test_a_failed_trial_leaves_the_choice_to_the_others(self):
        self.edit("[1, 5, 3, 2, 4]", "[1, -1, 2]")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, latency]")
        self.edit("report: {", "measure: {requests: 5}\nreport: {")
        done = self.run_experiment(expect=1)
        self.assertIn("this dose does harm", done.stdout)
        self.assertIn("2 of 2 cells done", done.stdout)
        self.assertEqual([choice["label"] for choice in self.choices()], ["dose=2.0"])
        trials = self.groups()["planted(dose=tuned)"]["tuning"][0]["trials"]
        self.assertEqual([trial["value"] is None for trial in trials], [False, True, False])
        self.assertIn("does harm", trials[1]["failure"])
        self.assertEqual(self.select("SELECT label, chosen FROM tuning WHERE seed = 1"), [("dose=1.0", 0), ("dose=-1.0", None), ("dose=2.0", 1)])
        before = self.stable()
        again = self.run_experiment(expect=1)
        self.assertIn("0 stages run", again.stdout)
        self.assertEqual(before, self.stable())
        self.run_experiment("--results", "two", "--workers", "2", expect=1)
        self.assertEqual(before, self.stable("two"))

    def test_when_every_trial_fails_only_its_cells_do(self):
        self.edit(f"    - {PLANTED}", "    - zero_shot\n    - planted: {dose: {tune: [-1, -2]}}")
        done = self.run_experiment(expect=1)
        self.assertIn("2 of 4 cells done", done.stdout)
        self.assertIn("does harm", self.groups()["planted(dose=tuned)"]["failures"][0])

    def test_every_strategy_gets_the_same_number_of_trials(self):
        self.edit(f"    - {PLANTED}", "    - planted: {dose: {tune: [1, 2, 3, 4, 5]}, name: {tune: [a, b]}}\n"
                                      "    - few_shot: {shots: {tune: [1, 2]}}\n    - zero_shot")
        self.edit("metrics:", "tuning: {trials: 3, metric: f1}\nmetrics:")
        plan = self.plan()
        trials = {cell["strategy"]: cell.get("trials", []) for cell in plan["cells"] if cell["seed"] == 1}
        self.assertEqual({name: len(all) for name, all in trials.items()},
                         {"planted(dose=tuned, name=tuned)": 3, "few_shot(shots=tuned)": 2, "zero_shot": 0})
        self.assertEqual(len({trial["label"] for trial in trials["planted(dose=tuned, name=tuned)"]}), 3, "drawn without replacement")
        self.assertEqual(plan, self.plan(), "the draw is the seed's")
        warning = self.assay("validate", "experiment.yaml").stderr
        self.assertIn("few_shot(shots=tuned) is tuned over 2 settings, fewer than the 3 trials", warning)
        self.run_experiment()
        self.assertTrue(any("fewer than the 3 trials" in text for text in self.report()["warnings"]))
        self.assertEqual({choice["name"] for choice in self.choices()}, {"f1"})

    def test_ties_go_to_the_first(self):
        self.edit("[1, 5, 3, 2, 4]", "[5, 1]")  # both show one example
        self.run_experiment()
        choice, = self.choices()
        self.assertEqual(len({trial["value"] for trial in choice["trials"]}), 1)
        self.assertEqual(choice["chosen"], 0)

    def test_training_may_be_tuned_by_its_validation_loss(self):
        self.edit("accuracy: 0.0, shots_gain: 0.19", "accuracy: 0.7")
        self.use_nano("lora: {rank: 2, epochs: 1, learning_rate: {tune: [1.0e-9, 0.003]}}")
        self.edit("metrics:", "tuning: {metric: validation_loss}\nmetrics:")
        self.run_experiment()
        choice, = self.choices()
        self.assertEqual((choice["name"], choice["higher_is_better"], choice["label"]), ("validation_loss", False, "learning_rate=0.003"))
        group = self.groups()["lora(epochs=1, learning_rate=tuned, rank=2)"]
        self.assertGreater(group["costs"]["trained_parameters"], 0)
        self.assertGreater(group["costs"]["adapt_tokens"], 2 * 30)
        self.assay("export-adapter", group["cells"][0], "adapter")
        best = [path for path in (self.folder / "results").glob("bundles/adapt/*/*/bundle.json")
                if json.loads(path.read_text())["inputs"]["part"]["params"]["learning_rate"] == 0.003]
        self.assertEqual((self.folder / "adapter/adapter_model.safetensors").read_bytes(),
                         (best[0].parent / "adapter/adapter_model.safetensors").read_bytes())

    def test_what_cannot_choose_is_refused(self):
        for metric, words in (("latency", "machine's speed"), ("cost", "prices"), ("accurracy", "did you mean 'accuracy'"),
                              ("validation_loss", "trains nothing")):
            done = self.assay("validate", "experiment.yaml", "--set", "metrics=[accuracy, latency, cost]",
                              "--set", f"tuning.metric={metric}", expect=2)
            self.assertIn(words, done.stderr)
        self.edit("    validation: validation.jsonl\n", "")
        self.assertIn("'planted.dose' is tuned on the validation split, but the dataset 'tickets' has none",
                      self.assay("validate", "experiment.yaml", expect=2).stderr)


if __name__ == "__main__":
    main()
