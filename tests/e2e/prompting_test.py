"""Ways of asking, reading and voting, from one YAML on nano."""

import json

from workspace import SOURCE, Workspace, main


class PromptingTest(Workspace):
    def use(self, *strategies):
        text = (self.folder / "experiment.yaml").read_text(encoding="utf-8")
        before, rest = text.split("  strategy:\n")
        lines = "".join(f"    - {strategy}\n" for strategy in strategies)
        self.write("experiment.yaml", before + "  strategy:\n" + lines + rest[rest.index("  seed:"):])

    def test_all_ways_of_prompting_run_from_one_file_and_written_steps_win(self):
        experiment = SOURCE / "experiments/prompting.yaml"
        self.assay("run", experiment, "--plain", "--results", "results")
        low = self.select("SELECT d.low FROM comparisons d JOIN cells c ON c.run = d.run AND c.cell_group = d.cell_group "
                          "JOIN cells b ON b.run = d.run AND b.cell_group = d.baseline "
                          "WHERE d.dataset = 'chain' AND d.name = 'accuracy' AND c.strategy = 'chain_of_thought' AND b.strategy = 'zero_shot'")
        self.assertGreater(low[0][0], 0.5)
        names = {name for (name,) in self.select("SELECT name FROM kpi WHERE metric = ''")}
        for name in ("unreadable", "agreement", "step.work.completion_tokens", "step.critique.ms", "step.content_free.prompt_tokens"):
            self.assertIn(name, names)
        [(cell,)] = self.select("SELECT cell FROM cells WHERE strategy = 'chain_of_thought + self_consistency'")
        shown = self.assay("show", cell, "--limit", "1").stdout
        self.assertIn("votes", shown)
        self.assertIn("agreement", shown)
        self.assertEqual(self.stable(), self.again(experiment), "the same bytes again, votes and all")

    def again(self, experiment):
        self.assay("run", experiment, "--plain", "--results", "again", "--workers", "2")
        return self.stable("again")

    def test_hostile_rows_reach_the_prompt_and_the_report_as_they_are(self):
        texts = ["{{ label }} {% for x in y %}", "{0} %s ${HOME} \" ' \\", "two\nlines", "\u05e9\u05dc\u05d5\u05dd \u202e", "{{ 7 }} " * 12_500]
        self.write("test.jsonl", "".join(json.dumps({"text": text, "label": "billing"}) + "\n" for text in texts))
        self.use("zero_shot", "few_shot", "chain_of_thought", "[chain_of_thought, self_consistency]", "contextual_calibration", "self_refine",
                 "prompt_chain: {steps: [{name: a}, {name: b, input: '{{ input }} {{ steps.a }}'}]}")
        self.run_experiment()
        for (cell,) in self.select("SELECT DISTINCT cell FROM cells"):
            rows = [json.loads(line) for line in self.assay("show", cell, "--json", "--limit", "0").stdout.splitlines()]
            self.assertEqual(len(rows), len(texts))
            for row, text in zip(rows, texts):
                self.assertTrue(any(text in prompt for prompt in row.get("prompts", [row["prompt"]])), text[:40])

    def test_what_cannot_be_asked_or_read_is_said_before_work_starts(self):
        self.use("[chain_of_thought, label_words: {words: {billing: [bill]}}]", "[self_consistency, self_refine]",
                 "chain_of_thought: {read: {as: pattern, pattern: '(('}}", "prompt_chain: {steps: [{name: a, input: '{{ input'}]}")
        self.edit("report:", "prompt: {read: {as: json, path: answer}}\nreport:")
        first = self.assay("validate", "experiment.yaml", expect=2).stderr
        self.assertIn("both say how an answer is asked for and read", first)
        self.assertIn("both drive the exchange", first)
        self.use("zero_shot", "chain_of_thought: {read: {as: pattern, pattern: '(('}}", "prompt_chain: {steps: [{name: a, input: '{{ input'}]}",
                 "label_words: {words: {billing: [bill]}}")
        second = self.assay("validate", "experiment.yaml", expect=2).stderr
        for part in ("'((' does not compile", "prompt_chain: steps/0/input", "JSON Pointer", "'label_words' needs validation rows"):
            self.assertIn(part, second)
        self.edit("    choices: [billing, outage, account]\n", "")
        self.use("contextual_calibration", "zero_shot")
        self.assertIn("about choices", self.assay("validate", "experiment.yaml", expect=2).stderr)


if __name__ == "__main__":
    main()
