"""`source: recorded`: answers replayed from a file, refusals that say what is missing, variables that are written out."""

import json

from workspace import Workspace, main

WILD = "{{ braces }} {% raw %} \"quotes\" 'n' \\ {# א ב #}\nnext line \u202e עולם\t"


class RecordedTest(Workspace):
    def setUp(self):
        super().setUp()
        self.questions = [f"{WILD} number {i}" for i in range(20)]
        self.write_rows("test.jsonl", [{"text": text, "label": ["billing", "outage", "account"][i % 3]} for i, text in enumerate(self.questions)])
        self.use("match: {prompt: prompt}")
        self.edit("    - few_shot: {shots: [1, 2]}\n", "")
        self.edit("seed: [1, 2]", "seed: [1]")

    def use(self, match, completion="output", rest=""):
        text = (self.folder / "experiment.yaml").read_text(encoding="utf-8").split("\n")
        at = next(i for i, line in enumerate(text) if line.startswith("  sim:"))
        text[at] = f"  sim: {{source: recorded, path: outputs.jsonl, {match}, completion: {completion}{rest}}}"
        self.write("experiment.yaml", "\n".join(text))

    def write_rows(self, name, rows):
        return self.write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def prompt(self, question):
        return f"which desk ?\n\n{question}\nAnswer:"

    def record(self, *outputs, **fields):
        """One row a question, the outputs taken in turn."""
        self.write_rows("outputs.jsonl", [
            {"prompt": self.prompt(question), "row": str(i + 1), "output": outputs[i % len(outputs)], "usage": {"prompt_tokens": 9, "completion_tokens": 2}, **fields}
            for i, question in enumerate(self.questions)])

    def accuracy(self):
        return self.select("select value from kpis where name = 'accuracy' and cell is not null")[0][0]

    def predictions(self):
        return [json.loads(line) for line in self.stable().splitlines() if '"prompt"' in line]

    def test_recorded_text_is_scored_and_choices_are_read_out_of_it(self):
        self.record(" billing\n", "Outage.", "I cannot say")
        self.use("match: {prompt: prompt}", rest=", usage: usage")
        self.run_experiment()
        report = self.report()
        value = report["datasets"][0]["groups"][0]["values"][0]["value"]
        self.assertAlmostEqual(value, 14 / 20)  # 7 billing, 7 outage, 6 that are no choice
        self.assertIn('"prompt_tokens":9', self.stable().replace(" ", ""))

    def test_a_missing_prompt_is_refused_with_the_nearest_and_where_it_differs(self):
        self.record("billing")
        self.edit("which desk ?", "which of the desks ?")
        done = self.run_experiment(expect=1)
        said = done.stdout + done.stderr
        report = json.dumps(self.report(), ensure_ascii=False)
        for text in ("20 of 20 examples could not be asked", "nothing was recorded for example '1'", "outputs.jsonl, row 1",
                     "is the same for 6 characters and differs from there (line 1)"):
            self.assertIn(text, said + report)

    def test_validate_names_the_row_that_lacks_a_field(self):
        self.record("billing")
        with open(self.folder / "outputs.jsonl", "a", encoding="utf-8") as file:
            file.write('\n{"prompt": "p"}\n')
        done = self.assay("validate", "experiment.yaml", expect=2)
        self.assertIn("experiment.yaml:3:33: outputs.jsonl, row 21 (line 22): `completion` names the field 'output'", done.stderr)

    def test_a_changed_recording_is_asked_again_a_moved_one_is_not(self):
        self.record("billing")
        self.run_experiment()
        (self.folder / "outputs.jsonl").rename(self.folder / "moved.jsonl")
        self.edit("path: outputs.jsonl", "path: moved.jsonl")
        self.assertEqual(self.new_stages(), [])
        self.edit("billing", "outage", name="moved.jsonl")
        self.assertEqual(self.new_stages(), ["compare", "compare", "generate", "score", "score"])

    def test_by_input_and_by_row(self):
        self.record("billing", text="{}")
        self.write_rows("outputs.jsonl", [{"q": question, "output": "outage"} for question in reversed(self.questions)])
        self.use("match: {input: q}")
        self.run_experiment()
        self.use("match: {id: \"{{ row_number }}\"}")
        self.run_experiment()
        self.assertEqual(self.report()["datasets"][0]["groups"][0]["values"][0]["value"], 7 / 20)

    def test_conversations(self):
        self.write_rows("outputs.jsonl", [
            {"messages": [{"role": "system", "content": "which desk ?"}, {"role": "user", "content": question}], "output": "billing"} for question in self.questions])
        self.use("match: {messages: messages}")
        self.run_experiment()

    def test_it_has_no_timings_and_cannot_be_trained(self):
        self.record("billing")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, latency]")
        self.assertIn("'latency' times requests, and model 'sim' is recorded", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit("metrics: [accuracy, latency]", "metrics: [accuracy]")
        self.edit("- zero_shot", "- lora")
        self.assertIn("it is recorded", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_fields_of_a_hundred_kilobytes(self):
        self.questions = [f"{WILD * 2000} number {i}" for i in range(20)]
        self.write_rows("test.jsonl", [{"text": text, "label": "billing"} for text in self.questions])
        self.record("billing")
        self.run_experiment()
        self.assertEqual(self.report()["datasets"][0]["groups"][0]["values"][0]["value"], 1)

    def test_variables_are_written_out(self):
        self.record("billing")
        for task in ("sums", "words"):
            (self.folder / "tasks" / task).mkdir(parents=True)
            for name in ("test.jsonl", "outputs.jsonl"):
                self.write(f"tasks/{task}/{name}", (self.folder / name).read_text(encoding="utf-8"))
        self.edit("name: rehearsal\n", "name: rehearsal\nfor_each: {task: tasks/*/}\n")
        self.edit("path: outputs.jsonl, match: {prompt: prompt}, completion: output",
                  "recordings: [{path: \"tasks/${task}/outputs.jsonl\", match: {prompt: prompt}, completion: output}]")
        self.edit("  tickets:\n    train: train.jsonl\n    test: test.jsonl", "  \"${task}\":\n    test: \"tasks/${task}/test.jsonl\"")
        self.edit("  dataset: [tickets]\n", "")
        self.run_experiment()
        self.assertEqual([dataset["name"] for dataset in self.report()["datasets"]], ["sums", "words"])
        self.run_experiment("--set", "for_each.task=words")
        self.assertEqual([dataset["name"] for dataset in self.report()["datasets"]], ["words"])


if __name__ == "__main__":
    main()
