#!/usr/bin/env python3
"""What the engine itself costs: a grid of 200 cells on the simulated model, and one cell of 100,000 examples."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

ASSAY = os.environ.get("ASSAY_BINARY", str(pathlib.Path(__file__).parents[2] / "build/release/bin/assay"))


def experiment(seeds, baseline=""):
    return f"""\
name: overhead
models: {{sim: {{source: simulated, accuracy: 0.8, latency_ms: 0}}}}
datasets:
  rows: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", choices: [a, b]}}
matrix:
  strategy:
    - few_shot: {{shots: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}
  seed: {seeds}
metrics: [accuracy]
"""


def write(folder, examples, seeds):
    row = lambda i: json.dumps({"text": f"text {i}", "label": "ab"[i % 2]}) + "\n"
    (folder / "train.jsonl").write_text("".join(row(i) for i in range(40)))
    (folder / "test.jsonl").write_text("".join(row(100 + i) for i in range(examples)))
    (folder / "experiment.yaml").write_text(experiment(seeds))


def timed(folder, *arguments):
    started = time.monotonic()
    subprocess.run([ASSAY, *arguments], cwd=folder, check=True, capture_output=True)
    return time.monotonic() - started


def peak_memory(folder, *arguments):
    """Peak resident megabytes of the host process itself; its workers are other processes."""
    process = subprocess.Popen([ASSAY, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = 0

    def watch():
        nonlocal peak
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
            except (OSError, IndexError):
                pass
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.communicate()
    watcher.join()
    if process.returncode != 0:
        sys.exit("the run failed")
    return peak / 1024


def main():
    failed = False

    def check(what, value, bound, unit):
        nonlocal failed
        failed = failed or value >= bound
        print(f"{what:<52}{value:10.2f} {unit}   bound {bound}   {'ok' if value < bound else 'MISSED'}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, 10, list(range(1, 21)))
        check("assay run, 200 cells of 10 examples, a cell", timed(folder, "run", "experiment.yaml", "--plain") / 200 * 1000, 10, "ms")
        check("assay validate, best of 5", min(timed(folder, "validate", "experiment.yaml") for _ in range(5)) * 1000, 50, "ms")
        check("assay run again, nothing to do", timed(folder, "run", "experiment.yaml", "--plain"), 1, "s")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, 100_000, [1])
        (folder / "experiment.yaml").write_text(experiment([1]).replace("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "1"))
        check("host memory, 100,000 simulated examples", peak_memory(folder, "run", "experiment.yaml", "--plain"), 300, "MB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
