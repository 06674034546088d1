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
            pair = next(pair for pair in datasets[task]["pairs"] if pair["name"] == "exact_match")
            self.assertGreaterEqual(pair["p_adjusted"], pair["p_value"])
            self.assertGreater(pair["detectable"], 0)
            self.assertEqual(len({group["rank"] for group in groups.values()}), 2 if pair["shown"] else 1, "what is not shown to differ is tied")
            for strategy in ("direct", "chain_of_thought"):
                with self.subTest(task=task, strategy=strategy):
                    value = groups[strategy]["values"][0]["value"]
                    self.assertEqual(round(100 * value, 6), published[strategy]["accuracy_percent"])
                    self.assertEqual(datasets[task]["examples"], published[strategy]["n"])

    def gsm8k_outputs(self):
        """Every published system's rows by name, MODEL.METHOD."""
        files = sorted((self.data("gsm8k") / "outputs").glob("*.jsonl"))
        self.assertTrue(files)
        return {path.name.removesuffix(".jsonl"): [json.loads(line) for line in path.open(encoding="utf-8")] for path in files}

    def test_gsm8k_outputs_are_read_as_their_publishers_read_them(self):
        systems = self.gsm8k_outputs()
        published = json.loads((SHARED / "gsm8k/outputs/scores.json").read_text())
        dataset, = self.run_real("gsm8k_outputs")["datasets"]
        groups = {group["model"]: group for group in dataset["groups"]}
        self.assertEqual(sorted(groups), sorted(systems))
        scores = {}
        for model, position, value in self.select("SELECT c.model, s.position, s.value FROM scores s JOIN cells c USING (run, cell) WHERE s.name = 'numeric_match'"):
            scores.setdefault(model, {})[position] = value
        for system, rows in systems.items():
            with self.subTest(system=system):
                self.assertEqual(len(scores[system]), len(rows))
                agree = sum(scores[system][row["id"]] == row["correct"] for row in rows)
                self.assertGreaterEqual(agree / len(rows), 0.99)
                value = 100 * groups[system]["values"][0]["value"]
                if system in published:
                    self.assertLessEqual(abs(value - published[system]["accuracy_percent"]), 0.6)
                self.assertEqual(groups[system]["family"], "fine-tuning" if ".finetuned" in system else "prompting")

    def test_gsm8k_outputs_are_compared_with_tests_ties_and_costs(self):
        systems = self.gsm8k_outputs()
        report = self.run_real("gsm8k_outputs")
        dataset, = report["datasets"]
        primary = [pair for pair in dataset["pairs"] if pair["name"] == "numeric_match"]
        self.assertEqual(len(primary), len(systems) * (len(systems) - 1) // 2)
        for pair in primary:
            self.assertEqual(pair["test"], "mcnemar_mid_p")
            self.assertGreaterEqual(pair["p_adjusted"], pair["p_value"])
            self.assertGreater(pair["detectable"], 0)
        # Holm 1979: the k-th smallest of m is multiplied by m - k + 1, and none is smaller than the one before.
        running, ordered = 0.0, sorted(primary, key=lambda pair: pair["p_value"])
        for k, pair in enumerate(ordered):
            running = max(running, min(1.0, (len(ordered) - k) * pair["p_value"]))
            self.assertAlmostEqual(pair["p_adjusted"], running, places=12)
        self.assertTrue(all("tied" in group and group["rank"] > 0 for group in dataset["groups"]))
        economics, = report["economics"]["datasets"]
        ways = {way["label"].split(" · ")[1]: way for way in economics["ways"]}
        self.assertEqual(sorted(ways), sorted(systems))
        self.assertEqual(ways["gpt3-6b.finetuned"]["once"], 57.9)          # 19.3 million tokens at $3 a million
        self.assertEqual(ways["gpt-4o-mini-2024-07-18.zero_shot"]["once"], 0)
        self.assertIsNone(ways["gpt3-6b.finetuned-verifier"]["per_request"], "no price of it was published")
        for system, way in ways.items():
            price = report["economics"]["prices"][system]["price"]
            self.assertEqual(price is None, way["per_request"] is None, system)
            if price is not None:
                self.assertRegex(price["date"], r"^\d{4}-\d\d-\d\d$")
                self.assertTrue(price["source"].startswith("https://"))
        tuned = sum(".finetuned" in system for system in systems)
        self.assertEqual(len(economics["break_even"]), tuned * (len(systems) - tuned))
        self.assertTrue(any(row["when"] == "from" and row["requests"] > 0 for row in economics["break_even"]))

    def test_gsm8k_outputs_of_another_folder_are_taken_whatever_is_there(self):
        source = self.data("gsm8k") / "outputs"
        elsewhere = self.folder / "outputs"
        elsewhere.mkdir()
        (elsewhere / "new-model.few_shot.jsonl").write_bytes((source / "gpt-3.5-turbo.zero_shot.jsonl").read_bytes())
        report = self.run_real("gsm8k_outputs", "--set", f"for_each.outputs={elsewhere}")
        self.assertEqual([group["model"] for group in report["datasets"][0]["groups"]], ["new-model.few_shot"])
        (elsewhere / "new-model.finetuned.jsonl").write_bytes((source / "gpt3-6b.finetuned.jsonl").read_bytes())
        report = self.run_real("gsm8k_outputs", "--set", f"for_each.outputs={elsewhere}")
        self.assertEqual({group["family"] for group in report["datasets"][0]["groups"]}, {"prompting", "fine-tuning"})

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
