"""Experiments over data that others published (experiments/real), where ASSAY_SHARED_DATA names them."""

import json
import os
import pathlib

from workspace import SOURCE, Workspace, main

SHARED = pathlib.Path(os.environ.get("ASSAY_SHARED_DATA", "/nonexistent"))


class RealTest(Workspace):
    def data(self, name):
        if not (SHARED / name).is_dir():
            self.skipTest(f"{name} is not there; set ASSAY_SHARED_DATA to the folder of public data")
        return SHARED / name

    def run_real(self, name, *arguments, **keywords):
        """Runs experiments/real/<name>.yaml; returns its report."""
        self.assay("run", SOURCE / f"experiments/real/{name}.yaml", "--plain", "--results", "results", *arguments, **keywords)
        folders = sorted((self.folder / "results" / name).iterdir(), key=lambda path: int(path.name))
        return json.loads((folders[-1] / "report.json").read_text(encoding="utf-8"))

    def test_bbh_gives_every_published_accuracy(self):
        tasks = sorted(path.parent.name for path in self.data("bbh").glob("*/scores.json"))
        self.assertTrue(tasks)
        datasets = {dataset["name"]: dataset for dataset in self.run_real("bbh")["datasets"]}
        self.assertEqual(sorted(datasets), tasks)
        for task in tasks:
            published = json.loads((SHARED / "bbh" / task / "scores.json").read_text())
            groups = {group["label"]: group for group in datasets[task]["groups"]}
            for strategy in ("direct", "chain_of_thought"):
                with self.subTest(task=task, strategy=strategy):
                    value = groups[strategy]["values"][0]["value"]
                    self.assertEqual(round(100 * value, 6), published[strategy]["accuracy_percent"])
                    self.assertEqual(datasets[task]["examples"], published[strategy]["n"])

    def test_nano_goes_through_the_other_experiments(self):
        """Smoke tests of 100 rows: the model is too small for these tasks, so that they end with a score is what is tested."""
        small = {
            "gsm8k": ["--set", "datasets.gsm8k.limit.test=100", "--set", "generation.max_tokens=32"],
            "pubmedqa": ["--set", "datasets.question.limit.test=100", "--set", "datasets.abstract.limit.test=100"],
            "banking77": ["--set", "datasets.banking77.limit={train: 200, test: 100}", "--set", "matrix.strategy.0.sft.epochs=1", "--only", "sft"],
            "e2e": ["--set", "datasets.e2e.limit.test=100", "--only", "zero_shot"],
        }
        for name, arguments in small.items():
            with self.subTest(experiment=name):
                self.data(name)
                for dataset in self.run_real(name, *arguments, timeout=600)["datasets"]:
                    self.assertEqual(dataset["examples"], 100)
                    for group in dataset["groups"]:
                        self.assertGreater(group["rank"], 0, group["label"])
                        self.assertGreaterEqual(group["values"][0]["value"], 0)

    def test_bbh_runs_one_task_and_tasks_of_another_folder(self):
        task = min(self.data("bbh").glob("*/scores.json")).parent
        self.assertEqual([dataset["name"] for dataset in self.run_real("bbh", "--set", f"for_each.task={task.name}")["datasets"]], [task.name])
        elsewhere = self.folder / "more tasks"
        elsewhere.mkdir()
        (elsewhere / "another").symlink_to(task)
        report = self.run_real("bbh", "--set", f"for_each.bbh={elsewhere}")
        self.assertEqual([dataset["name"] for dataset in report["datasets"]], ["another"])

    def test_bbh_refuses_another_prompt(self):
        task = min(self.data("bbh").glob("*/scores.json")).parent.name
        changed = self.folder / "bbh" / task
        changed.mkdir(parents=True)
        for path in (SHARED / "bbh" / task).iterdir():
            (changed / path.name).write_bytes(path.read_bytes())
        prompt = (changed / "prompt.direct.txt").read_text(encoding="utf-8")
        self.write("changed.txt", prompt.replace("Q: {{ input }}", "Question: {{ input }}"))
        self.write("bbh.yaml", (SOURCE / "experiments/real/bbh.yaml").read_text(encoding="utf-8")
                   .replace('zero_shot: {template: "${bbh}/${task}/prompt.direct.txt"}', "zero_shot: {template: changed.txt}"))
        done = self.assay("run", "bbh.yaml", "--plain", "--set", f"for_each.bbh={self.folder / 'bbh'}", expect=1)
        report = json.loads((self.folder / "results/bbh/1/report.json").read_text(encoding="utf-8"))
        said = done.stdout + done.stderr + json.dumps(report)
        self.assertIn("What was recorded for this id (examples.jsonl, row 1) is the same for", said)
        values = {group["label"]: group["rank"] for group in report["datasets"][0]["groups"]}
        self.assertGreater(values["chain_of_thought"], 0, "the other cell has its result")


if __name__ == "__main__":
    main()
