"""A model behind HTTP is the model itself: the test server answers by nano, and both give the same predictions."""

import json
import pathlib
import unittest

from remote_server import RemoteServer
from workspace import NANO, Workspace, main

ANIMALS = [("dog", "animal"), ("car", "thing"), ("cat", "animal"), ("table", "thing"), ("horse", "animal"), ("cup", "thing")]


class RemoteModelTest(Workspace):
    def compare(self, remote, rest, strategies=("zero_shot", "few_shot: {shots: 2}"), choices="", rows=6):
        """Runs the experiment on nano and on the server; returns what the server saw and the predictions, which must agree."""
        (self.folder / "server.log").unlink(missing_ok=True)
        server = RemoteServer(self.folder, model=NANO)
        self.addCleanup(server.close)
        text = "".join(json.dumps({"text": f"the {thing} is a", "label": label}) + "\n" for thing, label in ANIMALS)
        self.write("few.jsonl", "".join(text.splitlines(keepends=True)[:rows]))
        self.write("shots.jsonl", text)
        self.write("plain.j2", "{{ instruction }}\n{% for shot in shots %}{{ shot.input }} => {{ shot.target }}\n{% endfor %}{{ input }} =>")
        lines = "".join(f"    - {one}\n" for one in strategies)
        predictions = []
        for name, model in (("near", f"{{source: local, path: {NANO}}}"),
                            ("far", f'{{source: openai, model: nano, base_url: "http://localhost:{server.port}/v1"{remote}}}')):
            self.write("experiment.yaml", f"""\
name: rehearsal
models:
  nano: {model}
datasets:
  things: {{train: shots.jsonl, test: few.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "animal or thing"{choices}}}
matrix:
  strategy:
{lines}metrics: [exact_match]
{rest}
report: {{resamples: 100, formats: [json]}}
""")
            self.run_experiment("--results", name)
            rows_of = [json.loads(line) for line in self.stable(name).splitlines()]
            predictions.append([(row["id"], row["answer"]) for row in rows_of if "answer" in row])
        self.assertEqual(len(predictions[0]), rows * len(strategies))
        self.assertTrue(any(answer for _, answer in predictions[0]), predictions[0])
        self.assertEqual(predictions[0], predictions[1])
        return [one["body"] for one in server.seen()], predictions[0]

    def test_conversations(self):
        bodies, answers = self.compare("", 'generation: {max_tokens: 5, logit_bias: {100: 2.5, 7: -50}, stop: [".", "\\n"]}')
        self.assertGreater(len(set(answers)), 2)
        self.assertEqual(len(bodies), 12)
        for body in bodies:
            self.assertEqual(body["logit_bias"], {"7": -50.0, "100": 2.5})
            self.assertEqual(body["stop"], [".", "\n"])
            self.assertEqual((body["max_tokens"], body["temperature"]), (5, 0))
            self.assertNotIn("seed", body)
        self.assertEqual({len(body["messages"]) for body in bodies}, {2, 6})

    def test_without_a_stop_the_model_here_ends_at_the_line_and_the_server_is_sent_none(self):
        server = RemoteServer(self.folder, model=NANO)
        self.addCleanup(server.close)
        self.write("few.jsonl", json.dumps({"text": "the dog is a", "label": "animal"}) + "\n")
        self.write("experiment.yaml", f"""\
name: rehearsal
models:
  near: {{source: local, path: {NANO}}}
  far: {{source: openai, model: nano, base_url: "http://localhost:{server.port}/v1"}}
datasets:
  things: {{test: few.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "animal or thing"}}
matrix:
  strategy: [zero_shot]
metrics: [exact_match]
generation: {{max_tokens: 3}}
report: {{resamples: 100, formats: [json]}}
""")
        said = self.assay("validate", "experiment.yaml").stderr
        self.assertRegex(said, r"note: .*experiment.yaml:4:\d+: model 'far' is sent no stop, while answers of 'near' end at \"\\n\", which its chat template writes")
        self.run_experiment("--only", "model=far")
        self.assertEqual([body.get("stop") for body in (one["body"] for one in server.seen())], [None])
        for change in (("max_tokens: 3", r'max_tokens: 3, stop: ["\n"]'), ("model: nano,", "model: nano, api: completions,")):
            text = (self.folder / "experiment.yaml").read_text()
            self.edit(*change)
            self.assertNotIn("note:", self.assay("validate", "experiment.yaml").stderr)
            self.write("experiment.yaml", text)
        other = self.folder / "other"
        other.mkdir()
        for file in pathlib.Path(NANO).iterdir():
            if file.name != "tokenizer_config.json":
                (other / file.name).symlink_to(file)
        tokens = json.loads((NANO / "tokenizer_config.json").read_text())
        written = tokens.pop("chat_template")
        self.edit(f"path: {NANO}", "path: other")
        for template, noted in ((None, "as it has no chat template"), (written, "which its chat template writes"), (written.replace("\\n", "<end>"), None)):
            self.write("other/tokenizer_config.json", json.dumps({**tokens, **({"chat_template": template} if template else {})}))
            said = self.assay("validate", "experiment.yaml").stderr
            self.assertIn(noted or "", said)
            self.assertEqual("note:" in said, noted is not None, said)
        self.edit("  near:", "  idle:")
        self.edit("matrix:\n", "matrix:\n  model: [far]\n")
        self.assertNotIn("note:", self.assay("validate", "experiment.yaml").stderr, "a model that is not asked is compared with nothing")

    def test_a_stop_cuts_both_alike(self):
        _, free = self.compare("", r'generation: {max_tokens: 5, stop: "\n"}', strategies=("zero_shot",))
        which, word = next((i, answer) for i, (_, answer) in enumerate(free) if len(answer) > 1)
        _, bound = self.compare("", f'generation: {{max_tokens: 5, stop: ["{word[1:]}"]}}', strategies=("zero_shot",))
        self.assertEqual(bound[which][1], word[0])

    def test_plain_text_and_choices_by_their_scores(self):
        bodies, _ = self.compare(", api: completions", "prompt: {template: plain.j2}", choices=", choices: [animal, thing]")
        self.assertEqual({(body["echo"], len(body["prompt"])) for body in bodies}, {(True, 2)})
        bodies, _ = self.compare(", api: completions", "prompt: {template: plain.j2}\ngeneration: {max_tokens: 4}")
        self.assertTrue(all(isinstance(body["prompt"], str) and body["prompt"].endswith(" =>") for body in bodies))

    def test_draws_of_a_seed(self):
        """The wire has the run's seed and no example's number: the first example's draws are the same."""
        bodies, _ = self.compare(", stream: true", r'generation: {max_tokens: 5, stop: "\n"}', rows=1, strategies=("self_consistency: {samples: 3, temperature: 0.9}",))
        self.assertEqual(len(bodies), 1)
        self.assertEqual((bodies[0]["n"], bodies[0]["temperature"], bodies[0]["stream"]), (3, 0.9, True))
        self.assertIsInstance(bodies[0]["seed"], int)


if __name__ == "__main__":
    main()
