"""Prompts that meet a model's window."""

import json

from workspace import Workspace, main


class FittingTest(Workspace):
    def setUp(self):
        super().setUp()
        self.use_nano("few_shot: {shots: 25, select: first}")
        self.edit("    choices: [billing, outage, account]\n", "")
        self.edit("metrics:", "generation: {max_tokens: 8}\nmetrics:")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy]")
        self.edit("report: {baseline: zero_shot, ", "report: {")
        rows = [json.dumps({"text": "message " + "word " * (40 if i == 0 else 1), "label": "billing"}) + "\n" for i in range(4)]
        self.write("test.jsonl", "".join(rows))
        rows = [json.dumps({"text": f"message number {i} of many messages, from {i} people who live in other towns and write every day", "label": "billing"}) + "\n" for i in range(30)]
        self.write("train.jsonl", "".join(rows))

    def rows(self):
        cell = self.plan()["cells"][0]["id"]
        return [json.loads(line) for line in self.assay("show", cell, "--json").stdout.splitlines()]

    def test_a_prompt_that_is_too_long_fails_its_cell_with_what_to_do(self):
        text = self.run_experiment(expect=1)
        self.assertIn("shorten it (fewer shots or passages)", text.stdout + text.stderr)
        self.edit("metrics:", "prompt: {fit: [fail]}\nmetrics:")
        text = self.run_experiment(expect=1)
        for words in ("up to 8 may be written after it", "the window of model 'nano' has 512", "`prompt.fit`"):
            self.assertIn(words, text.stdout + text.stderr)

    def test_what_the_policy_took_is_shown_counted_and_reported(self):
        self.edit("metrics:", "prompt: {fit: [drop_shots, {truncate_input: tail}]}\nmetrics:")
        self.run_experiment()
        rows = self.rows()
        dropped = [row["fitted"][0]["shots_dropped"] for row in rows]
        self.assertGreater(dropped[0], dropped[1], "the longer question leaves room for fewer examples")
        for row in rows:
            self.assertEqual(row["fitted"][0]["prompt_tokens"], row["usage"]["prompt_tokens"])
            self.assertLessEqual(row["usage"]["prompt_tokens"] + 8, 512)
            self.assertEqual(row["prompt"].count("=> billing"), 25 - row["fitted"][0]["shots_dropped"])
            self.assertIn("from 24 people who", row["prompt"], "the last example stays")
        shown = self.assay("show", self.plan()["cells"][0]["id"]).stdout
        self.assertIn(f"fitted  {dropped[0]} shots dropped to fit the window; {rows[0]['usage']['prompt_tokens']} prompt tokens left", shown)
        kpis = dict(self.select("SELECT name, value FROM kpi WHERE name IN ('shots_dropped', 'prompts_cut', 'passages_dropped', 'input_tokens_cut')"))
        self.assertEqual(kpis, {"shots_dropped": sum(dropped), "prompts_cut": 1, "passages_dropped": 0, "input_tokens_cut": 0})
        self.assertIn(f"4 of 4 prompts did not fit the model's window: {sum(dropped)} shots dropped.", " ".join(self.report()["warnings"]))

    def test_answers_do_not_depend_on_the_policy_where_all_fits(self):
        self.edit("shots: 25", "shots: 2")
        self.run_experiment()
        before = [(row["prompt"], row["answer"]) for row in self.rows()]
        self.edit("metrics:", "prompt: {fit: [drop_shots]}\nmetrics:")
        self.run_experiment()
        self.assertEqual([(row["prompt"], row["answer"]) for row in self.rows()], before)
        self.assertFalse(any("fitted" in row for row in self.rows()))


if __name__ == "__main__":
    main()
