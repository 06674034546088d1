"""Instruction tuning on files of conversations, as they are published."""

import json

from workspace import Workspace, main

CHATS = [
    {"messages": [{"role": "system", "content": "which desk ?"}, {"role": "user", "content": f"message number {i}"},
                  {"role": "assistant", "content": "outage"}]}
    for i in range(40)
]


class ConversationsTest(Workspace):
    def prepare(self, parameters="max_steps: 20, rows_weight: 0"):
        self.use_nano("zero_shot", f"instruction_tuning: {{conversations: [{{path: chats.jsonl}}, {{path: alpaca.json, weight: 0.5}}], {parameters}}}")
        self.write("chats.jsonl", "".join(json.dumps(chat) + "\n" for chat in CHATS))
        self.write("alpaca.json", json.dumps([{"instruction": "say it", "input": "", "output": "outage"}] * 4))

    def test_what_conversations_say_is_learnt(self):
        self.prepare()
        self.run_experiment()
        answers = self.select(
            "SELECT DISTINCT p.answer FROM predictions p JOIN cells c USING (run, cell) WHERE c.strategy LIKE 'instruction_tuning%'"
        )
        self.assertEqual(answers, [("outage",)])
        log = next((self.folder / "results/bundles/adapt").glob("*/*/log.txt")).read_text()
        self.assertIn("chats.jsonl: 40 conversations make 40 texts", log)
        self.assertIn("alpaca.json: 4 conversations make 4 texts", log)

    def test_a_changed_conversation_trains_again(self):
        self.prepare("max_steps: 1")
        self.run_experiment()
        self.assertEqual(self.new_stages(), [])
        self.write("alpaca.json", json.dumps([{"instruction": "say it", "input": "", "output": "billing"}] * 4))
        self.assertIn("adapt", self.new_stages())

    def test_a_file_that_is_not_there_is_named_with_its_place(self):
        self.prepare()
        (self.folder / "alpaca.json").unlink()
        said = self.assay("validate", "experiment.yaml", expect=2).stderr
        self.assertIn("'instruction_tuning.conversations.1.path' names alpaca.json, which does not exist", said)
        self.assertRegex(said, r"experiment\.yaml:\d+:\d+: ")


if __name__ == "__main__":
    main()
