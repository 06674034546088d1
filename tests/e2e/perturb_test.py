"""`perturb:`: the same questions put differently, how far results move, and what that neither touches nor costs."""

import collections
import csv
import json

from workspace import TEST_PLUGINS, Workspace, main

EVERY = """\
perturb:
  - {instruction: "Send it to a desk."}
  - {template: other.j2}
  - {choices: reversed}
  - {choices: shuffled}
  - {shots: reversed}
  - {shots: shuffled}
  - {whitespace: doubled}
  - {whitespace: collapsed}
  - {whitespace: trailing}
  - {case: lower}
  - {case: upper}
  - {case: title}
  - {typos: 0.4}
  - {typos: 0}
  - {name: "all at once", instruction: "Where to ?", choices: reversed, shots: reversed, whitespace: doubled, case: upper, typos: 0.2}
"""


class PerturbTest(Workspace):
    def setUp(self):
        super().setUp()
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: 2}")

    def perturb(self, text=EVERY):
        self.write("other.j2", "{{ instruction }} {% for shot in shots %}[{{ shot.input }} = {{ shot.target }}]{% endfor %} "
                               "Of {{ choices | join(' or ') }}: {{ input }} =")
        with open(self.folder / "experiment.yaml", "a") as file:
            file.write(text)

    def cells(self):
        return {(cell["strategy"], cell["seed"]): cell for cell in self.plan()["cells"]}

    def predictions(self, key):
        path, = (self.folder / "results/bundles/generate").glob(f"*/{key}/predictions.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()]

    def prompts(self, cell):
        """The first example's prompt by each variant's name."""
        return {variant["name"]: self.predictions(variant["generate"])[0]["prompt"] for variant in cell["variants"]}

    def test_each_variant_changes_what_it_says_and_nothing_else(self):
        self.perturb()
        self.run_experiment()
        cell = self.cells()["few_shot(shots=2)", 1]
        base = self.predictions(cell["generate"])[0]["prompt"]
        system, first, first_answer, second, second_answer, question, end = base.split("\n")
        self.assertEqual((system, question), ("system: which desk ?", "user: message number 1000"))
        prompts = self.prompts(cell)
        self.assertEqual(prompts["instruction=Send it to a desk."], base.replace("which desk ?", "Send it to a desk."))
        self.assertRegex(prompts["template=other.j2"], r"^which desk \? \[message.*\]\[message.*\] Of billing or outage or account: message number 1000 =$")
        for name in ("choices=reversed", "choices=shuffled", "typos=0", "whitespace=collapsed", "case=lower"):
            self.assertEqual(prompts[name], base, name)
        turned = "\n".join([system, second, second_answer, first, first_answer, question, end])
        self.assertEqual((prompts["shots=reversed"], prompts["shots=shuffled"]), (turned, turned), "there is one other order of two")
        self.assertEqual(prompts["whitespace=doubled"], base.replace(question, "user: message  number  1000"))
        self.assertEqual(prompts["whitespace=trailing"], base.replace(question, question + " "))
        self.assertEqual(prompts["case=upper"], base.replace(question, "user: MESSAGE NUMBER 1000"))
        self.assertEqual(prompts["case=title"], base.replace(question, "user: Message Number 1000"))
        self.assertRegex(prompts["all at once"], r"^system: Where to \?\n(.*\n){4}user: [A-Z]+  [A-Z]+  1000\nassistant:$")
        by_name = {variant["name"]: variant["generate"] for variant in cell["variants"]}
        typed = [row["prompt"].split("\n")[-2] for row in self.predictions(by_name["typos=0.4"])]
        self.assertTrue(all(line.split()[-1].isdigit() for line in typed), "digits are left alone")
        self.assertGreater(sum("message number" not in line for line in typed), 5)
        self.assertEqual(self.predictions(by_name["choices=reversed"])[0]["asked_choices"], ["account", "outage", "billing"])

    def test_what_cannot_matter_moves_nothing(self):
        self.perturb()
        self.run_experiment()
        moved = self.select("SELECT variant, difference, low, high FROM fragility WHERE strategy = 'zero_shot' AND name = 'accuracy'")
        self.assertEqual(len(moved), 2 * 15)
        still = {name for name, *difference in moved if difference == [0, 0, 0]}
        self.assertLessEqual({"choices=reversed", "choices=shuffled", "shots=reversed", "shots=shuffled", "typos=0"}, still)
        self.assertNotIn("case=upper", still, "another prompt is another draw of the simulated model")

    def test_it_leaves_finished_work_and_every_result_as_they_were(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, cost, tokens]")
        self.edit("accuracy: 0.7", "accuracy: 0.7, price: {input: 10, output: 30}")
        self.run_experiment()
        before = self.report()
        self.perturb()
        new = collections.Counter(self.new_stages())
        self.assertEqual(set(new), {"generate", "score", "fragility"})
        self.assertIn("fragility", self.assay("plan", "experiment.yaml").stdout)
        self.run_experiment()
        after = self.report()
        for one, other in zip(before["datasets"][0]["groups"], after["datasets"][0]["groups"], strict=True):
            self.assertEqual(one["costs"], other["costs"], "variants cost the evaluation, not the strategy")
            self.assertEqual(one["values"], other["values"])
            self.assertEqual(one["fragility"], [])
        self.assertEqual(self.new_stages(), [])

    def test_kpis_are_over_the_cell_and_its_variants(self):
        self.perturb()
        self.run_experiment()
        for cell in self.cells().values():
            values = dict(self.select(f"SELECT variant, value FROM fragility WHERE cell = '{cell['id']}' AND name = 'accuracy'"))
            kpis = dict(self.select(f"SELECT name, value FROM kpi WHERE cell = '{cell['id']}'"))
            values["as asked"] = kpis["accuracy"]
            self.assertEqual(len(values), 16)
            self.assertAlmostEqual(kpis["fragility.accuracy.mean"], sum(values.values()) / 16)
            self.assertAlmostEqual(kpis["fragility.accuracy.spread"], max(values.values()) - min(values.values()))
            self.assertEqual(kpis["fragility.accuracy.worst"], min(values.values()))
            self.assertIn("fragility.f1.spread", kpis)
            own = [row["answer"] for row in self.predictions(cell["generate"])]
            agree = [sum(a == row["answer"] for a, row in zip(own, self.predictions(variant["generate"]))) / len(own) for variant in cell["variants"]]
            self.assertAlmostEqual(kpis["fragility.agreement"], sum(agree) / len(agree))

    def test_reports_and_show_tell_it(self):
        self.perturb()
        self.run_experiment()
        folder = self.folder / "results/rehearsal/1"
        for page in ("report.html", "report.md"):
            text = (folder / page).read_text()
            for word in ("spread", "worst variant", "Fragility", "typos=0.4", "all at once", "as asked"):
                self.assertIn(word, text, page)
        group = self.report()["datasets"][0]["groups"][0]
        one = next(entry for entry in group["fragility"] if entry["output"] == "accuracy")
        self.assertEqual(len(one["variants"]), 15)
        self.assertLessEqual(one["spread_low"], one["spread"])
        with open(folder / "report.csv", newline="") as file:
            line = next(line for line in csv.DictReader(file) if line["name"] == "accuracy")
        self.assertGreaterEqual(float(line["fragility_spread"]), 0)
        shown = self.assay("show", group["cells"][0], "--limit", 1).stdout
        self.assertRegex(shown, r"accuracy: 0\.\d+ as asked; spread")
        self.assertRegex(shown, r"all at once +0\.\d+  [+-]")

    def test_one_and_two_workers_find_the_same(self):
        self.perturb()
        self.run_experiment("--results", "one")
        self.run_experiment("--results", "two", "--workers", "2")
        self.assertIn('"row":"fragility"', self.stable("one"))
        self.assertEqual(self.stable("one"), self.stable("two"))

    def test_one_and_two_workers_find_the_same_with_weights(self):
        self.perturb()
        self.use_nano("zero_shot", "[lora: {rank: 2, epochs: 1}, few_shot: {shots: 2}]")
        self.run_experiment("--results", "one")
        self.run_experiment("--results", "two", "--workers", "2")
        self.assertEqual(self.stable("one"), self.stable("two"))
        kinds = collections.Counter(stage["kind"] for stage in self.plan()["stages"])
        self.assertEqual(kinds["adapt"], 2, "one adapter and one choice of shots serve all variants")

    def test_a_variant_that_fails_is_named_and_the_cell_keeps_its_result(self):
        self.perturb("perturb:\n  - {typos: 0.2}\n  - {name: endless, template: long.j2}\n")
        self.write("long.j2", "{{ input }}" + " word" * 300)
        self.edit("accuracy: 0.7", "accuracy: 0.7, context_length: 100")
        done = self.run_experiment(expect=1)
        self.assertIn("4 of 4 cells done", done.stdout)
        self.assertIn("without the variants that failed", str(self.select("SELECT label FROM run_stages WHERE kind = 'fragility'")))
        self.assertEqual({row[0] for row in self.select("SELECT variant FROM fragility")}, {"typos=0.2"})
        group = self.report()["datasets"][0]["groups"][0]
        self.assertEqual([entry["failed"] for entry in group["fragility"] if entry["output"] == "accuracy"], [["endless"], ["endless"]])
        self.assertEqual(group["failures"], [])
        self.assertRegex(self.assay("show", group["cells"][0], "--limit", 1).stdout, r"endless +failed")
        before = self.stable()
        self.assertIn("0 stages run", self.run_experiment(expect=1).stdout)
        self.assertEqual(before, self.stable())

    def test_where_the_cell_fails_there_is_no_fragility(self):
        self.edit("    - zero_shot\n    - few_shot: {shots: 2}", "    - zero_shot\n    - planted: {dose: -1}")
        self.edit("report:", f"plugins: {TEST_PLUGINS / 'planted'}\nreport:")
        self.perturb("perturb:\n  - {typos: 0.2}\n")
        done = self.run_experiment(expect=1)
        self.assertIn("2 of 4 cells done", done.stdout)
        self.assertEqual({row[0] for row in self.select("SELECT strategy FROM fragility")}, {"zero_shot"})

    def test_a_tuned_cell_is_perturbed_as_it_was_chosen(self):
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.2\n")
        self.edit("accuracy: 0.7", "accuracy: 0.0, shots_gain: 0.4")
        self.edit("few_shot: {shots: 2}", "few_shot: {shots: {tune: [1, 2]}}")
        self.perturb("perturb:\n  - {shots: reversed}\n")
        self.run_experiment()
        cell = self.cells()["few_shot(shots=tuned)", 1]
        asked, = self.prompts(cell).values()
        self.assertEqual(asked.count("\nassistant: "), self.predictions(cell["generate"])[0]["prompt"].count("\nassistant: "))

    def test_what_does_not_reach_the_prompt_is_warned_of(self):
        self.write("fields.j2", "{{ fields.text }}:")
        self.edit("    - zero_shot\n", "    - zero_shot: {template: fields.j2}\n")
        self.edit("report: {baseline: zero_shot, ", "report: {")
        self.perturb("perturb:\n  - {typos: 0.2}\n")
        done = self.assay("validate", "experiment.yaml")
        self.assertIn("reads the row's `fields`, and only `input` is changed", done.stderr)


if __name__ == "__main__":
    main()
