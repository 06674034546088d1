"""Prompts: fitted to a model's window, named from a library, looked at."""

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

    def test_the_share_of_cut_prompts_counts_no_questions_asked_before_composing(self):
        self.edit("select: first", "select: similar, similarity: embedding")
        self.edit("metrics:", "prompt: {fit: [drop_shots, {truncate_input: tail}]}\nmetrics:")
        self.run_experiment()
        (share,), = self.select("SELECT value FROM kpi WHERE name = 'prompts_cut'")
        self.assertEqual(share, 1)
        self.assertIn("4 of 4 prompts did not fit the model's window", " ".join(self.report()["warnings"]))

    def test_answers_do_not_depend_on_the_policy_where_all_fits(self):
        self.edit("shots: 25", "shots: 2")
        self.run_experiment()
        before = [(row["prompt"], row["answer"]) for row in self.rows()]
        self.edit("metrics:", "prompt: {fit: [drop_shots]}\nmetrics:")
        self.run_experiment()
        self.assertEqual([(row["prompt"], row["answer"]) for row in self.rows()], before)
        self.assertFalse(any("fitted" in row for row in self.rows()))


PROMPT = """---
name: route
version: 1
description: A desk for a message.
variables: {input: required, choices: required, tone: optional}
output: label
---
{% if tone is defined %}
Be {{ tone }}.
{% endif %}
{{ choices | join("/") }}
{{ input }} =>
"""


class LibraryTest(Workspace):
    def setUp(self):
        super().setUp()
        self.write("prompts/route.j2", PROMPT)

    def test_list_names_ready_prompts_and_those_of_folders(self):
        ready = self.assay("prompt", "list").stdout
        for name in ("classification@1", "extraction@1", "summarisation@1", "question_answering@1", "data_to_text@1", "arithmetic@1",
                     "healthcare_triage@1", "finance_compliance@1", "legal_clause_type@1"):
            self.assertIn(name, ready)
        self.assertNotIn("route@1", ready)
        listed = json.loads(self.assay("prompt", "list", "--library", "prompts", "--json").stdout)
        mine, = [prompt for prompt in listed if prompt["name"] == "route"]
        self.assertEqual(mine["variables"], {"input": "required", "choices": "required", "tone": "optional"})
        self.assertIn("there is no such folder", self.assay("prompt", "list", "--library", "absent", expect=2).stderr)

    def test_show_prints_all_that_a_prompt_is_made_of_and_its_hash(self):
        text = self.assay("prompt", "show", "healthcare_triage").stdout
        for words in ("_parts.j2", "_domain.j2", "name: healthcare_triage", "── hash "):
            self.assertIn(words, text)
        self.assertIn("known: arithmetic@1", self.assay("prompt", "show", "triage@1", expect=2).stderr)
        self.assertIn("no such prompt file", self.assay("prompt", "show", "absent.j2", expect=2).stderr)
        self.write("bad.j2", "---\nname: bad\nversion: one\n---\n")
        self.assertIn("bad.j2:3:10: 'version' is a number", self.assay("prompt", "show", "bad.j2", expect=2).stderr)

    def test_diff_prints_what_changes(self):
        self.write("other.j2", PROMPT.replace("version: 1", "version: 2").replace("{{ input }} =>", "{{ input }} ->"))
        changes = self.assay("prompt", "diff", "route@1", "other.j2", "--library", "prompts", expect=1).stdout.splitlines()
        self.assertEqual([line for line in changes if line[0] in "+-"],
                         ["- version: 1", "+ version: 2", "- {{ input }} =>", "+ {{ input }} ->"])
        self.assertIn("  output: label", changes)
        self.assertEqual(self.assay("prompt", "diff", "prompts/route.j2", "prompts/route.j2").stdout, "")

    def test_a_prompt_is_named_in_plan_and_report_and_its_content_decides_what_runs_again(self):
        self.edit("- zero_shot", "- zero_shot: {template: [route@1, classification@1]}")
        self.edit("report: {baseline: zero_shot, ", "report: {")
        hashes = {prompt["name"]: prompt["hash"] for prompt in self.plan()["prompts"]}
        self.assertEqual(sorted(hashes), ["classification@1", "route@1"])
        self.assertIn(f"route@1 ({hashes['route@1'][:12]})", self.assay("plan", "experiment.yaml").stdout)
        self.assertIn(hashes["route@1"], self.assay("prompt", "show", "prompts/route.j2").stdout)
        self.run_experiment()
        self.assertEqual({prompt["name"]: prompt["hash"] for prompt in self.report()["prompts"]}, hashes)
        for name in ("report.md", "report.html"):
            self.assertIn(f"route@1 ({hashes['route@1'][:12]})", (self.folder / "results/rehearsal/1" / name).read_text())
        self.assertEqual(self.new_stages(), [])
        self.edit(" =>", " ->", "prompts/route.j2")
        self.assertEqual(self.new_stages().count("generate"), 1)

    def test_validate_names_what_a_prompt_lacks_with_its_place(self):
        self.edit("- zero_shot", "- zero_shot: {template: legal_clause_risk@1}")
        self.assertIn("experiment.yaml:16:7: the prompt legal_clause_risk@1 requires 'party' on the dataset 'tickets'",
                      self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit("{template: legal_clause_risk@1}", "{template: legal_clause_risk@1, variables: {party: us}}")
        self.assay("validate", "experiment.yaml")
        self.edit("    choices: [billing, outage, account]\n", "")
        self.edit("legal_clause_risk@1", "route@1")
        self.assertIn("requires 'choices'", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_render_prints_what_a_run_asks(self):
        self.edit("- zero_shot", "- zero_shot: {template: route@1, variables: {tone: calm}}")
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: {tune: [1, 2]}}")
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.2\n")
        self.edit("report: {baseline: zero_shot, ", "report: {")
        before = json.loads(self.assay("prompt", "render", "experiment.yaml", "--only", "few_shot", "--row", "3", "--json").stdout)
        self.assertIn(before["trial"], ("shots=1", "shots=2"))
        self.assertFalse((self.folder / "results").exists(), "rendering writes nothing")
        self.run_experiment()
        for only in ("zero_shot", "few_shot"):
            rendered = json.loads(self.assay("prompt", "render", "experiment.yaml", "--only", only, "--row", "3", "--json").stdout)
            asked = [json.loads(line) for line in self.assay("show", rendered["cell"], "--json").stdout.splitlines()][2]
            if only == "zero_shot":
                self.assertEqual(rendered["requests"][0]["prompt"], asked["prompt"])
                self.assertEqual(rendered["requests"][0]["prompt_tokens"], asked["usage"]["prompt_tokens"])
            else:
                self.assertEqual(rendered, before, "shots that were kept are those that are made for the moment")
        text = self.assay("prompt", "render", "experiment.yaml", "--row", "3")
        self.assertEqual(text.stdout.splitlines()[:3], ["Be calm.", "billing/outage/account", "message number 1002 =>"])
        self.assertIn("3 choices scored", text.stdout)
        self.assertIn("no row '99'", self.assay("prompt", "render", "experiment.yaml", "--row", "99", expect=2).stderr)
        self.assertIn("did you mean 'render'", self.assay("prompt", "rander", expect=2).stderr)


if __name__ == "__main__":
    main()
