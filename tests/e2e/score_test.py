"""assay score: a file of predictions scored on its own."""

import json

from workspace import SOURCE, Workspace, main

ROWS = [
    {"prediction": "The dog bit the man.", "references": ["The dog bit the man.", "The dog had bit the man."]},
    {"prediction": "It wasn't surprising.", "references": ["It was not unexpected.", "No one was surprised."]},
    {"prediction": "The man had just bitten him.", "references": ["The man bit him first.", "The man had bitten the dog."]},
]


class ScoreTest(Workspace):
    def rows(self, rows, name="out.jsonl"):
        self.write(name, "".join(json.dumps(row) + "\n" for row in rows))
        return name

    def scores(self, metrics, rows, *more):
        done = self.assay("score", self.rows(rows), "--metrics", metrics, "--json", *more)
        return json.loads(done.stdout)

    def refusal(self, metrics, rows, *more):
        return self.assay("score", self.rows(rows), "--metrics", metrics, *more, expect=2).stderr

    def test_scores_signatures_and_intervals(self):
        scores = self.scores("bleu,rouge", ROWS)
        self.assertEqual(scores["examples"], 3)
        bleu, rouge = scores["metrics"]
        self.assertAlmostEqual(bleu["values"][0]["value"], 48.530827, 6)  # sacreBLEU's README
        self.assertEqual(bleu["signature"], "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.x")
        self.assertEqual([value["name"] for value in rouge["values"]], ["rouge1", "rouge2", "rougeL"])
        for metric in scores["metrics"]:
            for value in metric["values"]:
                self.assertLessEqual(value["low"], value["value"])
                self.assertLessEqual(value["value"], value["high"])

    def test_parameters_follow_a_metrics_name(self):
        scores = self.scores("{bleu: {tokenize: intl}}, chrf, {chrf: {word_order: 2}}", ROWS)
        self.assertAlmostEqual(scores["metrics"][0]["values"][0]["value"], 43.91623493, 6)  # sacreBLEU's tests
        self.assertIn("|tok:intl|", scores["metrics"][0]["signature"])
        self.assertEqual([metric["params"]["word_order"] for metric in scores["metrics"][1:]], [0, 2])

    def test_scorers_in_other_languages_have_names_of_their_own(self):
        self.write("length.py", (SOURCE / "examples/exec/length.py").read_text())
        scorers = ", ".join(f"{{exec: {{name: {name}, command: [python3, length.py]}}}}" for name in ("brevity", "length"))
        scores = self.scores(f"{scorers}, length_ratio", [{"prediction": "a b", "target": "a b c d"}, {"prediction": "a", "target": "a"}])
        names = [value["name"] for metric in scores["metrics"] for value in metric["values"]]
        self.assertEqual(names[:2], ["brevity.relative_length", "length.relative_length"])

    def test_prints_a_line_a_value_for_people(self):
        text = self.assay("score", self.rows(ROWS), "--metrics", "bleu,accuracy", "--resamples", "100").stdout
        self.assertRegex(text, r"out.jsonl: 3 examples, 95 % intervals from 100 resamples")
        self.assertRegex(text, r"bleu +48\.531  \[\d+\.\d+, \d+(\.\d+)?\]\n  nrefs:2\|case:mixed")
        self.assertRegex(text, r"accuracy +0\.33333  \[0\.06149\d*, 0\.7923\d*\]")  # Wilson's of 1 in 3

    def test_the_interval_is_that_of_a_report(self):
        self.edit("    - few_shot: {shots: [1, 2]}\n", "")
        self.run_experiment()
        reported = self.report()["datasets"][0]["groups"][0]["values"][0]
        predictions = next(self.folder.glob("results/bundles/generate/**/predictions.jsonl"))
        rows = [json.loads(line) for line in predictions.read_text().splitlines()]
        scores = self.scores("accuracy", [{"prediction": row["answer"], "target": row["target"]} for row in rows], "--resamples", "200")
        value = scores["metrics"][0]["values"][0]
        self.assertEqual((value["name"], value["value"]), (reported["name"], reported["value"]))
        self.assertEqual((value["low"], value["high"]), (reported["low"], reported["high"]))

    def test_slices_have_values_and_the_worst_its_gap(self):
        rows = [{"prediction": "a", "target": "a" if i % 10 < right else "b", "language": language}
                for language, right in (("de", 9), ("en", 10), ("fr", 4)) for i in range(20)]
        rows.append({"prediction": "a", "target": "b", "language": "la"})  # one row is worst by chance
        value, = self.scores("accuracy", rows, "--by", "language")["metrics"][0]["values"]
        slices = {one["name"]: one for one in value["slices"]}
        self.assertEqual({name: (one["examples"], one["value"]) for name, one in slices.items()},
                         {"de": (20, 0.9), "en": (20, 1.0), "fr": (20, 0.4), "la": (1, 0.0)})
        self.assertEqual(value["worst_slice"], "fr")
        gap = slices["fr"]["gap"]
        self.assertAlmostEqual(gap["value"], 0.4 - value["value"], 12)
        self.assertTrue(gap["low"] < gap["value"] < gap["high"] < 0)
        self.assertAlmostEqual(slices["en"]["low"], 20 / (20 + 1.959964**2), places=6)  # Wilson's of 20 in 20
        by = "{{ 'one' if language == 'en' else 'other' }}"
        text = self.assay("score", self.rows(rows), "--metrics", "accuracy", "--by", by).stdout
        self.assertRegex(text, r"\n  one +1\.0000  \[0\.83887, 1\.0000\]  \(20\)\n  other +0\.63415 .*\(41\)\n  worst: other, gap to all −0\.1[0-9]+")

    def test_a_slice_is_scored_as_a_file_of_its_rows(self):
        rows = [dict(row, part="x" if i % 3 else "y") for i, row in enumerate(ROWS * 5)]
        whole = self.scores("bleu", rows, "--by", "part")["metrics"][0]["values"][0]
        for one in whole["slices"]:
            alone = self.scores("bleu", [row for row in rows if row["part"] == one["name"]])["metrics"][0]["values"][0]
            self.assertAlmostEqual(one["value"], alone["value"], 12)

    def test_a_field_that_makes_no_slices_is_named(self):
        self.assertIn("--by", self.refusal("accuracy", [{"prediction": "a", "target": "a"}], "--by", "language"))

    def test_one_example_has_no_interval(self):
        value = self.scores("bleu", ROWS[:1])["metrics"][0]["values"][0]
        self.assertEqual((value["low"], value["high"]), (None, None))
        self.assertNotIn("intervals", self.assay("score", self.rows(ROWS[:1]), "--metrics", "bleu").stdout)

    def test_mistakes_in_the_file_are_named_with_their_row(self):
        self.assertIn("out.jsonl, row 2: 'prediction' is missing; a row is {", self.refusal("bleu", [ROWS[0], {"target": "x"}]))
        self.assertIn("out.jsonl, row 1: 'references' or 'target' is missing", self.refusal("bleu", [{"prediction": "x"}]))
        self.assertIn("row 1: 'references' is an empty list", self.refusal("bleu", [{"prediction": "x", "references": []}]))
        self.assertIn("out.jsonl has no rows", self.refusal("bleu", []))
        self.write("torn.jsonl", '{"prediction": "a", "tar')
        self.assertIn("torn.jsonl, row 1: malformed JSON", self.assay("score", "torn.jsonl", "--metrics", "bleu", expect=2).stderr)
        self.assertIn("absent.jsonl", self.assay("score", "absent.jsonl", "--metrics", "bleu", expect=2).stderr)

    def test_mistakes_in_the_metrics_are_named(self):
        self.assertIn("unknown metric 'blue'; did you mean 'bleu'?", self.refusal("blue", ROWS))
        self.assertIn("bleu.tokenize", self.refusal("{bleu: {tokenize: 13b}}", ROWS))
        self.assertIn("'latency' needs measured timings", self.refusal("latency", ROWS))
        self.assertIn("--metrics is missing", self.assay("score", self.rows(ROWS), expect=2).stderr)
        self.assertIn("--confidence must be between 0 and 1", self.refusal("bleu", ROWS, "--confidence", "95"))


if __name__ == "__main__":
    main()
