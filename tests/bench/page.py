#!/usr/bin/python3
"""A large report: 100,000 examples under six settings of a simulated model, written and opened in Chromium.

Prints the file's size, the seconds and the host's memory of writing it, the seconds until it answers a press, and the memory of
the page; exit 1 where one is past its bound: 40 MB, 30 s, 500 MB, 3 s, 500 MB.

    page.py [--examples 100000] [--keep FOLDER]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
ASSAY = os.environ.get("ASSAY_BINARY", str(ROOT / "build/release/bin/assay"))
BUILD = os.environ.get("ASSAY_BUILD", str(ROOT / "build/release"))
CHOICES = ["billing", "outage", "account", "other"]
EXPERIMENT = f"""\
name: large
models: {{sim: {{source: simulated, accuracy: 0.8, latency_ms: 0, price: {{input: 1, output: 2}}}}}}
datasets:
  rows: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", choices: {json.dumps(CHOICES)}}}
matrix:
  strategy:
    - zero_shot
    - few_shot: {{shots: [1, 2, 3, 4, 5]}}
metrics: [accuracy]
report: {{primary: accuracy, formats: [html], resamples: 200}}
"""

sys.path.insert(0, str(ROOT / "tests/page"))
from page_test import installed  # noqa: E402


def write(folder, examples):
    row = lambda i: json.dumps({"text": f"Ticket {i}: the line was down and the bill was wrong, says customer {i * 7919 % 100003}", "label": CHOICES[i * 7 % 4]}) + "\n"
    (folder / "train.jsonl").write_text("".join(row(10**6 + i) for i in range(40)))
    with open(folder / "test.jsonl", "w") as out:
        out.writelines(row(i) for i in range(examples))
    (folder / "experiment.yaml").write_text(EXPERIMENT)


def measured(folder, *arguments):
    """Seconds and the process's peak of resident memory, MB."""
    started = time.monotonic()
    process = subprocess.Popen([ASSAY, *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"assay {' '.join(arguments)} failed")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--examples", type=int, default=100_000)
    arguments.add_argument("--keep", type=pathlib.Path, help="a folder for the run, used again where it has one")
    o = arguments.parse_args()
    missed = False

    def show(what, value, unit, bound=None):
        nonlocal missed
        bad = bound is not None and value > bound
        missed = missed or bad
        print(f"{what:36}{value:8.2f} {unit}{'' if bound is None else f'   (at most {bound})'}{'   MISSED' if bad else ''}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = o.keep or pathlib.Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "results").exists():
            write(folder, o.examples)
            measured(folder, "run", "experiment.yaml", "--plain", "--workers", "2")
        report = folder / "results/large/1/report.html"
        seconds, megabytes = measured(folder, "report", "--format", "html")
        show("size of the file", report.stat().st_size / 1e6, "MB", 40)
        show("written in", seconds, "s", 30)
        show("host's memory", megabytes, "MB", 500)
        page = subprocess.run(["node", "large.mjs", report.resolve()], cwd=installed(BUILD), env={**os.environ, "PAGE_REPORTS": str(folder)},
                              capture_output=True, text=True)
        if page.returncode != 0:
            sys.exit(page.stderr)
        found = json.loads(page.stdout)
        show("opened and answering in", found["interactive"], "s", 3)
        show("first page of examples after", found["examples_listed"], "s")
        show("filtered in", found["filtered"], "s")
        show("example 77,777 opened in", found["example_opened"], "s")
        show("all texts searched in", found["searched"], "s")
        show("page's memory, opened", found["megabytes_opened"], "MB", 500)
        show("page's memory, all sections seen", found["megabytes_seen"], "MB", 500)
        show("page's memory, most while searching", found["megabytes_peak"], "MB", 500)
        if found["problems"]:
            sys.exit("\n".join(found["problems"]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
