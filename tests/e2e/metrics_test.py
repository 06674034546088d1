"""Metrics in an experiment: what they read of predictions, their signatures in the report, what they refuse."""

import json
import math

from workspace import Workspace, main


class MetricsTest(Workspace):
    def metrics(self, written, strategy=None):
        self.edit("metrics: [accuracy, f1]", f"metrics: {written}")
        self.edit("    - few_shot: {shots: [1, 2]}\n", "")
        if strategy:
            self.edit("    - zero_shot\n", f"    - {strategy}\n")
            self.edit("report: {baseline: zero_shot, ", "report: {")
        self.edit("seed: [1, 2]", "seed: [1]")

    def values(self):
        dataset, = self.report()["datasets"]
        group, = dataset["groups"]
        return {value["name"]: value["value"] for value in group["values"]}

    def predictions(self):
        found = next(self.folder.glob("results/bundles/generate/**/predictions.jsonl"))
        return [json.loads(line) for line in found.read_text().splitlines()]

    def test_scores_of_choices_become_probabilities(self):
        self.metrics("[accuracy, {calibration: {bins: 5}}, auroc, perplexity, mcc, confusion, {f1: {per_class: true}}]")
        self.run_experiment()
        values, rows = self.values(), self.predictions()
        bins, brier, bits = {}, 0, 0
        for row in rows:
            scores = dict(zip(row["choices"], row["choice_scores"][0]))
            whole = sum(map(math.exp, scores.values()))
            probability = {choice: math.exp(score) / whole for choice, score in scores.items()}
            bits -= scores[row["target"]] / math.log(2)
            brier += sum((p - (choice == row["target"])) ** 2 for choice, p in probability.items())
            one = bins.setdefault(math.ceil(probability[row["answer"]] * 5), [0, 0])
            one[0] += probability[row["answer"]]
            one[1] += row["answer"] == row["target"]
        self.assertAlmostEqual(values["calibration.ece"], sum(abs(sure - right) for sure, right in bins.values()) / len(rows), 12)
        self.assertAlmostEqual(values["calibration.brier"], brier / len(rows), 12)
        self.assertAlmostEqual(values["perplexity.bits_per_byte"], bits / sum(len(row["target"].encode()) for row in rows), 12)
        self.assertIsNone(values["perplexity"])
        self.assertAlmostEqual(values["confusion"], 1 - values["accuracy"], 12)
        self.assertTrue(0.5 < values["auroc"] <= 1)
        self.assertIn("f1.class.billing", values)

    def test_several_answers_to_a_question(self):
        self.metrics("[accuracy, {samples: {k: [1, 5]}}, consistency, calibration]", "self_consistency: {samples: 5}")
        self.run_experiment()
        values = self.values()
        self.assertEqual(values["samples.majority@5"], values["accuracy"])
        self.assertGreaterEqual(values["samples.pass@5"], values["samples.pass@1"])
        self.assertTrue(0 < values["consistency"] <= 1)
        self.assertTrue(0 <= values["calibration.ece"] <= 1)

    def test_the_input_is_what_answers_are_held_against(self):
        self.metrics("[faithfulness]")
        self.run_experiment()
        self.assertEqual({row["input"] for row in self.predictions()}, {f"message number {1000 + i}" for i in range(20)})
        self.assertEqual(self.values()["faithfulness.words"], 0)

    def test_signatures_stand_in_the_report(self):
        self.metrics("[bleu, accuracy]")
        self.run_experiment()
        signature = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.x"
        bleu, accuracy = self.report()["datasets"][0]["outputs"]
        self.assertEqual((bleu["signature"], accuracy["signature"]), (signature, None))
        for name in ("report.md", "report.html"):
            page = next(self.folder.glob(f"results/rehearsal/*/{name}")).read_text()
            self.assertIn(f"bleu: {signature}", page)

    def test_what_a_metric_cannot_read_fails_with_the_reason(self):
        self.metrics("[accuracy, samples]")
        done = self.run_experiment(expect=1)
        self.assertIn("example 1 has 0 samples, and pass@1 needs 1 or more", done.stdout + done.stderr)


if __name__ == "__main__":
    main()
