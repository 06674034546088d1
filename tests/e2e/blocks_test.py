"""Blocks of YAML in the pages are what assay takes, and blocks of shell do what they say."""

import json
import os
import pathlib
import re
import subprocess

from workspace import ASSAY, EXPERIMENT, NANO, SOURCE, Workspace, main

PAGES = [page for folder in ("docs", "plugins", "examples/exec") for page in sorted((SOURCE / folder).rglob("*.md"))]
BASE = EXPERIMENT.replace("sim: {source: simulated, accuracy: 0.7}", f"nano: {{source: local, path: {NANO}}}\n  mini: {{source: simulated, accuracy: 0.7}}") \
    .replace("model: [sim]", "model: [nano]").replace("    test: test.jsonl\n", "    test: test.jsonl\n    validation_fraction: 0.2\n")
# Files and models that an example speaks of and a reader has: what it says of itself is judged, not whether they are there.
ABSENT = re.compile(r"no such (file|folder)|does not exist|which is no (file|folder)|is no dataset of the matrix|names the field|matches no cell|behind an HTTP API|"
                    r"which the experiment does not have|none of the matrix's strategies|environment variable")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.S | re.M)


def sections(text):
    """{top-level key: its lines} of a YAML text."""
    found = {}
    for line in text.splitlines():
        key = re.match(r"([\w-]+):", line)
        if key:
            found[key.group(1)] = []
        if found:
            found[list(found)[-1]].append(line)
    return found


def names_in(lines):
    """The names under a key that holds a map of them."""
    return re.findall(r"^  ([\w-]+):", "\n".join(lines), re.M)


def whole(block):
    """The experiment that a piece of one stands for: the rest is the rehearsal's."""
    parts = sections(BASE)
    if block.startswith("- "):
        block = "strategy:\n" + "\n".join("  " + line for line in block.splitlines())
    given = sections(block)
    inner = {key: given.pop(key) for key in ("strategy", "exclude") if key in given}
    parts.update(given)
    if "matrix" not in given:
        model = (names_in(given["models"]) if "models" in given else ["nano"])[0]
        dataset = (names_in(given["datasets"]) if "datasets" in given else ["tickets"])[0]
        strategy = inner.pop("strategy", ["strategy: [zero_shot]"])
        parts["matrix"] = ["matrix:", f"  model: [{model}]", f"  dataset: [{dataset}]", *("  " + line for line in strategy), "  seed: [1]"]
        parts["matrix"] += ["  " + line for lines in inner.values() for line in lines]
    if "report" not in given:
        parts["report"] = ["report: {resamples: 200}"]
    return "\n".join(line for lines in parts.values() for line in lines) + "\n"


class BlocksTest(Workspace):
    def test_every_block_of_yaml_is_an_experiment_or_a_part_of_one(self):
        problems, judged = [], 0
        for page in PAGES:
            for block in blocks(page, "yaml"):
                if "prices:" in block and "machines:" in block:  # a price sheet, which docs/costs.md is about
                    continue
                self.write("block.yaml", whole(block) if "name" not in sections(block) else block)
                done = self.assay("validate", "block.yaml", expect=None)
                judged += 1
                for line in done.stderr.splitlines():
                    if done.returncode != 0 and not line.startswith("warning") and not ABSENT.search(line):
                        problems.append(f"{page.relative_to(SOURCE)}: {line}\n{block}")
        self.assertGreater(judged, 60)
        self.assertFalse(problems, "\n".join(problems))

    def test_every_block_of_shell_in_the_pages_about_commands_runs(self):
        self.edit("  sim: {source: simulated, accuracy: 0.7}", "  mini: {source: simulated, accuracy: 0.7, price: {input: 0.1, output: 0.2}}\n"
                  "  nano: {source: simulated, accuracy: 0.6, dollars_per_hour: 0.1}")
        self.edit("model: [sim]", "model: [mini, nano]")
        self.run_experiment()
        self.write("tickets.yaml", (self.folder / "experiment.yaml").read_text())
        self.write("mine.j2", "{{ instruction }}\n{{ input }}")
        self.write("outputs.jsonl", "".join(json.dumps({"id": str(i), "input": f"say {i}", "target": "a b c d", "prediction": "a b c e", "language": "en" if i % 2 else "de"}) + "\n"
                                            for i in range(8)))
        (self.folder / "lib").symlink_to(pathlib.Path(ASSAY).resolve().parents[1] / "lib")
        (self.folder / "scorers").symlink_to(SOURCE / "examples/exec")
        run = 0
        for name in ("prompts", "metrics", "costs", "exec-metrics"):
            for block in blocks(SOURCE / f"docs/{name}.md", "sh"):
                done = subprocess.run(["bash", "-eu", "-c", re.sub(r"(?m)^(assay prompt diff [^#\n]*).*$", r"\1 || [ $? = 1 ]", block)], cwd=self.folder, capture_output=True, text=True,
                                      env={**os.environ, "PATH": f"{pathlib.Path(ASSAY).parent}:{os.environ['PATH']}"})
                self.assertEqual(done.returncode, 0, f"{name}: {block}\n{done.stdout}\n{done.stderr}")
                run += 1
        self.assertGreaterEqual(run, 5)


if __name__ == "__main__":
    main()
