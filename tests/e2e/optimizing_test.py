"""prompt_optimizer on nano: what it finds, what it spends, what it never reads, and that a kill changes nothing of it."""

import json
import os

from killing import Killing
from workspace import NANO, SOURCE, main

CHAIN = SOURCE / "experiments/data/chain"
EXPERIMENT = f"""\
name: rehearsal
models:
  nano: {{source: local, path: {NANO}, dtype: f32, price: {{input: 1.0, output: 4.0}}}}
datasets:
  chain:
    train: train.jsonl
    validation: validation.jsonl
    test: test.jsonl
    input: "{{{{ text }}}}"
    target: "{{{{ target }}}}"
    instruction: "a word or two"
matrix:
  strategy:
    - name: optimized
      use: [prompt_optimizer: OPTIONS, chain_of_thought: {{instruction: ""}}]
  seed: [1]
metrics: [accuracy, tokens]
generation: {{temperature: 0, max_tokens: 48}}
report: {{resamples: 200}}
"""
THIRTY = [f"remark number {i}" for i in range(29)]
THIRTY.insert(17, "show the steps")


def lines(path, count):
    return "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:count])


class OptimizingTest(Killing):
    def setUp(self):
        super().setUp()
        for split, count in (("train", 60), ("validation", 64), ("test", 40)):
            self.write(f"{split}.jsonl", lines(CHAIN / f"{split}.jsonl", count))

    def use(self, options):
        self.write("experiment.yaml", EXPERIMENT.replace("OPTIONS", json.dumps(options)))

    def bundle(self, results="results"):
        path, = (self.folder / results).glob("bundles/adapt/*/*/state.json")
        return path.parent

    def state(self, results="results"):
        return json.loads((self.bundle(results) / "state.json").read_text(encoding="utf-8"))

    def history(self, results="results"):
        return [json.loads(line) for line in (self.bundle(results) / "files/history.jsonl").read_text(encoding="utf-8").splitlines()]

    def asked_tokens(self, results="results"):
        header = json.loads((self.bundle(results) / "bundle.json").read_text(encoding="utf-8"))
        usage = header["timing"].get("usage", {})  # absent where nothing was asked
        return usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)

    def test_the_one_good_instruction_of_thirty_is_found_for_less_than_half_of_trying_all(self):
        self.use({"instructions": THIRTY})
        self.run_experiment()
        self.assertEqual(self.state()["instruction"], "show the steps")
        self.assertEqual(self.state()["tokens_spent"], self.asked_tokens())
        self.use({"instructions": THIRTY, "first_rows": 64})
        self.run_experiment("--results", "exhaustive")
        self.assertEqual(self.state("exhaustive")["instruction"], "show the steps")
        self.assertLess(self.asked_tokens(), self.asked_tokens("exhaustive") / 2)
        prompt = (self.bundle() / "files/optimized.j2").read_text(encoding="utf-8")
        self.write("prompts/optimized.j2", prompt)
        self.assertIn("optimized@1", self.assay("prompt", "list", "--library", "prompts").stdout)
        # The search is the strategy's to pay: its tokens stand with the cell, at the model's price.
        group, = self.report()["datasets"][0]["groups"]
        self.assertEqual(group["costs"]["adapt_tokens"], self.asked_tokens())
        self.assertGreater(group["costs"]["adapt_dollars"], 0)

    def test_no_budget_is_passed(self):
        options = {"instructions": THIRTY[10:20], "shots": {"count": 2, "sets": 3}, "propose": {"count": 4, "rounds": 2}}
        for budget in ({"tokens": 500}, {"tokens": 5_000}, {"tokens": 12_000}, {"dollars": 0.02}, {"trials": 7}):
            results = "-".join(map(str, *budget.items()))
            self.use({**options, "budget": budget})
            self.run_experiment("--results", results)
            if "tokens" in budget:
                self.assertLessEqual(self.asked_tokens(results), budget["tokens"])
            elif "trials" in budget:
                self.assertLessEqual(len(self.history(results)), 7)
            else:
                usage = json.loads((self.bundle(results) / "bundle.json").read_text())["timing"]["usage"]
                self.assertLessEqual((usage["prompt_tokens"] + 4 * usage["completion_tokens"]) / 1e6, 0.02)
            self.assertIn("budget allow", (self.bundle(results) / "log.txt").read_text())

    def test_killed_and_resumed_it_finds_the_same_and_asks_nothing_twice(self):
        self.use({"instructions": THIRTY, "shots": {"count": 2, "sets": 4}, "propose": {"count": 4}})
        self.run_experiment("--results", "whole")
        kept = []
        for wanted in (1, 120, 300):
            process = self.start("killed")
            found = self.wait_until(lambda: [p for p in (self.folder / "killed").glob("checkpoints/*/answers.jsonl")
                                             if p.read_bytes().count(b"\n") >= wanted] or process.poll() is not None)
            self.assertTrue(isinstance(found, list), "it was to be killed before its end")
            self.kill_group(process)
            kept.append(found[0].read_bytes())
            self.assertTrue(kept[-1].startswith(kept[0][:kept[0].rindex(b"\n")]), "what was answered stays")
        self.run_experiment("--results", "killed")
        for name in ("state.json", "files/history.jsonl", "files/optimized.j2"):
            self.assertEqual((self.bundle("killed") / name).read_bytes(), (self.bundle("whole") / name).read_bytes(), name)
        self.assertEqual(self.asked_tokens("killed"), self.asked_tokens("whole"))
        self.assertEqual(self.stable("killed"), self.stable("whole"))
        self.assertEqual(list((self.folder / "killed/checkpoints").iterdir()), [])

    def test_the_test_split_is_not_read(self):
        self.use({"instructions": THIRTY[14:20], "shots": {"count": 2, "sets": 2}})
        self.run_experiment("--results", "whole")
        process = self.start("results")
        self.wait_until(lambda: list((self.folder / "results").glob("runs/1/plan.json")))
        os.unlink(self.folder / "test.jsonl")  # planning has read it; what runs now has not
        out = process.communicate()[0].decode()
        self.assertEqual(process.returncode, 1, out)
        self.assertEqual(self.state(), self.state("whole"))

    def test_what_does_not_go_together_is_said_before_work_starts(self):
        self.use({"instructions": ["a"], "select": "latency"})
        self.edit("metrics: [accuracy, tokens]", "metrics: [accuracy, latency]")
        self.assertIn("cannot tell which prompt is best", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.use({"instructions": ["a"]})
        self.edit("    - name: optimized\n", "    - [prompt_optimizer: {instructions: [a]}, sft: {train_with_prompt: true}]\n    - name: optimized\n")
        self.assertIn("neither can come first", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.use({"instructions": ["a"]})
        self.edit("    validation: validation.jsonl\n", "")
        self.assertIn("'prompt_optimizer' needs validation rows", self.assay("validate", "experiment.yaml", expect=2).stderr)


if __name__ == "__main__":
    main()
