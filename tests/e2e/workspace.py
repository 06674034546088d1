"""A temporary folder with an experiment on the simulated model, and the real binary to run on it."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

ASSAY = os.environ["ASSAY_BINARY"]
SOURCE = pathlib.Path(__file__).parents[2]
NANO = SOURCE / "experiments/models/nano"
TEST_PLUGINS = pathlib.Path(os.environ.get("ASSAY_TEST_PLUGINS", ""))

EXPERIMENT = """\
name: rehearsal
models:
  sim: {source: simulated, accuracy: 0.7}
datasets:
  tickets:
    train: train.jsonl
    test: test.jsonl
    input: "{{ text }}"
    target: "{{ label }}"
    instruction: "which desk ?"
    choices: [billing, outage, account]
matrix:
  model: [sim]
  dataset: [tickets]
  strategy:
    - zero_shot
    - few_shot: {shots: [1, 2]}
  seed: [1, 2]
metrics: [accuracy, f1]
report: {baseline: zero_shot, resamples: 200}
"""


def rows(count, start=0):
    labels = ["billing", "outage", "account"]
    return "".join(
        json.dumps({"text": f"message number {start + i}", "label": labels[i % 3]}) + "\n" for i in range(count)
    )


class Workspace(unittest.TestCase):
    """Each test has a fresh folder holding experiment.yaml, train.jsonl (30 rows) and test.jsonl (20 rows)."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("experiment.yaml", EXPERIMENT)
        self.write("train.jsonl", rows(30))
        self.write("test.jsonl", rows(20, start=1000))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, old, new, name="experiment.yaml"):
        text = (self.folder / name).read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def use_nano(self, *strategies, path=NANO):
        """Points the experiment at nano, with these lines of strategies and one seed."""
        self.edit("sim: {source: simulated, accuracy: 0.7}", f"nano: {{source: local, path: {path}, dtype: f32}}")
        self.edit("model: [sim]", "model: [nano]")
        text = (self.folder / "experiment.yaml").read_text(encoding="utf-8")
        before, rest = text.split("  strategy:\n")
        after = rest[rest.index("  seed:"):].replace("seed: [1, 2]", "seed: [1]")
        lines = "".join(f"    - {strategy}\n" for strategy in strategies)
        self.write("experiment.yaml", before + "  strategy:\n" + lines + after)

    def flip(self, path, at=-1):
        """Changes one byte of a file."""
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)

    def assay(self, *arguments, expect=0, timeout=600, env=None):
        """Runs assay in the folder; returns the finished process, whose exit code must be `expect`."""
        done = subprocess.run(
            [ASSAY, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **(env or {})},
        )
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"assay {arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def run_experiment(self, *arguments, **keywords):
        return self.assay("run", "experiment.yaml", "--plain", *arguments, **keywords)

    def stable(self, results="results", run="latest"):
        return self.assay("export", run, "--stable", "--results", results).stdout

    def select(self, sql, results="results"):
        """Rows of a query on the database."""
        with contextlib.closing(sqlite3.connect(self.folder / results / "assay.sqlite")) as connection:
            return connection.execute(sql).fetchall()

    def plan(self, *arguments):
        return json.loads(self.assay("plan", "experiment.yaml", "--json", *arguments).stdout)

    def new_stages(self, *arguments):
        """Kinds of the stages that a run would make anew, sorted."""
        return sorted(stage["kind"] for stage in self.plan(*arguments)["stages"] if not stage["reused"])

    def report(self, results="results"):
        folders = sorted((self.folder / results / "rehearsal").iterdir(), key=lambda path: int(path.name))
        return json.loads((folders[-1] / "report.json").read_text(encoding="utf-8"))


def main():
    unittest.main(verbosity=2)
