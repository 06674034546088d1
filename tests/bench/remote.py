"""Remote models against a fast server on this machine: 64 in flight through the whole path (prompt, request, JSON, journal, answer), beside what a
client that does nothing else gets from the same server (`wrk`, where it is installed, and our own); the latency that is added at 200 requests a
second; the memory of the gateway after 20,000 requests.

ASSAY_BINARY and ASSAY_BUILD name the build: ASSAY_BINARY=build/release/bin/assay ASSAY_BUILD=build/release python3 tests/bench/remote.py
"""

import argparse
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from remote_server import RemoteServer  # noqa: E402

EXPERIMENT = """\
name: remote
models:
  far: {{source: openai, model: m, base_url: "http://localhost:{port}/v1", limits: {{concurrency: 64{limits}}}}}
datasets:
  tickets: {{test: rows.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?", choices: [billing, outage, account]}}
matrix: {{strategy: [zero_shot]}}
metrics: [accuracy]
generation: {{max_tokens: 8}}
report: {{resamples: 100, formats: [json]}}
"""


def run(folder, port, rows, limits=""):
    """The generate stage's header and its predictions' milliseconds."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    (folder / "experiment.yaml").write_text(EXPERIMENT.format(port=port, limits=limits))
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": f"message {i}", "label": "billing"}) + "\n" for i in range(rows)))
    subprocess.run([os.environ["ASSAY_BINARY"], "run", "experiment.yaml", "--plain"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    place = next((folder / "results/bundles/generate").glob("*/*"))
    header = json.loads((place / "bundle.json").read_text())
    file = next(place.glob("predictions.jsonl*"))
    text = gzip.open(file, "rt") if file.suffix == ".gz" else open(file)
    with text as lines:
        return header, [json.loads(line)["ms"] for line in lines]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=20000)
    count = arguments.parse_args().requests
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-"))
    server = RemoteServer(folder, words="billing,outage,account", quiet=1)
    tight = int(subprocess.run([pathlib.Path(os.environ["ASSAY_BUILD"]) / "tests/remote_bench", str(server.port), str(count), "64"], check=True,
                               capture_output=True, text=True).stdout)
    print(f"a client that does nothing else: {tight} requests/s")
    header, _ = run(folder, server.port, count)
    assert header["timing"]["remote"]["answered"] == count, header["timing"]["remote"]
    rate = count / header["timing"]["asking_seconds"]
    print(f"assay, {count} requests, 64 in flight: {rate:.0f} requests/s ({rate / tight:.0%})")
    memory = header["timing"]["peak_rss"] / 1e6
    print(f"the gateway's memory: {memory:.0f} MB")
    server.close()
    slow = RemoteServer(folder, words="billing,outage,account", quiet=1, latency=20)
    _, times = run(folder, slow.port, 2000, ", requests_per_minute: 12300")
    added = sorted(time - 20 for time in times)
    worst = added[len(added) * 99 // 100]
    print(f"added latency at 200 requests/s: median {added[len(added) // 2]:.2f} ms, p99 {worst:.2f} ms")
    slow.close()
    shutil.rmtree(folder)
    if rate < min(5000, tight / 2) or memory > 200 or worst > 5:
        sys.exit("a promise is not kept: 5,000 requests/s or half of the tight client's, 200 MB, 5 ms")


if __name__ == "__main__":
    main()
