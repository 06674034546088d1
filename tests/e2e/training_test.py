"""Trainings that are killed, that find no disk, that go wrong; what is told of them."""

import json
import os
import random
import signal
import subprocess
import time

from killing import Killing, children_of
from workspace import ASSAY, main

LONG = "lora: {rank: 2, batch_size: 2, epochs: 10, checkpoint_every: 1}"
WHOLE = "sft: {batch_size: 2, epochs: 4, learning_rate: 1.0e-3, checkpoint_every: 1}"


def checkpointed_step(folder):
    """The latest step that any checkpoint of the results holds; -1 without one."""
    latest = -1
    for file in folder.glob("checkpoints/*/checkpoint.safetensors"):
        try:
            with open(file, "rb") as content:
                header = json.loads(content.read(int.from_bytes(content.read(8), "little")))
        except (OSError, ValueError):  # replaced or removed meanwhile
            continue
        latest = max(latest, json.loads(header["__metadata__"]["state"])["updates"])
    return latest


class TrainingTest(Killing):
    def setUp(self):
        super().setUp()
        self.edit("test: test.jsonl", "test: test.jsonl\n    validation_fraction: 0.2")

    def adapters(self, results):
        """The bytes of all that was trained, by stage."""
        root = self.folder / results / "bundles/adapt"
        return {file.parents[1].name: file.read_bytes() for file in root.rglob("adapter/*model.safetensors")}

    def kpis(self, results="results"):
        return dict(self.select("SELECT name, value FROM kpi WHERE metric=''", results))

    def test_killed_at_ten_random_steps_and_resumed_the_adapters_are_those_of_an_undisturbed_run(self):
        self.use_nano("zero_shot", LONG, WHOLE)
        self.run_experiment("--results", "calm", timeout=600)
        calm, stable = self.adapters("calm"), self.stable("calm")
        self.assertEqual(len(calm), 2)
        self.assertFalse(list((self.folder / "calm/checkpoints").iterdir()))
        for workers in (1, 2):
            draw, results = random.Random(workers), f"wild-{workers}"
            for _ in range(10):
                before = checkpointed_step(self.folder / results)
                process = self.start(results, "--workers", workers)
                self.wait_until(lambda: checkpointed_step(self.folder / results) > before or process.poll() is not None, 120)
                time.sleep(draw.uniform(0, 0.15))
                self.kill_group(process)
            self.run_experiment("--results", results, "--workers", workers, timeout=600)
            self.assertEqual(calm, self.adapters(results))
            self.assertEqual(stable, self.stable(results))
            logs = "".join(log.read_text() for log in (self.folder / results).glob("runs/*/worker-*.log"))
            self.assertGreater(logs.count("goes on after step"), 5, logs)
            self.assertFalse(list((self.folder / results / "checkpoints").iterdir()))

    def test_interrupted_twice_a_training_writes_a_last_checkpoint_and_goes_on_from_there(self):
        self.use_nano("zero_shot", LONG.replace("checkpoint_every: 1", "checkpoint_every: 100000").replace("epochs: 10", "epochs: 60"))
        process = self.start("stopped")
        self.wait_until(lambda: any("validation loss" in log.read_text() for log in (self.folder / "stopped").glob("runs/*/worker-*.log")), 120)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=20)[0].decode()
        self.assertEqual(process.returncode, 130, output)
        self.assertGreater(checkpointed_step(self.folder / "stopped"), 0)
        self.run_experiment("--results", "stopped", timeout=600)
        logs = "".join(log.read_text() for log in (self.folder / "stopped").glob("runs/*/worker-*.log"))
        self.assertIn("goes on after step", logs)
        self.run_experiment("--results", "calm", timeout=600)
        self.assertEqual(self.adapters("calm"), self.adapters("stopped"))

    def test_a_full_disk_costs_a_checkpoint_a_warning_and_no_cell(self):
        self.use_nano("zero_shot", WHOLE)
        self.run_experiment("--results", "calm", timeout=600)
        size = max(len(content) for content in self.adapters("calm").values())
        # A file may grow to twice the model: its weights fit, a checkpoint of weights and two moments does not.
        done = subprocess.run(["bash", "-c", f"ulimit -f {2 * size // 1024}; exec {ASSAY} run experiment.yaml --plain --results full"],
                              cwd=self.folder, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.adapters("calm"), self.adapters("full"))
        self.assertIn("no checkpoint at step 1", json.dumps(self.report("full")))
        self.assertFalse(list(self.folder.glob("full/checkpoints/*/*")))

    def test_a_disk_too_full_for_the_adapter_fails_that_cell_alone(self):
        self.use_nano("zero_shot", "lora: {rank: 1, epochs: 1, target_modules: [v_proj]}", WHOLE)
        size = 4 << 20  # far less than the model, far more than all the rest
        done = subprocess.run(["bash", "-c", f"ulimit -f {size // 1024}; exec {ASSAY} run experiment.yaml --plain --results full"],
                              cwd=self.folder, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("cannot be written", done.stdout)
        self.assertIn("sft", done.stdout)
        self.assertEqual(len(self.adapters("full")), 1)

    def test_a_learning_rate_of_a_thousand_fails_with_its_curve_and_other_cells_are_unharmed(self):
        self.use_nano("zero_shot", "lora: {rank: 2, epochs: 4, learning_rate: [1.0e-3, 1.0e+3]}", "sft: {learning_rate: 1.0e+3}")
        done = self.run_experiment(expect=1, timeout=600)
        self.assertIn("training diverged at step", done.stdout)
        report = self.report()
        self.assertEqual(len(report["failures"]), 2)
        for failure in report["failures"]:
            self.assertIn("lower learning_rate, which is 1000", failure["reason"])
        cells = self.plan()["cells"]
        broken = next(cell["id"] for cell in cells if cell["strategy"].startswith("sft"))
        shown = self.assay("show", broken, expect=2).stderr
        self.assertIn("training diverged at step", shown)
        self.assertIn("step 1: ", shown)
        healthy = next(cell["id"] for cell in cells if cell["strategy"].startswith("lora") and "1000" not in cell["strategy"])
        self.assertIn("loss by step", self.assay("show", healthy).stdout)

    def test_what_ends_by_the_clock_is_never_reused(self):
        self.use_nano("zero_shot", "lora: {rank: 2, epochs: 1000, max_time: 1s}")
        self.run_experiment(timeout=600)
        self.assertEqual(self.new_stages(), ["adapt", "compare", "compare", "generate", "score", "score"])
        self.run_experiment(timeout=600)
        self.assertEqual(len(self.adapters("results")), 2)
        exported = [json.loads(line) for line in self.stable().splitlines()]
        self.assertFalse([row for row in exported if row["row"] == "adapt"])

    def test_a_metric_may_tell_the_best_weights(self):
        self.use_nano("zero_shot", "lora: {rank: 2, epochs: 3, select: accuracy, patience: 2}")
        self.run_experiment(timeout=600)
        training = json.loads(next((self.folder / "results/bundles/adapt").rglob("training.json")).read_text())
        scores = [point["score"] for point in training["validation"]]
        kpis = self.kpis()
        self.assertEqual(kpis["validation_score"], max(scores))
        self.assertTrue(0 <= kpis["training_score"] <= 1)
        self.edit("select: accuracy", "select: bleu")
        refused = self.assay("validate", "experiment.yaml", expect=2)
        self.assertIn("'select: bleu' is none of the experiment's metrics; here it can be loss, accuracy, f1", refused.stderr)

    def test_the_kpis_of_a_training_and_its_warnings_are_told(self):
        self.write("known.txt", "the bird sang in the garden .\n\nthe child went home .\n")
        self.edit("metrics: [accuracy, f1]", "forgetting: {text: known.txt}\nmetrics: [accuracy, f1]")
        self.use_nano("zero_shot", "sft: {learning_rate: 1.0e-2, epochs: 10, keep_best: false}")
        self.edit("dtype: f32}", "dtype: f32, dollars_per_hour: 3.6}")
        self.run_experiment(timeout=600)
        kpis = self.kpis()
        self.assertEqual(kpis["trained_share"], 1)
        self.assertGreater(kpis["training_tokens_per_second"], 0)
        self.assertGreater(kpis["training_peak_memory"], kpis["adapter_bytes"])
        self.assertAlmostEqual(kpis["training_dollars"], kpis["train_seconds"] / 1000)
        self.assertGreater(kpis["forgetting"], 0.5)
        notes = json.dumps(self.report()["warnings"])
        self.assertIn("forgetting (seed 1): a token of the known text costs", notes)

    def test_small_and_impossible_training_sets_are_told_apart(self):
        self.use_nano("zero_shot", "lora: {rank: 2, epochs: 1}")
        row = json.dumps({"text": "message number 1", "label": "billing"}) + "\n"
        self.edit("validation_fraction: 0.2", "validation_fraction: 0")
        self.write("train.jsonl", row)
        self.run_experiment("--results", "one", timeout=600)
        self.assertIn("trained on a single example", json.dumps(self.report("one")["warnings"]))
        self.write("train.jsonl", "")
        self.assertIn("train.jsonl", self.run_experiment("--results", "none", expect=2).stderr)
        self.write("train.jsonl", row + json.dumps({"text": "message " * 3000, "label": "billing"}) + "\n")
        output = self.run_experiment("--results", "long", expect=1, timeout=600).stdout
        self.assertIn("tokens but the window of model 'nano' has", output)
        self.assertEqual([row[0] for row in self.select("SELECT count(*) FROM attempts WHERE outcome='failed'", "long")], [1])


if __name__ == "__main__":
    main()
