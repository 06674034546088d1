"""Every fine-tuning strategy from a run to an exported adapter, read again by a fresh process."""

import json

from workspace import NANO, Workspace, main

STEPS = "max_steps: 3, validate_every: 3"
STRATEGIES = {
    "lora": "",
    "ia3": "",
    "prefix_tuning": "virtual_tokens: 4, ",
    "prompt_tuning": "virtual_tokens: 4, init: labels, ",
    "adapters": "bottleneck: 4, ",
    "sft": "last_layers: 1, ",
}
PEFT = {"lora": "LORA", "ia3": "IA3", "prefix_tuning": "PREFIX_TUNING", "prompt_tuning": "PROMPT_TUNING"}
MERGEABLE = {"lora", "ia3", "sft"}


class AdaptersTest(Workspace):
    def run_all(self):
        self.use_nano("zero_shot", *(f"{name}: {{{parameters}{STEPS}}}" for name, parameters in STRATEGIES.items()))
        self.edit("train: train.jsonl", "train: train.jsonl\n    validation_fraction: 0.2")
        self.run_experiment()
        return {cell["strategy"].split("(")[0]: cell["id"] for cell in self.plan()["cells"]}

    def logits(self, model, *options):
        self.write("ids.json", json.dumps([[5, 9, 31, 7, 60], [3]]))
        return json.loads(self.assay("logits", model, "--tokens", "ids.json", *options).stdout)

    def test_what_was_trained_is_exported_and_read_again(self):
        cells = self.run_all()
        self.assertIn("trains nothing", self.assay("export-adapter", cells["zero_shot"], "none", expect=2).stderr)
        plain = self.logits(NANO)
        for name in STRATEGIES:
            with self.subTest(name):
                self.assay("export-adapter", cells[name], name)
                self.assertIn("is there already", self.assay("export-adapter", cells[name], name, expect=2).stderr)
                if name in PEFT:
                    self.assertEqual(json.loads((self.folder / name / "adapter_config.json").read_text())["peft_type"], PEFT[name])
                card = (self.folder / name / "README.md").read_text()
                for told in (cells[name], "data fingerprint", "learning_rate", "accuracy", "model.safetensors"):
                    self.assertIn(told, card)
                adapted = self.logits(NANO, "--adapter", name)
                self.assertNotEqual(adapted, plain)
                merged = self.assay("export-adapter", cells[name], name + "-merged", "--merge", NANO, expect=0 if name in MERGEABLE else 2)
                if name not in MERGEABLE:
                    self.assertIn("cannot be merged", merged.stderr)
                    continue
                for one, other in zip(self.logits(name + "-merged"), adapted):
                    self.assertLess(max(abs(a - b) for a, b in zip(one["last_logits"], other["last_logits"])), 1e-4)

    def test_merging_into_another_model_is_refused(self):
        self.use_nano("zero_shot", f"lora: {{{STEPS}}}")
        self.run_experiment()
        cell = self.plan()["cells"][1]["id"]
        other = self.folder / "other"
        other.mkdir()
        for file in NANO.iterdir():
            (other / file.name).write_bytes(file.read_bytes())
        self.flip(other / "model.safetensors")
        self.assertIn("is not the model", self.assay("export-adapter", cell, "out", "--merge", other, expect=2).stderr)

    def test_a_tuned_cell_exports_what_was_chosen(self):
        self.use_nano("zero_shot", "lora: {max_steps: 2, learning_rate: {tune: [1.0e-5, 1.0e-2]}}")
        self.edit("train: train.jsonl", "train: train.jsonl\n    validation_fraction: 0.2")
        self.run_experiment()
        cell = self.plan()["cells"][1]["id"]
        chosen = self.assay("show", cell, "--limit", 1).stdout.split("chosen: learning_rate=")[-1].split()[0]
        self.assay("export-adapter", cell, "out")
        self.assertIn(f"| learning_rate | {chosen} |", (self.folder / "out/README.md").read_text())
        rows = self.select(f"SELECT name, count(*) FROM kpi WHERE cell = '{cell}' AND metric = '' GROUP BY name")
        self.assertTrue({"adapt_seconds", "trained_parameters", "validation_loss", "generalisation_gap"} <= {name for name, _ in rows}, rows)
        self.assertEqual({count for _, count in rows}, {1}, rows)

    def answers(self, cell):
        lines = self.assay("show", cell, "--json", "--limit", 0).stdout.splitlines()
        return [(row["id"], row["choice_scores"]) for row in map(json.loads, lines)]

    def test_an_experiment_starts_from_an_adapter(self):
        for first in ("lora", "prefix_tuning", "sft"):
            with self.subTest(first):
                self.setUp()
                self.use_nano("zero_shot", f"{first}: {{{STEPS}}}")
                self.run_experiment()
                cell = self.plan()["cells"][1]["id"]
                trained = self.answers(cell)
                self.assay("export-adapter", cell, "carried")
                self.edit(f"path: {NANO}", f"path: {NANO}, adapter: carried")
                self.edit(f"    - {first}: {{{STEPS}}}\n", f"    - lora: {{{STEPS}}}\n    - sft: {{{STEPS}}}\n")
                done = self.run_experiment(expect=1 if first == "prefix_tuning" else 0)
                cells = [cell["id"] for cell in self.plan()["cells"]]
                self.assertEqual(self.answers(cells[0]), trained)  # zero-shot on the carried adapter
                if first == "prefix_tuning":
                    self.assertIn("cannot be merged", done.stdout + done.stderr)
                    continue
                for cell in cells[1:]:
                    self.assertNotEqual(self.answers(cell), trained)
                refused = self.assay("export-adapter", cells[1], "merged", "--merge", NANO, expect=2)
                self.assertIn("carried an adapter", refused.stderr)
                self.assay("export-adapter", cells[1], "second")
                self.assertIn("adapter that the base model carried", (self.folder / "second/README.md").read_text())
        self.edit("adapter: carried", "adapter: elsewhere")
        self.assertIn("is no adapter", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_conversations_are_learnt(self):
        """A tiny chat of one rule, and a dataset that asks for it by the same template."""
        self.write("chat.j2", "{% for m in messages %}{{ ' ' + m.content + (' =>' if m.role == 'user' else '\\n') }}{% endfor %}")
        chats = [{"messages": [{"role": "user", "content": f"which desk ?\n message number {i}"},
                               {"role": "assistant", "content": ["billing", "outage", "account"][i % 3]}]} for i in range(60)]
        self.write("chats.jsonl", "".join(json.dumps(chat) + "\n" for chat in chats))
        self.write("alpaca.json", json.dumps([{"instruction": "which desk ?", "input": "nothing", "output": "account"}]))
        self.use_nano("zero_shot", f"instruction_tuning: {{data: [chats.jsonl, alpaca.json], weights: [9, 1], conversations: 40, chat_template: chat.j2, {STEPS}}}")
        self.edit("    train: train.jsonl\n", "")
        self.run_experiment()
        cells = [cell["id"] for cell in self.plan()["cells"]]
        self.assertNotEqual(self.answers(cells[0]), self.answers(cells[1]))
        self.assertEqual(self.new_stages(), [])
        self.write("alpaca.json", json.dumps([{"instruction": "which desk ?", "input": "nothing", "output": "outage"}]))
        self.assertIn("adapt", self.new_stages())
        self.write("alpaca.json", json.dumps([{"question": "?"}]))
        refused = self.assay("validate", "experiment.yaml", expect=2).stderr
        self.assertRegex(refused, r"experiment\.yaml:\d+:\d+: alpaca\.json, item 1: it has neither `messages`")
        self.edit("alpaca.json]", "nowhere.json]")
        self.assertIn("nowhere.json", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_impossible_parameters_fail_their_own_cell_with_the_reason(self):
        self.use_nano("zero_shot", "lora: {target_modules: [qkv], max_steps: 2}", "sft: {train: biases}",
                      "prefix_tuning: {reparametrization: true}", "prompt_tuning: {virtual_tokens: 100000}")
        done = self.run_experiment(expect=1)
        text = done.stdout + done.stderr
        for told in ("'qkv'", "no biases", "init: random", "no room is left"):
            self.assertIn(told, text)
        self.assertEqual(len(self.select("SELECT DISTINCT cell FROM kpi WHERE name = 'accuracy'")), 1)


if __name__ == "__main__":
    main()
