"""`assay cost`: what was counted, at any price, without running anything again."""

import json

from workspace import Workspace, main

RECORDED = """\
name: rehearsal
models:
  big:
    source: recorded
    path: answers.jsonl
    match: {id: id}
    completion: answer
    usage: usage
    price: {sheet: prices.yaml, name: big}
datasets:
  tickets: {test: test.jsonl, input: "{{ text }}", target: "{{ label }}", id: id}
matrix:
  strategy: [zero_shot]
metrics: [accuracy]
report: {resamples: 200}
"""
SHEET = """\
date: 2026-11-20
source: https://example.org/prices
prices:
  big: {input: 2, cached_input: 1, output: 10, training: 8, hosting_per_hour: 3}
  "big*": {date: 2026-11-21, source: https://example.org/big, input: 4, output: 20, batch_discount: 0.5}
  "big.tuned*": {input: 1, output: 2, training: 8}
machines:
  box: {dollars_per_hour: 36}
"""


class CostTest(Workspace):
    def cost(self, *arguments):
        return json.loads(self.assay("cost", "--json", *arguments).stdout)

    def recorded(self):
        """Four answers, one of them wrong, of 1,000 prompt tokens (600 from the cache) and 50 more."""
        usage = {"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 600}}
        self.write("test.jsonl", "".join(json.dumps({"id": i, "text": f"text {i}", "label": "yes"}) + "\n" for i in range(4)))
        self.write("answers.jsonl", "".join(json.dumps({"id": i, "answer": "no" if i == 0 else "yes", "usage": usage}) + "\n" for i in range(4)))
        self.write("prices.yaml", SHEET)
        self.write("experiment.yaml", RECORDED)
        self.run_experiment()

    def test_cached_tokens_are_paid_once_and_at_their_own_price(self):
        self.recorded()
        out = self.cost("--volume", 1000)
        way, = out["datasets"][0]["ways"]
        # (1000 - 600) · $2 + 600 · $1 + 50 · $10, for a million tokens each: $0.0019
        self.assertAlmostEqual(way["per_request"], 0.0019, places=12)
        self.assertAlmostEqual(way["total"], 1.9, places=9)
        self.assertAlmostEqual(way["per_right_answer"], 0.0019 / 0.75, places=12)
        self.assertEqual(dict(map(tuple, way["curve"]))[1000], way["total"])
        self.assertEqual((out["prices"]["big"]["price"]["date"], out["prices"]["big"]["price"]["source"]), ("2026-11-20", "https://example.org/prices"))
        other, = self.cost("--set", "big.price.output=20")["datasets"][0]["ways"]
        self.assertAlmostEqual(other["per_request"], 0.0024, places=12)
        self.assertEqual(len(self.select("SELECT run FROM runs")), 1, "nothing was run")

    def test_writing_into_the_cache_and_batches_have_prices(self):
        self.recorded()
        # (1000 - 600) · $2.50 + 600 · $1 + 50 · $10, for a million tokens each: $0.0021
        way, = self.cost("--set", "big.price.cache_write=2.5")["datasets"][0]["ways"]
        self.assertAlmostEqual(way["per_request"], 0.0021, places=12)
        # $0.0019 · (1 - 0.4)
        way, = self.cost("--set", "big.price.batch_discount=0.4", "--batch")["datasets"][0]["ways"]
        self.assertAlmostEqual(way["per_request"], 0.00114, places=12)
        way, = self.cost("--set", "big.price.batch_discount=0.4")["datasets"][0]["ways"]
        self.assertAlmostEqual(way["per_request"], 0.0019, places=12)
        self.assertIn("at most 1", self.assay("cost", "--set", "big.price.batch_discount=2", expect=2).stderr)

    def test_a_model_that_came_fine_tuned_is_repaid_by_what_its_training_cost(self):
        self.recorded()
        text = RECORDED.split("datasets:")
        tuned = text[0].split("  big:\n")[1].replace("name: big}", "name: big.tuned-twice}") + "    fine_tuned: {training_tokens: 2.0e+6}\n"
        other = text[0].split("  big:\n")[1].replace("name: big}", "name: small, required: false}")
        self.write("experiment.yaml", f"{text[0]}  tuned:\n{tuned}  other:\n{other}datasets:{text[1]}")
        self.run_experiment()
        economics = self.report()["economics"]
        self.assertEqual(economics["prices"]["tuned"]["price"]["date"], "2026-11-20", "the sheet's")
        self.assertIsNone(economics["prices"]["other"]["price"])
        dataset, = economics["datasets"]
        ways = {way["label"]: way for way in dataset["ways"]}
        tuned, other = ways["zero_shot · tuned"], ways["zero_shot · other"]
        # 2,000,000 tokens at $8 a million; 1000 · $1 + 50 · $2, for a million tokens each: no price for cached ones, so they cost as the rest.
        self.assertEqual((tuned["family"], tuned["once"]), ("fine-tuning", 16))
        self.assertAlmostEqual(tuned["per_request"], 0.0011, places=12)
        self.assertEqual([other[key] for key in ("once", "per_request", "low", "total", "per_right_answer")], [None] * 5, "not in the sheet: not known")
        rows = {row["prompted"]: row for row in dataset["break_even"]}
        # $16 / ($0.0019 - $0.0011) = 20,000 requests
        self.assertEqual(rows["zero_shot · big"]["when"], "from")
        self.assertAlmostEqual(rows["zero_shot · big"]["requests"], 20000, places=6)
        self.assertEqual((rows["zero_shot · other"]["when"], rows["zero_shot · other"]["requests"]), ("unknown", None))
        curves = {label: dict(map(tuple, way["curve"])) for label, way in ways.items()}
        self.assertLess(curves["zero_shot · big"][10000], curves["zero_shot · tuned"][10000])
        self.assertGreater(curves["zero_shot · big"][100000], curves["zero_shot · tuned"][100000])
        text = (self.folder / "results/rehearsal/2/report.md").read_text(encoding="utf-8")
        self.assertIn("`zero_shot · tuned` against `zero_shot · big`: from 20,000 requests on [20,000, 20,000]", text)
        self.assertIn("| `zero_shot · other` | – | – | – | – |", text)
        self.run_experiment("--set", "report.volume=50000")
        economics = self.report()["economics"]
        total = next(way["total"] for way in economics["datasets"][0]["ways"] if way["label"] == "zero_shot · tuned")
        self.assertEqual(economics["volume"], 50000)
        self.assertAlmostEqual(total, 16 + 50000 * 0.0011, places=9)

    def test_a_sheet_has_patterns_of_names_and_machines(self):
        self.recorded()
        self.edit("name: big}", "name: big-2026-11-21, batch: true}")
        self.edit("    price:", "    machine: {sheet: prices.yaml, name: box}\n    price:")
        self.run_experiment()
        out = self.cost()
        big = out["prices"]["big"]
        self.assertEqual((big["price"]["date"], big["price"]["source"], big["dollars_per_hour"]), ("2026-11-21", "https://example.org/big", 36))
        way, = self.cost("--set", "big.dollars_per_hour=0")["datasets"][0]["ways"]
        # (1000 · $4 + 50 · $20) · (1 - 0.5), for a million tokens each
        self.assertAlmostEqual(way["per_request"], 0.0025, places=12)
        self.assertGreater(out["datasets"][0]["ways"][0]["per_request"], 0.0025, "the machine's seconds")
        self.edit("name: box", "name: bax")
        self.assertRegex(self.assay("validate", "experiment.yaml", expect=2).stderr, r"the price sheet prices.yaml has no 'bax' under `machines`.*'box'")

    def test_break_even_is_what_training_costs_by_what_a_request_saves(self):
        self.use_nano("zero_shot", "few_shot: {shots: 8}", "lora: {epochs: 1}", "[lora: {epochs: 1}, few_shot: {shots: 2}]")
        self.edit("dtype: f32}", "dtype: f32, price: {input: 1, output: 4, training: 500}, dollars_per_hour: 0}")
        self.run_experiment()
        dataset, = self.cost()["datasets"]
        ways = {way["label"]: way for way in dataset["ways"]}
        rows = {(row["tuned"], row["prompted"]): row for row in dataset["break_even"]}
        self.assertEqual(len(rows), 4)
        for (tuned, prompted), row in rows.items():
            once = ways[tuned]["once"] - ways[prompted]["once"]
            saved = ways[prompted]["per_request"] - ways[tuned]["per_request"]
            if row["when"] == "from":
                self.assertAlmostEqual(row["requests"] / (once / saved), 1, places=9)
                self.assertLessEqual(row["low"], row["requests"])
                self.assertGreaterEqual(row["high"], row["requests"])
                self.assertAlmostEqual(row["price_low"], row["requests"] * 0.75 / 1.25, places=6)
            else:
                self.assertEqual((row["when"], saved <= 0), ("never", True))
        self.assertEqual(rows["lora(epochs=1)", "few_shot(shots=8)"]["when"], "from")
        trained = self.select("SELECT value FROM kpi WHERE name = 'training_tokens'")[0][0]
        self.assertAlmostEqual(ways["lora(epochs=1)"]["once"], trained * 500 / 1e6, places=9)
        text = self.assay("cost").stdout
        self.assertRegex(text, r"lora\(epochs=1\) against few_shot\(shots=8\): from [\d,]+ requests on \[[\d,]+, [\d,]+\]")
        hosted = self.cost("--set", "nano.price.hosting_per_hour=2")["datasets"][0]
        row = next(row for row in hosted["break_even"] if (row["tuned"], row["prompted"]) == ("lora(epochs=1)", "few_shot(shots=8)"))
        saved = ways["few_shot(shots=8)"]["per_request"] - ways["lora(epochs=1)"]["per_request"]
        self.assertEqual(row["when"], "above_rate")
        self.assertAlmostEqual(row["requests_per_hour"] / (2 / saved), 1, places=9)

    def test_what_is_no_price_is_refused(self):
        self.run_experiment()
        for arguments, words in ((["--set", "big.price.output=1"], "has no model 'big'"), (["--set", "sim.price.outputs=1"], "is no price"),
                                 (["--set", "sim.price.output=much"], "no amount"), (["--set", "output"], "MODEL.KEY=DOLLARS"),
                                 (["--volume", "0"], "above 0"), (["--utilisation", "2"], "at most 1")):
            self.assertIn(words, self.assay("cost", *arguments, expect=2).stderr)

    def test_a_price_that_is_not_in_its_sheet_is_named_at_its_place(self):
        self.write("prices.yaml", SHEET)
        self.edit("accuracy: 0.7", "accuracy: 0.7, price: {sheet: prices.yaml, name: bgi}")
        self.assertRegex(self.assay("validate", "experiment.yaml", expect=2).stderr, r"experiment.yaml:3:\d+: the price sheet prices.yaml has no 'bgi' under `prices`.*'big'")
        self.edit("name: bgi", "name: big")
        self.assay("validate", "experiment.yaml")
        self.edit("date: 2026-11-20\n", "", "prices.yaml")
        self.assertIn("needs a `date`", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit("prices.yaml", "price.yaml")
        self.assertIn("price.yaml does not exist", self.assay("validate", "experiment.yaml", expect=2).stderr)


if __name__ == "__main__":
    main()
