"""Makes the reports that Chromium opens, by running the real binary: reports.py FOLDER."""

import json
import os
import pathlib
import subprocess
import sys

ASSAY = os.environ["ASSAY_BINARY"]
NANO = pathlib.Path(__file__).parents[2] / "experiments/models/nano"
LABELS = ["billing", "outage", "account"]

# What a model may write, none of which may become anything but text.
HOSTILE = [
    "<script>window.ran = 'script'</script>",
    "</script><script>window.ran = 'closed'</script>",
    "<img src=x onerror=\"window.ran = 'image'\">",
    "<!-- <script> --> ]]> &lt;b&gt; &amp; </style></textarea></title>",
    "{{ window.ran = 'braces' }} {% raw %} ${window.ran = 'template'} `ticks` {a|<b>}",
    "javascript:window.ran='link'//",
    "emoji 🧑‍🚀🏳️‍🌈 ﷽ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 e\u0301",
    "\u202eright to left override\u202c עברית العربية \u2066isolate",
    "bell \u0007 escape \u001b[31mred\u001b[0m null-like \u0001 delete \u007f next line \u0085 \ufeff",
    "'; DROP TABLE runs; -- =1+1 @SUM(A1) \"quoted\", comma",
    "long " + "abcdefghi " * 100_000,
    "</body></html><!doctype html>",
]

EVERYTHING = f"""\
name: everything
models:
  nano: {{source: local, path: {NANO}, dtype: f32, dollars_per_hour: 0.1}}
datasets:
  tickets: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?",
            choices: [billing, outage, account], by: [language]}}
  more: {{train: train.jsonl, test: other.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?",
         choices: [billing, outage, account]}}
matrix:
  model: [nano]
  dataset: [tickets, more]
  strategy:
    - zero_shot
    - few_shot: {{shots: [1, 4]}}
    - lora: {{rank: 4, learning_rate: 3.0e-3, epochs: 2, train_size: {{sweep: [30, 90]}}}}
    - [lora: {{rank: 4, learning_rate: 3.0e-3, epochs: 2}}, few_shot: {{shots: 1}}]
  seed: [1, 2]
metrics: [accuracy, f1, tokens, cost, latency]
constraints: {{latency_p95_ms: 500}}
perturb: [{{case: upper}}, {{typos: 0.2}}]
measure: {{requests: 50, concurrency: 1}}
report: {{baseline: zero_shot, primary: accuracy, resamples: 400}}
"""

PLANTED = """\
name: planted
models:
  careful: {source: recorded, path: careful.jsonl, match: {id: id}, completion: output}
  careless: {source: recorded, path: careless.jsonl, match: {id: id}, completion: output}
datasets:
  plain: {test: test.jsonl, input: "{{ text }}", target: "{{ label }}", id: key}
matrix:
  model: [careful, careless]
  dataset: [plain]
  strategy: [zero_shot]
metrics: [exact_match, token_f1]
report: {primary: exact_match, resamples: 200}
"""

PARTIAL = """\
name: partial
models:
  sim: {source: simulated, accuracy: 0.7}
  silent: {source: recorded, path: nothing.jsonl, match: {id: id}, completion: output}
datasets:
  one: {test: one.jsonl, input: "{{ text }}", target: "{{ label }}", choices: [billing, outage, account]}
matrix:
  model: [sim, silent]
  dataset: [one]
  strategy: [zero_shot]
  seed: [1]
metrics: [accuracy]
"""


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def tickets(count, start):
    # The label follows the words, so that training has something to learn.
    things = {"billing": "bill", "outage": "line", "account": "name"}
    return [{"text": f"the {things[LABELS[i % 3]]} number {start + i}", "label": LABELS[i % 3], "language": ["en", "de", "fr"][i // 3 % 3]} for i in range(count)]


def make(folder, name, experiment, files, expect=0):
    """Runs an experiment in FOLDER/name; its report is FOLDER/name.html."""
    place = folder / name
    place.mkdir(parents=True)
    for file, rows in files.items():
        write_rows(place / file, rows)
    (place / "experiment.yaml").write_text(experiment, encoding="utf-8")
    done = subprocess.run([ASSAY, "run", "experiment.yaml", "--plain", "--workers", "2"], cwd=place, capture_output=True, text=True)
    if done.returncode != expect:
        sys.exit(f"{name}: assay run ended with {done.returncode}, expected {expect}\n{done.stdout}{done.stderr}")
    (place / f"results/{name}/1/report.html").rename(folder / f"{name}.html")


def planted():
    """Forty questions; the careless model is wrong about row-17 only, the outputs of the last rows are hostile in both."""
    rows = [{"key": f"row-{i}", "text": f"question {i}", "label": f"answer {i}"} for i in range(40)]
    rows += [{"key": f"hostile-{i}", "text": text[:2000], "label": text[:2000]} for i, text in enumerate(HOSTILE)]
    hostile = [{"id": f"hostile-{i}", "output": text} for i, text in enumerate(HOSTILE)]
    right = [{"id": row["key"], "output": row["label"]} for row in rows[:40]]
    wrong = [{**row, "output": "a planted mistake"} if row["id"] == "row-17" else row for row in right]
    return {"test.jsonl": rows, "careful.jsonl": right + hostile, "careless.jsonl": wrong + hostile}


def main():
    folder = pathlib.Path(sys.argv[1])
    make(folder, "planted", PLANTED, planted())
    make(folder, "partial", PARTIAL, {"one.jsonl": tickets(1, 0), "nothing.jsonl": [{"id": "other", "output": "billing"}]}, expect=1)
    make(folder, "everything", EVERYTHING, {"train.jsonl": tickets(90, 0), "test.jsonl": tickets(60, 1000), "other.jsonl": tickets(30, 5000)})


main()
