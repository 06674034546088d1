"""Gates, comparisons between runs, JUnit, the terminal's matrix and assay watch, as a CI job or a person would use them."""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from workspace import ASSAY, Workspace, main, rows


class GateTest(Workspace):
    def setUp(self):
        super().setUp()
        self.write("test.jsonl", rows(300, start=1000))
        self.edit("seed: [1, 2]", "seed: [1]")

    def run_with(self, accuracy, expect=0):
        text = (self.folder / "experiment.yaml").read_text(encoding="utf-8")
        self.write("experiment.yaml", re.sub(r"accuracy: 0\.\d+", f"accuracy: {accuracy}", text))
        self.run_experiment(expect=expect)

    def test_a_significant_regression_closes_the_gate_and_is_named(self):
        self.run_with(0.8)
        self.run_with(0.5)
        closed = self.assay("gate", "2", "--against", "1", "--junit", "gate.xml", expect=3).stdout
        for wanted in ("accuracy of `zero_shot` on tickets fell by", "closed for run 2", "adjusted by Holm"):
            self.assertIn(wanted, closed)
        suite = ElementTree.parse(self.folder / "gate.xml").getroot().find("testsuite")
        self.assertEqual(suite.get("name"), "tickets")
        self.assertEqual(int(suite.get("failures")), 3)
        self.assertIn("fell by", suite.find("testcase/failure").get("message"))
        found = json.loads(self.assay("gate", "2", "--against", "1", "--json", expect=3).stdout)
        self.assertFalse(found["open"])
        self.assertTrue(all(change["regressed"] and change["test"] == "mcnemar_mid_p" and change["examples"] == 300 for change in found["changes"]))

    def test_gains_and_allowed_drops_and_the_same_again_leave_it_open(self):
        self.run_with(0.8)
        self.run_with(0.5)
        self.assertIn("open for run 1", self.assay("gate", "1", "--against", "2").stdout)
        self.assertIn("open for run 1", self.assay("gate", "1", "--against", "1").stdout)
        self.assay("gate", "2", "--against", "1", "--max", "accuracy=45")
        self.assay("gate", "2", "--against", "1", "--max", "accuracy=10", expect=3)

    def test_without_a_reference_the_baseline_is_one(self):
        self.run_experiment()
        text = self.assay("gate", "latest", expect=None)
        self.assertIn(text.returncode, (0, 3))
        self.assertIn("few_shot(shots=2)", text.stdout)

    def test_broken_constraints_close_it(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, latency]\nconstraints: {latency_p95_ms: 0.0001}")
        self.edit("sim: {source: simulated, accuracy: 0.7}", "sim: {source: simulated, accuracy: 0.7, latency_ms: 1}")
        self.run_experiment()
        self.assertIn("No cell on tickets keeps the constraints", self.assay("gate", expect=3).stdout)
        self.assay("report", "--format", "junit")
        cases = ElementTree.parse(self.folder / "results/rehearsal/1/report.xml").getroot().findall("testsuite/testcase")
        self.assertEqual(len(cases), 3)
        self.assertIn("latency", cases[0].find("failure").get("message"))

    def test_bad_words_are_refused(self):
        self.run_experiment()
        self.assertIn("METRIC=POINTS", self.assay("gate", "--max", "accuracy", expect=2).stderr)
        self.assertIn("METRIC=POINTS", self.assay("gate", "--max", "accuracy=-1", expect=2).stderr)
        self.assertIn("'bleu'", self.assay("gate", "--max", "bleu=1", expect=2).stderr)
        self.assertIn("two runs", self.assay("report", "1", "--compare", expect=2).stderr)

    def test_compare_puts_regressions_first_and_says_what_does_not_match(self):
        self.run_with(0.8)
        self.edit("    - few_shot: {shots: [1, 2]}", "    - few_shot: {shots: [1, 3]}")
        self.write("test.jsonl", rows(310, start=1000))
        self.run_with(0.5)
        text = self.assay("report", "1", "2", "--compare", "--width", "160").stdout
        self.assertIn("worse", text.splitlines()[2])
        for wanted in ("`few_shot(shots=3)` on tickets is in run 2 alone", "`few_shot(shots=2)` on tickets is in run 1 alone", "300 (10 unmatched)", "not tested"):
            self.assertIn(wanted, text)
        self.assertTrue(all(len(line) <= 160 for line in text.splitlines()))
        self.assertIn("| **worse** |", self.assay("report", "1", "2", "--compare", "--format", "md").stdout)
        found = json.loads(self.assay("report", "1", "2", "--compare", "--format", "json").stdout)["comparisons"][0]
        self.assertEqual(found["changes"][0]["name"], "accuracy")
        self.assertLess(found["changes"][0]["high"], 0)

    def test_the_terminals_matrix_fits_its_width(self):
        self.run_experiment()
        for width in (80, 160):
            text = self.assay("report", "--terminal", "--width", width).stdout
            self.assertTrue(all(len(line) <= width for line in text.splitlines()), text)
            for wanted in ("zero_shot", "█", "[", "baseline", "rank"):
                self.assertIn(wanted, text)
        self.assertEqual(self.assay("report", "--terminal").stdout, self.assay("report", "--terminal", "--width", 80).stdout)
        self.assertEqual(self.assay("report", "--terminal", env={"COLUMNS": "160"}).stdout, self.assay("report", "--terminal", "--width", 160).stdout)

    def test_watch_follows_a_run_to_its_end(self):
        self.edit("sim: {source: simulated, accuracy: 0.7}", "sim: {source: simulated, accuracy: 0.7, latency_ms: 5}")
        running = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(200):
            if (self.folder / "results/runs/1/plan.json").exists():
                break
            try:
                running.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        lines = self.assay("watch", "1", "--every", "0.05").stdout.splitlines()
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0)
        self.assertIn("3 of 3 cells done", lines[-1])
        self.assertIn("done after", lines[-1])
        self.assertIn("last:", lines[-1])

    def test_watch_ends_as_the_run_did(self):
        self.run_experiment()
        self.assay("watch")
        self.edit("- few_shot: {shots: [1, 2]}", "- few_shot: {shots: [1, 31]}")
        self.run_experiment(expect=None)
        status = self.select("SELECT status FROM runs ORDER BY run DESC")[0][0]
        self.assay("watch", expect={"done": 0, "failed": 1, "interrupted": 130}[status])
        self.assertIn("'9'", self.assay("watch", "9", expect=2).stderr)


if __name__ == "__main__":
    main()
