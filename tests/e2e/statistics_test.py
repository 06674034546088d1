"""`statistics:`, `cluster:` and `by:`: how cells are compared, held against SciPy's figures on the scores that the run left."""

import json
import math

import numpy
import scipy.stats

from workspace import Workspace, main

ROWS = 240


def rows():
    labels = ["billing", "outage", "account"]
    return "".join(json.dumps({"text": f"message number {i}", "label": labels[i % 3], "article": f"a{i // 4}",
                               "language": "de" if i % 5 == 0 else "en"}) + "\n" for i in range(ROWS))


class StatisticsTest(Workspace):
    def setUp(self):
        super().setUp()
        self.write("test.jsonl", rows())
        self.edit("    - few_shot: {shots: [1, 2]}\n", "    - few_shot: {shots: 3}\n")
        self.edit("accuracy: 0.7}", "accuracy: 0.7, shots_gain: 0.03}")
        self.edit("seed: [1, 2]", "seed: 1")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, token_f1]")

    def scores(self, strategy, metric="accuracy", seed=1):
        """The examples' own scores of a cell."""
        cell, = (cell for cell in self.plan()["cells"] if (cell["strategy"], cell["seed"]) == (strategy, seed))
        for key in cell["score"]:
            path, = (self.folder / "results/bundles/score").glob(f"*/{key}")
            if json.loads((path / "scores.json").read_text())["metric"] == metric:
                return numpy.array([json.loads(line)[0] for line in (path / "values.jsonl").read_text().splitlines()])
        self.fail(f"no score of {metric}")

    def compared(self, *arguments, name="accuracy"):
        """The comparison of both cells in the report of a run with these options: few_shot - zero_shot."""
        self.run_experiment(*arguments)
        dataset, = self.report()["datasets"]
        pair, = (pair for pair in dataset["pairs"] if pair["name"] == name)
        return dataset, pair

    def test_the_test_is_the_declared_one(self):
        few = None
        for test, name in [("auto", "mcnemar_mid_p"), ("mcnemar_exact", "mcnemar_exact"), ("t", "paired_t"), ("sign", "sign"),
                           ("wilcoxon", "wilcoxon"), ("randomisation", "randomisation"), ("bootstrap", "paired_bootstrap")]:
            with self.subTest(test):
                _, pair = self.compared("--set", f"statistics.test={test}")
                if few is None:
                    few, zero = self.scores("few_shot(shots=3)"), self.scores("zero_shot")
                self.assertEqual(pair["test"], name)
                self.assertAlmostEqual(pair["difference"], few.mean() - zero.mean(), places=12)
                only_few, only_zero = int(((few == 1) & (zero == 0)).sum()), int(((few == 0) & (zero == 1)).sum())
                exact = scipy.stats.binomtest(only_few, only_few + only_zero).pvalue
                expected = {
                    "auto": exact - scipy.stats.binom.pmf(min(only_few, only_zero), only_few + only_zero, 0.5),
                    "mcnemar_exact": exact,
                    "sign": exact,
                    "t": scipy.stats.ttest_rel(few, zero).pvalue,
                    "wilcoxon": scipy.stats.wilcoxon(few - zero, correction=True, mode="approx").pvalue,
                }.get(test)
                if expected is not None:
                    self.assertAlmostEqual(pair["p_value"], expected, places=9)
                else:
                    self.assertLess(abs(pair["p_value"] - exact), 0.12, "by resampling 200 times")

    def test_a_corpus_metric_is_randomised_through_the_metric(self):
        dataset, pair = self.compared("--set", "statistics.test=randomisation", name="f1")
        self.assertEqual(pair["test"], "randomisation")
        count = pair["p_value"] * 201
        self.assertAlmostEqual(count, round(count), places=9)
        _, t = self.compared("--set", "statistics.test=wilcoxon", name="f1")
        self.assertEqual(t["test"], "paired_bootstrap", "Wilcoxon's test cannot judge a corpus metric")
        self.assertLess(abs(t["p_value"] - pair["p_value"]), 0.1)

    def test_clusters_are_what_intervals_and_tests_count(self):
        self.edit("    instruction:", "    cluster: article\n    instruction:")
        dataset, pair = self.compared("--set", "statistics.test=t")
        self.assertEqual((dataset["examples"], dataset["clusters"]), (ROWS, ROWS // 4))
        few, zero = self.scores("few_shot(shots=3)"), self.scores("zero_shot")
        sums = (few - zero - (few - zero).mean()).reshape(-1, 4).sum(axis=1)
        clusters = len(sums)
        error = math.sqrt(clusters / (clusters - 1) * (sums ** 2).sum()) / ROWS
        expected = 2 * scipy.stats.t.sf(abs((few - zero).mean()) / error, clusters - 1)
        self.assertAlmostEqual(pair["p_value"], expected, places=9)
        self.assertAlmostEqual((pair["high"] - pair["low"]) / (2 * scipy.stats.t.ppf(0.975, clusters - 1) * error), 1, delta=0.2)
        self.assertIn("over the 60 clusters of test examples", (self.folder / "results/rehearsal/1/report.md").read_text())
        plan = self.plan()["reach"][0]
        self.assertEqual((plan["clusters"], plan["examples"]), (60, ROWS))

    def test_a_cluster_that_is_not_there_is_named_before_anything_runs(self):
        self.edit("    instruction:", "    cluster: chapter\n    instruction:")
        message = self.run_experiment(expect=2).stderr
        self.assertRegex(message, r"experiment\.yaml:10:\d+: .*'chapter'")
        self.assertIn("row 1", message)
        self.assertFalse((self.folder / "results/bundles").exists())
        self.edit("cluster: chapter", "cluster: \"{{ 'all' }}\"")
        self.assertIn("'all' for every test row", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit("cluster: \"{{ 'all' }}\"", "cluster: \"{{ article if text != 'message number 7' else '' }}\"")
        self.assertIn("is empty for test example 8", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_slices_are_the_metric_over_their_rows(self):
        self.edit("    instruction:", "    by: [language, \"{{ 'long' if text | length > 17 else 'short' }}\"]\n    instruction:")
        dataset, _ = self.compared()
        language, length = dataset["slices"]
        self.assertEqual([(slice["name"], slice["examples"]) for slice in language["slices"]], [("de", ROWS // 5), ("en", ROWS - ROWS // 5)])
        self.assertEqual([slice["name"] for slice in length["slices"]], ["long", "short"])
        by_label = {group["label"]: group["group"] for group in dataset["groups"]}
        german = numpy.arange(ROWS) % 5 == 0
        for label, strategy in (("zero_shot", "zero_shot"), ("few_shot(shots=3)", "few_shot(shots=3)")):
            group, = (group for group in language["groups"] if group["group"] == by_label[label])
            values = {value["name"]: value for value in group["values"]}
            self.assertLessEqual({"accuracy", "f1", "token_f1"}, set(values))
            scores = self.scores(strategy)
            means = [scores[german].mean(), scores[~german].mean()]
            accuracy = values["accuracy"]
            self.assertEqual(accuracy["worst"], int(numpy.argmin(means)))
            for slice, mean in zip(accuracy["slices"], means):
                self.assertAlmostEqual(slice["value"], mean, places=12)
                self.assertAlmostEqual(slice["gap"], mean - scores.mean(), places=12)
                self.assertTrue(slice["low"] < mean < slice["high"])
                self.assertTrue(slice["gap_low"] <= slice["gap"] <= slice["gap_high"])
        self.assertIn("accuracy, % by language", (self.folder / "results/rehearsal/1/report.md").read_text())

    def test_too_many_slices_are_refused_with_a_way_out(self):
        self.edit("    instruction:", "    by: text\n    instruction:")
        self.assertRegex(self.assay("validate", "experiment.yaml", expect=2).stderr, r"experiment\.yaml:10:\d+: 'by' \(text\) makes 240 slices .*more than 200: group")

    def test_seeds_may_count_as_drawn(self):
        self.edit("seed: 1", "seed: [1, 2, 3]")
        dataset, fixed = self.compared()
        self.assertIsNotNone(fixed["over_seeds"])
        both = fixed["over_seeds"]
        values = numpy.array([self.scores("few_shot(shots=3)", seed=seed) - self.scores("zero_shot", seed=seed) for seed in (1, 2, 3)])
        seeds, examples = values.shape
        means = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
        residual = (means ** 2).sum() / ((seeds - 1) * (examples - 1))
        of_seeds = examples * values.mean(axis=1).var(ddof=1)
        of_examples = seeds * values.mean(axis=0).var(ddof=1)
        if of_seeds <= residual:
            variance, degrees = of_examples / (seeds * examples), examples - 1
        else:
            variance = (of_seeds + of_examples - residual) / (seeds * examples)
            parts = [(of_seeds, seeds - 1), (of_examples, examples - 1), (residual, (seeds - 1) * (examples - 1))]
            degrees = (variance * seeds * examples) ** 2 / sum(part ** 2 / df for part, df in parts)
        width = 2 * scipy.stats.t.ppf(0.975, degrees) * math.sqrt(variance)
        self.assertAlmostEqual((both["high"] - both["low"]) / width, 1, delta=0.2, msg="resampled, so not to the last digit")
        _, drawn = self.compared("--set", "statistics.seeds=random")
        self.assertEqual((drawn["test"], drawn["low"], drawn["high"]), ("t_over_seeds", both["low"], both["high"]))
        self.assertEqual(drawn["p_value"], both["p_value"])

    def test_equivalence_is_shown_within_a_margin(self):
        self.edit("accuracy: 0.7, shots_gain: 0.03", "accuracy: 0.6, shots_gain: 0")
        dataset, _ = self.compared("--set", "statistics.equivalence_margin=0.5")
        self.assertTrue(dataset["groups"][0]["tied"])
        self.assertIn("equally good within 50.0 points", dataset["recommendation"]["text"])
        self.assertTrue(dataset["recommendation"]["decided"])
        dataset, pair = self.compared()
        self.assertIn("these data cannot tell which is best", dataset["recommendation"]["text"])
        unit = 10 ** (len(str(round(pair["needed"]))) - 2)
        self.assertIn(f"about {math.ceil(pair['needed'] / unit) * unit:,} test examples would show it", dataset["recommendation"]["text"])
        self.assertFalse(dataset["recommendation"]["decided"])

    def test_the_plan_says_what_can_be_told_and_warns_where_that_is_too_little(self):
        plan = self.plan("--set", "statistics.detect=0.05")
        reach, = plan["reach"]
        self.assertEqual((reach["examples"], reach["comparisons"]), (ROWS, 1))
        for share in reach["shares"]:
            discordant, n = share["discordant"], share["needed"]
            deviation = math.sqrt(discordant - 0.05 ** 2)  # Connor 1987
            power = scipy.stats.norm.cdf((0.05 * math.sqrt(n) - 1.959964 * math.sqrt(discordant)) / deviation)
            self.assertTrue(0.8 <= power < 0.801, power)
        self.assertIn("to find a difference of 0.05 in a share four times in five takes", plan["warnings"][-1])
        self.assertEqual(self.plan("--set", "statistics.detect=0.2")["warnings"], [])
        text = self.assay("plan", "experiment.yaml").stdout
        self.assertRegex(text, r"tickets: 240 test examples; true differences found four times in five at 5 %, alone and as the first of 1")

    def test_fronts_say_how_sure_they_are(self):
        self.edit("accuracy: 0.7, shots_gain: 0.03}", "accuracy: 0.5, shots_gain: 0.1, price: {input: 1, output: 2}}")
        self.edit("token_f1]", "cost]")
        dataset, _ = self.compared()
        front, = (front for front in dataset["fronts"] if front["against"] == "cost")
        points = {point["group"]: point for point in front["points"]}
        labels = {group["group"]: group["label"] for group in dataset["groups"]}
        for group, point in points.items():
            self.assertTrue(point["on"])
            self.assertGreater(point["share"], 0.99 if labels[group] == "zero_shot" else 0.95)
        self.assertNotIn("training time", [front["against"] for front in dataset["fronts"]], "nothing trains")


if __name__ == "__main__":
    main()
