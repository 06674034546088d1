"""Blocks of YAML in the pages are what assay takes, and blocks of shell do what they say."""

import json
import os
import pathlib
import re
import shutil
import subprocess

from workspace import ASSAY, EXPERIMENT, NANO, SOURCE, Workspace, main

PAGES = [SOURCE / "README.md", *(page for folder in ("docs", "plugins", "examples/exec") for page in sorted((SOURCE / folder).rglob("*.md")))]
BASE = EXPERIMENT.replace("sim: {source: simulated, accuracy: 0.7}", f"nano: {{source: local, path: {NANO}}}\n  mini: {{source: simulated, accuracy: 0.7}}") \
    .replace("model: [sim]", "model: [nano]").replace("    test: test.jsonl\n", "    test: test.jsonl\n    validation_fraction: 0.2\n")
# Files and models that an example speaks of and a reader has: what it says of itself is judged, not whether they are there.
ABSENT = re.compile(r"no such (file|folder)|does not exist|which is no (file|folder)|is no dataset of the matrix|names the field|matches no cell|behind an HTTP API|"
                    r"which the experiment does not have|none of the matrix's strategies|environment variable")
PROVIDERS = re.compile(r"^[^#\n]*(source: (openai|anthropic)|openai_fine_tune)", re.M)  # e2e_remote asks a server of its own
# What a page's reader has in the place of messages for desks.
READERS = {
    "plugins/metrics/auroc/README.md": [("billing, outage, account", "spam, ham"), ("{{ label }}", "{{ spam }}")],
    "plugins/metrics/consistency/README.md": [("- zero_shot", "- self_consistency: {samples: 3}"), ("billing, outage, account", "")],
    "plugins/metrics/json_match/README.md": [("{{ label }}", "{{ {'desk': label} | tojson }}"), ("billing, outage, account", "")],
    "plugins/metrics/numeric_match/README.md": [("{{ label }}", "{{ number }}"), ("billing, outage, account", "")],
    "plugins/metrics/slot_error/README.md": [("{{ text }}", "{{ slots }}"), ("billing, outage, account", "")],
    "plugins/strategies/label_words/README.md": [("billing, outage, account", "positive, negative"), ("{{ label }}", "{{ sentiment }}")],
}
# Rest on what a reader's own rows and files hold; whether they are experiments is tested, and what they mean in the named tests.
VALIDATED = {
    "plugins/metrics/llm_judge/README.md": (2, "e2e_judge"), "docs/experiments.md": (3, "e2e_grid, e2e_recorded"), "docs/costs.md": (1, "e2e_cost"),
    "plugins/strategies/instruction_tuning/README.md": (1, "e2e_training"), "plugins/strategies/retrieval/README.md": (1, "e2e_retrieval"),
    "docs/remote-models.md": (2, "e2e_remote"), "docs/fine-tuning-jobs.md": (1, "e2e_remote_jobs"), "plugins/metrics/cost/README.md": (1, "e2e_cost"),
    "plugins/strategies/openai_fine_tune/README.md": (1, "e2e_remote_jobs"), "docs/tutorial.md": (1, "e2e_site"),
}


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


def base_of(page):
    """The rehearsal as the page's reader has it."""
    base = BASE
    for old, new in READERS.get(page and str(page.relative_to(SOURCE)), []):
        assert old in base, old
        base = base.replace(old, new)
    return base.replace("    choices: []\n", "").replace("resamples: 200", "resamples: 100")


def whole(block, page=None):
    """The experiment that a piece of one stands for: the rest is the rehearsal's."""
    parts = sections(base_of(page))
    if block.startswith("- "):
        block = "strategy:\n" + "\n".join("  " + line for line in block.splitlines())
    given = sections(block)
    inner = {key: given.pop(key) for key in ("strategy", "exclude") if key in given}
    parts.update(given)
    if "matrix" not in given:
        model = (names_in(given["models"]) if "models" in given else ["nano"])[0]
        dataset = (names_in(given["datasets"]) if "datasets" in given else ["tickets"])[0]
        first = parts["matrix"][parts["matrix"].index("  strategy:") + 1].strip(" -")
        strategy = inner.pop("strategy", [f"strategy: [{first}]"])
        parts["matrix"] = ["matrix:", f"  model: [{model}]", f"  dataset: [{dataset}]", *("  " + line for line in strategy), "  seed: [1]"]
        parts["matrix"] += ["  " + line for lines in inner.values() for line in lines]
    if "report" not in given:
        parts["report"] = ["report: {resamples: 200}"]
    return "\n".join(line for lines in parts.values() for line in lines) + "\n"


class BlocksTest(Workspace):
    def test_every_block_of_yaml_is_an_experiment_or_a_part_of_one_and_runs(self):
        self.give_a_reader_files()
        env = {"MY_DATA": str(self.folder / "my_data")}
        problems, judged, left = [], 0, {}
        for page in PAGES:
            name = str(page.relative_to(SOURCE))
            for block in blocks(page, "yaml"):
                if "prices:" in block and "machines:" in block:  # a price sheet, which docs/costs.md is about
                    continue
                self.write("block.yaml", whole(block, page) if "name" not in sections(block) else block)
                done = self.assay("validate", "block.yaml", expect=None, env=env)
                judged += 1
                wrong = [line for line in done.stderr.splitlines() if done.returncode != 0 and not line.startswith("warning") and not ABSENT.search(line)]
                if done.returncode != 0 or PROVIDERS.search(block) or "llm_judge" in block:
                    left[name] = left.get(name, 0) + 1
                    problems += [f"{name}: {line}\n{block}" for line in wrong]
                else:
                    done = self.assay("run", "block.yaml", "--plain", expect=None, env=env)
                    if done.returncode != 0:
                        problems.append(f"{name}: {done.stdout}\n{done.stderr}\n{block}")
        self.assertGreater(judged, 60)
        self.assertFalse(problems, "\n".join(problems))
        self.assertEqual(left, {name: count for name, (count, _) in VALIDATED.items()}, "blocks that are validated, not run")

    def give_a_reader_files(self):
        """Few rows, which have all that a page speaks of, and the files that it names."""
        desks, slots = ["billing", "outage", "account"], ["area[riverside]", "area[city centre]", "familyFriendly[yes]"]

        def rows(count):
            return "".join(json.dumps({"text": f"message number {i}", "label": desks[i % 3], "subject": f"message {i}", "body": f"of number {i}", "team": desks[i % 3],
                                       "customer": f"customer {i // 2}", "language": ["en", "de"][i % 2], "number": i, "slots": slots[i % 3], "spam": ["spam", "ham"][i % 2],
                                       "sentiment": ["positive", "negative"][i % 2]}) + "\n" for i in range(count))

        for name in ("test.jsonl", "data/test.jsonl", "data/tickets-test.jsonl"):
            self.write(name, rows(6))
        self.write("train.jsonl", rows(15))
        table = "subject,body,team\n" + "".join(f"message {i},of number {i},{desks[i % 3]}\n" for i in range(15))
        for name in ("data/train.csv", "data/tickets.csv"):
            self.write(name, table)
        self.write("my_data/tasks/sums/test.jsonl", "".join(json.dumps({"input": f"{i} plus 1", "target": str(i + 1)}) + "\n" for i in range(6)))
        self.write("my_data/tasks/sums/prompt.txt", "{{ input }} is ")
        (self.folder / "models").mkdir()
        (self.folder / "models/nano").symlink_to(NANO)
        shutil.copytree(SOURCE / "examples/exec", self.folder / "scorers")
        self.write("scorers/words.txt", "one\n")
        self.write("prompts/mine.j2", "{{ instruction }}\n{{ input }}")
        self.write("prompts/route.j2", "{{ instruction }}\n{{ input }}")
        sheet, = (block for block in blocks(SOURCE / "docs/costs.md", "yaml") if "machines:" in block)
        self.write("prices.yaml", sheet)

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
