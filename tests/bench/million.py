#!/usr/bin/python3
"""A large test set through score, compare and report: accuracy and F1 of two settings of a simulated model, then `assay score`
over a file of as many predictions.

Prints each stage's examples a second and peak memory, the host's peak and the whole run's seconds; exit 1 where a score stage is
slower than the rate, or where the host, a score or compare stage, the report or `assay score` takes more than the memory.

    million.py [--examples 1000000] [--rate 20000] [--megabytes 500]
"""
import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ASSAY = os.environ.get("ASSAY_BINARY", str(pathlib.Path(__file__).parents[2] / "build/release/bin/assay"))
CHOICES = ["billing", "outage", "account", "other"]
EXPERIMENT = f"""\
name: million
models: {{sim: {{source: simulated, accuracy: 0.8, latency_ms: 0, price: {{input: 1, output: 2}}}}}}
datasets:
  rows: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", choices: {json.dumps(CHOICES)}}}
matrix:
  strategy:
    - zero_shot
    - few_shot: {{shots: 2}}
metrics: [accuracy, f1]
report: {{primary: accuracy, formats: [html, md, csv, json]}}
"""


def label(i):
    return CHOICES[i * 7 % 4]


def write(folder, examples):
    row = lambda i: json.dumps({"text": f"Ticket {i}: the line was down and the bill was wrong", "label": label(i)}) + "\n"
    (folder / "train.jsonl").write_text("".join(row(i) for i in range(40)))
    with open(folder / "test.jsonl", "w") as out:
        out.writelines(row(40 + i) for i in range(examples))
    with open(folder / "predictions.jsonl", "w") as out:
        out.writelines(json.dumps({"prediction": label(i + i % 5 // 4), "target": label(i)}) + "\n" for i in range(examples))
    (folder / "experiment.yaml").write_text(EXPERIMENT)


def run(folder, *arguments):
    """Seconds, and the process's own peak of resident memory in bytes; its workers are other processes."""
    started, peak = time.monotonic(), 0
    process = subprocess.Popen([ASSAY, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = []
    reader = threading.Thread(target=lambda: text.append(process.stdout.read()))
    reader.start()
    while process.poll() is None:
        try:
            peak = max(peak, int(pathlib.Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024)
        except (OSError, IndexError):
            pass
        time.sleep(0.01)
    reader.join()
    if process.returncode != 0:
        sys.exit(f"assay {' '.join(arguments)} failed:\n{text[0]}")
    return time.monotonic() - started, peak


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--examples", type=int, default=1_000_000)
    arguments.add_argument("--rate", type=float, default=20_000, help="examples a second of each score stage")
    arguments.add_argument("--megabytes", type=float, default=500)
    o = arguments.parse_args()
    missed = False

    def show(what, seconds, peak, rate=0.0):
        nonlocal missed
        bad = peak / 1e6 > o.megabytes or o.examples / seconds < rate
        missed = missed or bad
        print(f"{what:24}{seconds:8.1f} s{o.examples / seconds:12,.0f} examples/s{peak / 1e6:8.0f} MB{'   MISSED' if bad else ''}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, o.examples)
        seconds, peak = run(folder, "run", "experiment.yaml", "--plain")
        stages = sqlite3.connect(folder / "results/assay.sqlite").execute(
            "SELECT kind, a.seconds, s.peak_rss FROM attempts a JOIN stages s USING (stage) ORDER BY a.started").fetchall()
        for kind, took, memory in stages:
            if kind == "generate":
                print(f"{'worker, generate':24}{took:8.1f} s{o.examples / took:12,.0f} examples/s{memory / 1e6:8.0f} MB   (holds the examples; no bound)")
            elif kind != "adapt":
                show(f"worker, {kind}", took, memory, o.rate if kind == "score" else 0)
        show("host, whole run", seconds, peak)
        shutil.rmtree(folder / "results/million")
        show("assay report", *run(folder, "report"))
        show("assay score", *run(folder, "score", "predictions.jsonl", "--metrics", "accuracy,f1"), o.rate)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
