"""The forms of a report of one fixed simulated experiment (golden), and of runs that are not all there."""

import csv
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

from workspace import ASSAY, TEST_PLUGINS, Workspace, main, rows

GOLDEN = pathlib.Path(__file__).parent / "golden/report"
TIMES = re.compile(r"seconds$|^seconds|^started$|^finished$|^version$")


def without_times(value):
    """JSON in which what a clock or the build decides is null."""
    if isinstance(value, dict):
        return {key: None if TIMES.search(key) else without_times(child) for key, child in value.items()}
    return [without_times(child) for child in value] if isinstance(value, list) else value


def agreed(text):
    """Numbers to the digits that every compiler gives; keys, which also name versions, left out."""
    text = re.sub(r"\d+\.\d{8,}(e-?\d+)?", lambda number: f"{float(number[0]):.8g}", text)
    return re.sub(r"(?<=Plan `)[0-9a-f]{12}(?=`)|(?<=\")[0-9a-f]{64}(?=\")", "(key)", text)


def table_without_times(text):
    """CSV likewise."""
    table = list(csv.reader(io.StringIO(text, newline="")))
    places = [i for i, column in enumerate(table[0]) if column.endswith("_seconds")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in table:
        writer.writerow(["" if i in places and row is not table[0] else cell for i, cell in enumerate(row)])
    return out.getvalue()


class FormsTest(Workspace):
    def setUp(self):
        super().setUp()
        self.write("test.jsonl", rows(120, start=1000))
        self.edit("sim: {source: simulated, accuracy: 0.7}",
                  "sim: {source: simulated, accuracy: 0.6, shots_gain: 0.1, price: {input: 0.2, output: 0.8}}")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, cost]\nconstraints: {cost_per_1k_requests: 0.0072}")
        self.edit("report: {", "report: {formats: [html, md, csv, json, junit], volume: 10000, ")

    def form(self, name):
        return (self.folder / "results/rehearsal/1" / name).read_bytes().decode("utf-8")

    def expect_golden(self, name, text):
        text = agreed(text)
        if os.environ.get("ASSAY_UPDATE_GOLDEN") == "1":
            GOLDEN.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_text(text, encoding="utf-8")
        self.assertEqual(text, (GOLDEN / name).read_text(encoding="utf-8"), f"{name}; if that is meant, run with ASSAY_UPDATE_GOLDEN=1 and review the diff")

    def test_every_form_of_a_fixed_experiment_is_as_agreed(self):
        self.run_experiment()
        self.expect_golden("report.md", re.sub(r"(?<=\| )[\d.]+ (?:ms|s)(?= \|)", "(time)", self.form("report.md")))
        self.expect_golden("report.csv", table_without_times(self.form("report.csv")))
        self.expect_golden("report.json", json.dumps(without_times(json.loads(self.form("report.json"))), indent=1, ensure_ascii=False) + "\n")
        self.expect_golden("report.xml", re.sub(r'time="[\d.]+"', 'time=""', self.form("report.xml")))

    def test_forms_say_the_same_numbers(self):
        self.run_experiment()
        report = json.loads(self.form("report.json"))["datasets"][0]
        table = {(row["group"], row["name"]): row for row in csv.DictReader(io.StringIO(self.form("report.csv")))}
        cases = {case.get("name"): {one.get("name"): one.get("value") for one in case.iter("property")}
                 for case in ElementTree.fromstring(self.form("report.xml")).iter("testcase")}
        for group in report["groups"]:
            for value in group["values"]:
                row = table[group["group"], value["name"]]
                for key in ("value", "low", "high"):
                    self.assertEqual(float(row[key]), value[key])
                self.assertEqual(float(cases[group["label"]][value["name"]]), value["value"])

    def test_a_cell_that_failed_is_said_everywhere(self):
        self.edit("    - few_shot: {shots: [1, 2]}", "    - few_shot: {shots: [1, 2]}\n    - throws")
        self.run_experiment("--plugin-dir", TEST_PLUGINS / "throws", expect=1)
        self.assertIn("| – | `throws` | failed |", self.form("report.md"))
        self.assertIn("## Failures", self.form("report.md"))
        case, = [case for case in ElementTree.fromstring(self.form("report.xml")).iter("testcase") if case.get("name") == "throws"]
        self.assertEqual(case.find("failure").get("type"), "failed")
        failed, = [group for group in json.loads(self.form("report.json"))["datasets"][0]["groups"] if group["label"] == "throws"]
        self.assertTrue(all(value["low"] is None and value["value"] is None for value in failed["values"]))
        lines = [row for row in csv.DictReader(io.StringIO(self.form("report.csv"))) if row["strategy"] == "throws"]
        self.assertTrue(lines and all(row["value"] == row["low"] == row["difference"] == "" and row["failure"] for row in lines))
        terminal = self.assay("report", "--terminal").stdout
        self.assertRegex(terminal, r"throws +failed +–")
        self.assertIn("failed: ", terminal)

    def test_an_interrupted_run_says_what_was_not_run(self):
        self.edit("accuracy: 0.6,", "accuracy: 0.6, latency_ms: 40,")
        running = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        attempts = self.folder / "results/runs/1/attempts.jsonl"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not attempts.exists():
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130)
        report = json.loads(self.form("report.json"))
        self.assertEqual(report["run"]["status"], "incomplete")
        self.assertTrue(any("not run" in warning for warning in report["warnings"]))
        text = self.form("report.md")
        self.assertRegex(text, r"\d of 6 cells on 1 dataset")
        self.assertIn("running the experiment again goes on from here", text)
        for group in report["datasets"][0]["groups"]:
            if group["rank"] is None:
                self.assertTrue(all(value["low"] is None for value in group["values"]))
        self.assay("watch", "1", expect=130)

    def test_one_example_and_one_seed_invent_nothing(self):
        self.edit("seed: [1, 2]", "seed: [1]")
        self.write("test.jsonl", rows(1, start=1000))
        self.run_experiment()
        text = self.form("report.md")
        self.assertIn("(no interval)", text)
        self.assertIn("One test example shows next to nothing", text)
        for pair in json.loads(self.form("report.json"))["datasets"][0]["pairs"]:
            self.assertIsNone(pair["low"])
            self.assertFalse(pair["shown"])
        for row in csv.DictReader(io.StringIO(self.form("report.csv"))):
            self.assertEqual((row["difference_low"], row["seed_sd"]), ("", ""))


if __name__ == "__main__":
    main()
