"""llm_judge: a recorded judge with a planted bias for what stands first, ties and answers that cannot be read; what it costs; resuming."""

import json
import os
import signal
import subprocess
import time
from itertools import product

from workspace import ASSAY, Workspace, main, rows

LABELS = ["billing", "outage", "account"]
PRICE = "price: {input: 2.0, cached_input: 1.0, output: 10.0}"
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}


class JudgeTest(Workspace):
    def use_judge(self, metric, judge=f"judge: {{source: recorded, path: verdicts.jsonl, match: {{prompt: prompt}}, completion: said, usage: usage, {PRICE}}}"):
        self.edit("models:\n", f"models:\n  {judge}\n")
        self.edit("metrics: [accuracy, f1]", f"metrics:\n  - accuracy\n  - llm_judge: {metric}")

    def record(self, prompts):
        """A row a prompt: (prompt, what the judge said)."""
        self.write("verdicts.jsonl", "".join(json.dumps({"prompt": p, "said": said, "usage": USAGE}) + "\n" for p, said in prompts))

    def inputs(self):
        return [json.loads(line)["text"] for line in (self.folder / "test.jsonl").read_text(encoding="utf-8").splitlines()]

    def answers(self):
        """By cell: the answers in the order of the rows."""
        found = {}
        for cell in self.plan()["cells"]:
            key = cell["generate"]
            path = self.folder / "results/bundles/generate" / key[:2] / key / "predictions.jsonl"
            found[cell["strategy"], cell["seed"]] = [json.loads(line)["answer"] for line in path.read_text(encoding="utf-8").splitlines()]
        return found

    def values(self, group):
        outputs = [output["name"] for output in self.report()["datasets"][0]["outputs"]]
        return dict(zip(outputs, [value["value"] for value in group["values"]]))

    def groups(self):
        return {group["label"]: group for group in self.report()["datasets"][0]["groups"]}

    # Of five questions the first is answered by position, the second by a tie, the third by nothing readable.
    def verdict(self, i, a, b):
        return ["Verdict: A", "Verdict: tie", "I cannot say.", f"Verdict: {'A' if a < b else 'B'}", f"Verdict: {'A' if a < b else 'B'}"][i % 5]

    def use_pairs(self, against):
        self.write("pair.j2", "{{ input }}|{{ a }}|{{ b }}")
        self.use_judge(f"{{model: judge, mode: pairwise, against: {against}, template: pair.j2}}")
        self.record((f"{text}|{a}|{b}", self.verdict(i, a, b))
                    for i, text in enumerate(self.inputs()) for a, b in product(LABELS, LABELS))

    def expected(self, mine, theirs):
        win = tie = loss = flips = first = unreadable = 0
        for i, (a, b) in enumerate(zip(mine, theirs)):
            kind = "tie" if a == b else ["biased", "tie", "unreadable", "real", "real"][i % 5]
            win += kind == "real" and a < b
            loss += kind == "real" and a > b
            tie += kind in ("tie", "biased")
            flips += kind == "biased"
            unreadable += kind == "unreadable"
        read = len(mine) - unreadable
        return {"llm_judge": (win + tie / 2) / read, "llm_judge.win": win / read, "llm_judge.tie": tie / read, "llm_judge.loss": loss / read,
                "llm_judge.position_bias": flips / read, "llm_judge.prefers_first": flips / read, "llm_judge.prefers_second": 0,
                "llm_judge.unreadable": unreadable / len(mine)}

    def check(self, group, expected):
        found = self.values(group)
        for name, value in expected.items():
            self.assertAlmostEqual(found[name], value, msg=name)

    def test_answers_are_compared_with_the_baselines_of_the_same_seed(self):
        self.edit("shots: [1, 2]", "shots: 2")
        self.edit("seed: [1, 2]", "seed: [1]")
        self.edit("accuracy: 0.7", "accuracy: 0.4")
        self.write("test.jsonl", rows(300, start=1000))  # more than are asked about together
        self.use_pairs("baseline")
        self.run_experiment()
        answers = self.answers()
        mine, theirs = answers["few_shot(shots=2)", 1], answers["zero_shot", 1]
        self.assertNotEqual(mine, theirs)
        groups = self.groups()
        self.check(groups["few_shot(shots=2)"], self.expected(mine, theirs))
        self.assertGreater(self.values(groups["few_shot(shots=2)"])["llm_judge.position_bias"], 0)
        # The baseline against itself: ties that nobody was asked about.
        self.check(groups["zero_shot"], {"llm_judge": 0.5, "llm_judge.tie": 1, "llm_judge.unreadable": 0})
        differ = sum(a != b for a, b in zip(mine, theirs))
        taken = {label: group["findings"]["llm_judge.judge_tokens"]["value"] for label, group in groups.items()}
        self.assertEqual(taken["zero_shot"], 0)
        self.assertAlmostEqual(taken["few_shot(shots=2)"], differ * 2 * 110 / 300)

    def test_a_strategy_by_its_name_and_what_stands_for_several(self):
        self.use_pairs("few_shot")
        done = self.assay("validate", "experiment.yaml", expect=2)
        self.assertRegex(done.stderr, r"experiment.yaml:\d+:\d+: answers of sim on 'tickets' are to be compared with those of 'few_shot', which are "
                                      r"several: few_shot\(shots=1\) on sim, few_shot\(shots=2\) on sim")
        self.edit("against: few_shot", "against: few_shots")
        done = self.assay("validate", "experiment.yaml", expect=2)
        self.assertIn("compares with 'few_shots', which is none of the matrix's strategies; did you mean 'few_shot'?", done.stderr)
        self.edit("against: few_shots", "against: zero_shot")
        self.run_experiment()
        answers = self.answers()
        expected = [self.expected(answers["few_shot(shots=1)", seed], answers["zero_shot", seed])["llm_judge"] for seed in (1, 2)]
        self.assertAlmostEqual(self.values(self.groups()["few_shot(shots=1)"])["llm_judge"], sum(expected) / 2)

    def test_the_other_cells_answers_are_part_of_the_key(self):
        self.use_pairs("baseline")
        self.run_experiment()
        self.assertEqual(self.new_stages(), [])
        self.edit("baseline: zero_shot", "baseline: few_shot")
        self.assertIn("score", self.new_stages())
        self.assertNotIn("generate", self.new_stages())

    def use_rubric(self, more="", judge=None):
        self.write("grade.j2", "{{ input }}|{{ output }}")
        metric = f"{{model: judge, template: grade.j2{more}}}"
        self.use_judge(metric, judge) if judge else self.use_judge(metric)
        self.record((f"{text}|{answer}", ["Grade: 5", "Grade: 2", "none"][(i + j) % 3])
                    for i, text in enumerate(self.inputs()) for j, answer in enumerate(LABELS))

    def grades(self, answers):
        return [[5, 2, None][(i + LABELS.index(answer)) % 3] for i, answer in enumerate(answers)]

    def test_grades_and_what_they_cost_which_is_no_cost_of_a_request(self):
        self.edit("sim: {source: simulated, accuracy: 0.7}", "sim: {source: simulated, accuracy: 0.7, price: {input: 1.0, output: 1.0}}")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, cost]")
        self.run_experiment()
        before = {label: self.values(group)["cost"] for label, group in self.groups().items()}
        self.edit("metrics: [accuracy, cost]", "metrics: [accuracy, f1]")
        self.use_rubric()
        self.edit("  - accuracy\n", "  - accuracy\n  - cost\n")
        self.assertEqual([kind for kind in self.new_stages() if kind == "generate"], [])
        self.run_experiment()
        groups, answers = self.groups(), self.answers()
        for label, group in groups.items():
            by_seed = [[grade for grade in self.grades(answers[label, seed]) if grade] for seed in (1, 2)]
            self.assertAlmostEqual(self.values(group)["llm_judge"], sum(sum((g - 1) / 4 for g in grades) / len(grades) for grades in by_seed) / 2)
            self.assertAlmostEqual(self.values(group)["llm_judge.unreadable"], sum(20 - len(grades) for grades in by_seed) / 40)
            self.assertEqual(self.values(group)["cost"], before[label])
            found = group["findings"]
            self.assertEqual(found["llm_judge.judge_tokens"]["value"], 110)
            self.assertAlmostEqual(found["llm_judge.judge_dollars"]["value"], (100 * 2.0 + 10 * 10.0) / 1e6)
        kpis = dict(self.select("select distinct name, value from stage_values where name like 'llm_judge.judge_%'"))
        self.assertEqual(kpis, {"llm_judge.judge_requests": 20, "llm_judge.judge_prompt_tokens": 2000, "llm_judge.judge_completion_tokens": 200})

    def test_agreement_with_people(self):
        people = [["billing", "outage", "account"][i % 3] for i in range(20)]
        self.write("test.jsonl", "".join(json.dumps({"text": f"m {i}", "label": people[i], "human": 1 + i % 5}) + "\n" for i in range(20)))
        self.use_rubric(more=", label: human")
        self.run_experiment()
        answers = self.answers()["zero_shot", 1]
        pairs = [(grade, 1 + i % 5) for i, grade in enumerate(self.grades(answers)) if grade]
        found = self.values(self.groups()["zero_shot"])
        self.assertAlmostEqual(found["llm_judge.agreement"], sum(a == b for a, b in pairs) / len(pairs))

    def test_the_budget_counts_the_judge(self):
        self.use_rubric()
        self.run_experiment("--results", "whole")
        spent = sum(value for (value,) in self.select("select sum(value) from stage_values where name in ('prompt_tokens', 'completion_tokens')", "whole"))
        self.write("experiment.yaml", (self.folder / "experiment.yaml").read_text() + f"budget: {{tokens: {int(spent) + 3000}}}\n")
        done = self.run_experiment("--results", "short", expect=None)
        self.assertIn("tokens would be passed", done.stdout)
        self.assertIn("raise `budget:`", done.stdout)

    def test_a_judge_that_is_not_there_is_named_with_its_place(self):
        self.use_judge("{model: jugde}")
        self.record([("p", "Grade: 5")])
        done = self.assay("validate", "experiment.yaml", expect=2)
        self.assertRegex(done.stderr, r"experiment.yaml:\d+:\d+: 'llm_judge' is to ask the model 'jugde', which the experiment does not have; did you mean 'judge'\?")

    def test_a_request_without_an_answer_fails_the_score_and_says_which(self):
        self.use_rubric()
        self.record([("something|else", "Grade: 5")])
        done = self.run_experiment(expect=1)
        self.assertIn("the judge 'judge' did not answer 20 of 20 requests, the first of them about example 1", done.stdout + done.stderr)
        self.assertIn("accuracy", self.values(self.groups()["zero_shot"]))

    def test_variants_are_not_judged(self):
        self.use_rubric()
        self.edit("report:", "perturb: [{name: loud, case: upper}]\nreport:")
        stages = self.plan()["stages"]
        self.assertEqual([s["label"] for s in stages if "llm_judge" in s["label"] and ("loud" in s["label"] or s["kind"] == "fragility")], [])

    def test_a_simulated_judge_that_chooses(self):
        self.use_judge("{model: other, mode: pairwise, against: reference, verdict: chosen}", "other: {source: simulated, accuracy: 0.5}")
        self.run_experiment()
        found = self.values(self.groups()["zero_shot"])
        self.assertEqual(found["llm_judge.unreadable"], 0)
        self.assertAlmostEqual(found["llm_judge.win"] + found["llm_judge.tie"] + found["llm_judge.loss"], 1)

    def test_what_was_answered_before_a_kill_is_not_asked_again(self):
        self.edit("    - few_shot: {shots: [1, 2]}\n", "")
        self.edit("seed: [1, 2]", "seed: [1]")
        self.use_judge("{model: slow, scale: yes_no, verdict: chosen}", "slow: {source: simulated, latency_ms: 3000}")
        running = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 60
        kept = []
        while time.monotonic() < deadline and len(kept) < 3:
            kept = [line for file in (self.folder / "results").glob("checkpoints/*/judge.jsonl") for line in file.read_text().splitlines()]
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        file = next((self.folder / "results").glob("checkpoints/*/judge.jsonl"))
        lines = file.read_text().splitlines()
        self.assertTrue(3 <= len(lines) < 20, len(lines))
        # What is given again is what was kept: all of it "yes", which the judge itself says by chance.
        answers = [json.loads(line) for line in lines]
        for _, completion in answers:
            completion["choice"] = 1
            completion["usage"] = {"prompt_tokens": 1000000, "completion_tokens": 0}
        file.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
        self.run_experiment()
        taken = self.groups()["zero_shot"]["findings"]["llm_judge.judge_tokens"]["value"]
        self.assertEqual(taken * 20 // 1000000, len(lines))
        self.assertEqual(list((self.folder / "results").glob("checkpoints/*")), [])


if __name__ == "__main__":
    main()
