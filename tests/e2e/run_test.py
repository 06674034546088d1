"""`assay run`: results, reuse, exit codes, what is written."""

import json
import math
import os
import re
import statistics
import unittest

from workspace import Workspace, main


class RunTest(Workspace):
    def test_a_run_ends_with_the_report_and_exit_0(self):
        done = self.run_experiment()
        self.assertRegex(done.stdout, r"6 of 6 cells done")
        self.assertRegex(done.stdout, r"report: results/rehearsal/1/report\.html")
        for extension in ("html", "md", "csv", "json"):
            self.assertTrue((self.folder / f"results/rehearsal/1/report.{extension}").stat().st_size > 0)

    def test_running_again_runs_no_stage_and_gives_the_same_numbers(self):
        self.run_experiment()
        before = self.stable()
        done = self.run_experiment()
        self.assertRegex(done.stdout, r"0 stages run")
        self.assertEqual(before, self.stable())

    def test_running_again_writes_the_same_report(self):
        self.run_experiment()
        self.run_experiment()
        first, second = ((self.folder / f"results/rehearsal/{run}/report.csv").read_text() for run in (1, 2))
        self.assertEqual(first, second)

    def test_proportions_have_wilsons_interval_and_mcnemars_test_adjusted_for_all_comparisons(self):
        self.edit("seed: [1, 2]", "seed: [1]")
        self.run_experiment()
        report = json.loads((self.folder / "results/rehearsal/1/report.json").read_text())
        [dataset] = report["datasets"]
        n, z = dataset["examples"], statistics.NormalDist().inv_cdf(0.975)
        [zero] = [g for g in dataset["groups"] if g["label"] == "zero_shot"]
        [accuracy] = [o for o in zero["values"] if o["name"] == "accuracy"]
        share = accuracy["value"]
        half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        self.assertAlmostEqual(accuracy["high"] - accuracy["low"], 2 * half, places=9)
        pairs = [p for p in dataset["pairs"] if p["name"] == "accuracy"]
        self.assertIn("mcnemar_mid_p", {p["test"] for p in pairs})
        self.assertEqual({p["test"] for p in dataset["pairs"] if p["name"].startswith("f1")}, {"paired_bootstrap"})
        smallest = min(pairs, key=lambda p: p["p_value"])
        self.assertAlmostEqual(smallest["p_adjusted"], min(1, len(pairs) * smallest["p_value"]), places=12)
        self.assertTrue(all(p["shown"] == (p["p_adjusted"] <= 0.05) for p in pairs))

    def test_all_right_under_every_seed_is_not_certainty(self):
        self.edit("accuracy: 0.7", "accuracy: 1.0")
        self.run_experiment()
        report = json.loads((self.folder / "results/rehearsal/1/report.json").read_text())
        for group in report["datasets"][0]["groups"]:
            [accuracy] = [v for v in group["values"] if v["name"] == "accuracy"]
            self.assertEqual((accuracy["value"], accuracy["high"]), (1, 1))
            self.assertLess(accuracy["low"], 1)

    def test_zero_shot_runs_once_for_all_seeds(self):
        generate = [s for s in self.plan()["stages"] if s["kind"] == "generate" and "zero_shot" in s["label"]]
        self.assertEqual(len(generate), 1)

    def test_an_added_metric_runs_score_and_compare_only(self):
        self.run_experiment()
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, exact_match]")
        self.assertEqual(set(self.new_stages()), {"score", "compare"})

    def test_a_changed_test_row_keeps_what_adapting_left(self):
        self.run_experiment()
        self.edit("message number 1003", "message number 9003", "test.jsonl")
        self.assertNotIn("adapt", self.new_stages())
        self.assertIn("generate", self.new_stages())

    def test_a_changed_training_row_keeps_zero_shot(self):
        self.run_experiment()
        self.edit("message number 3\"", "message number 33\"", "train.jsonl")
        labels = [s["label"] for s in self.plan()["stages"] if not s["reused"] and s["kind"] == "generate"]
        self.assertTrue(labels and all("few_shot" in label for label in labels), labels)

    def test_a_changed_template_or_its_include_reruns_generate_only(self):
        self.write("prompts/ask.j2", "{% include 'head.j2' %}{% for s in shots %}{{ s.input }} => {{ s.target }}\n{% endfor %}{{ input }} =>")
        self.write("prompts/head.j2", "{{ instruction }}\n")
        self.edit("metrics:", "prompt: {template: prompts/ask.j2}\nmetrics:")
        self.run_experiment()
        self.assertEqual(self.new_stages(), [])
        self.write("prompts/head.j2", "{{ instruction }} !\n")
        self.assertEqual(set(self.new_stages()), {"generate", "score", "compare"})

    def test_one_and_two_workers_give_the_same_bytes(self):
        self.run_experiment("--results", "one")
        self.run_experiment("--results", "two", "--workers", "2")
        self.assertEqual(self.stable("one"), self.stable("two"))

    def test_nothing_written_names_the_home_folder_or_a_key(self):
        secret = "sk-secret-0123456789"
        self.run_experiment(env={"HOME": str(self.folder), "OPENAI_API_KEY": secret})
        for path in (self.folder / "results").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertNotIn(secret.encode(), content, path)
                self.assertNotIn(str(self.folder).encode(), content, path)

    def test_show_prints_prompt_answer_and_target(self):
        self.run_experiment()
        cell = self.plan()["cells"][0]["id"]
        shown = self.assay("show", cell[:6], "--limit", 2).stdout
        for word in ("prompt", "answer", "target", "accuracy"):
            self.assertIn(word, shown)

    def test_sqlite_answers_questions_by_select_from_kpi(self):
        self.run_experiment()
        self.assertIn(("accuracy",), self.select("SELECT DISTINCT name FROM kpi"))

    def test_report_command_writes_again_what_is_stored(self):
        self.run_experiment()
        path = self.folder / "results/rehearsal/1/report.md"
        before = path.read_text()
        path.unlink()
        self.assay("report", "1", "--format", "md")
        self.assertEqual(before, path.read_text())

    def test_a_budget_stops_new_work_and_says_so(self):
        self.edit("metrics:", "budget: {tokens: 10}\nmetrics:")
        done = self.run_experiment(expect=1)
        self.assertIn("budget", done.stdout)

    def test_eight_prompts_share_what_one_adapt_stage_left(self):
        self.edit("    - few_shot: {shots: [1, 2]}", "".join(
            f"    - [few_shot: {{shots: 2}}, zero_shot: {{instruction: 'wording {i}'}}]\n" for i in range(8)).rstrip("\n"))
        adapt = [s for s in self.plan()["stages"] if s["kind"] == "adapt"]
        self.assertEqual(len(adapt), 2, "one a seed")

    def test_help_of_every_command_reads_like_a_manual(self):
        listed = re.findall(r"^  (\w+) ", self.assay("--help").stdout.split("COMMANDS")[1], re.M)
        self.assertGreater(len(listed), 8)
        for command in listed:
            text = self.assay(command, "--help").stdout
            for section in ("SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"):
                self.assertIn(section, text, command)


if __name__ == "__main__":
    main()
