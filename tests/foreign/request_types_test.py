"""What goes over the wire fits the types that OpenAI and Anthropic publish with their clients: each body, as a literal, is checked by tsc, which refuses
a field that the type does not have, or has elsewhere or of another kind."""

import json
import re
import subprocess
import unittest

from packages import installed
from remote_server import RemoteServer
from workspace import Workspace, main, rows

TYPES = {
    "/v1/chat/completions": "OpenAI.Chat.ChatCompletionCreateParams",
    "/v1/completions": "OpenAI.CompletionCreateParams",
    "/v1/embeddings": "OpenAI.EmbeddingCreateParams",
    "/v1/fine_tuning/jobs": "OpenAI.FineTuning.JobCreateParams",
    "/v1/messages": "Anthropic.MessageCreateParams",
}
OPENAI_WORDS = ('generation: {max_tokens: 8, temperature: 0.7, top_p: 0.9, stop: ["\\n", "END"], frequency_penalty: 0.5, presence_penalty: 0.25, '
                "logit_bias: {50256: -100}}")
ANTHROPIC_WORDS = 'generation: {max_tokens: 8, temperature: 0.7, top_p: 0.9, top_k: 5, stop: ["END"]}'


def type_of(path, body):
    """Where a streamed answer is asked for by a type of its own, that one."""
    name = TYPES[path]
    if path in ("/v1/embeddings", "/v1/fine_tuning/jobs"):
        return name
    name += "Streaming" if body.get("stream") else "NonStreaming"
    # Versions of the API after 2023-06-01, which bodies are sent under, have no words for how to draw.
    return name.replace("Anthropic.", "Anthropic2023.") if path == "/v1/messages" and "temperature" in body else name


class RequestTypesTest(Workspace):
    @classmethod
    def setUpClass(cls):
        cls.packages = installed()

    def setUp(self):
        super().setUp()
        self.server = RemoteServer(self.folder, words="billing,outage,account", job_tick=1)
        self.addCleanup(self.server.close)
        self.runs = 0
        self.write("test.jsonl", rows(2, start=1000))
        self.write("validation.jsonl", rows(12, start=500))
        self.write("plain.j2", "{{ instruction }}\n{% for shot in shots %}{{ shot.input }} => {{ shot.target }}\n{% endfor %}{{ input }} =>")

    def ask(self, *strategies, source="openai", rest="", words="", choices=""):
        """Runs an experiment whose requests the server notes."""
        lines = "".join(f"    - {one}\n" for one in strategies)
        self.write("experiment.yaml", f"""\
name: rehearsal
models:
  far: {{source: {source}, model: some-model, base_url: "http://localhost:{self.server.port}/v1"{rest}}}
datasets:
  tickets: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?"{choices}}}
matrix:
  strategy:
{lines}metrics: [exact_match]
{words}
report: {{resamples: 100, formats: [json]}}
""")
        self.runs += 1
        self.run_experiment("--results", str(self.runs))  # anew: what is streamed or not gives the same predictions

    def compile(self, declarations):
        """What tsc says of them, a list of its words for each."""
        script, declarations = self.packages / "requests.ts", list(declarations)
        script.write_text("\n".join(declarations) + "\nimport type OpenAI from 'openai';\nimport type Anthropic from '@anthropic-ai/sdk';\n"
                          "import type Anthropic2023 from '@anthropic-ai/sdk-2023-06-01';\n")
        done = subprocess.run(["node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext",
                               script.name], cwd=self.packages, capture_output=True, text=True)
        said = [[] for _ in declarations]
        for line, words in re.findall(r"^requests\.ts\((\d+),\d+\): (error .*)", done.stdout, re.MULTILINE):
            said[int(line) - 1].append(words)
        self.assertEqual(done.returncode != 0, any(said), done.stdout + done.stderr)
        return said

    def test_every_body_fits_its_type(self):
        choices = ", choices: [billing, outage, account]"
        self.ask("zero_shot", "few_shot: {shots: 2}", "self_consistency: {samples: 3, temperature: 0.9, vote: likelihood}", words=OPENAI_WORDS)
        self.ask("zero_shot", rest=", stream: true, max_tokens_as: max_completion_tokens", words=OPENAI_WORDS)
        self.ask("zero_shot", rest=", api: completions", words=OPENAI_WORDS + "\nprompt: {template: plain.j2}")
        self.ask("zero_shot", rest=", api: completions, stream: true", words=OPENAI_WORDS + "\nprompt: {template: plain.j2}")
        self.ask("zero_shot", rest=", api: completions", words="prompt: {template: plain.j2}", choices=choices)
        self.ask("few_shot: {shots: 1, select: similar, similarity: embedding}", rest=", embedding_model: e")
        for strategy in ("{n_epochs: 1, batch_size: 2, learning_rate_multiplier: 0.5, suffix: desk}", "{method: dpo, beta: 0.2, n_epochs: 1}"):
            self.ask(f"openai_fine_tune: {strategy}", choices=choices + ", validation: validation.jsonl")
        for stream in ("false", "true"):
            self.ask("zero_shot", "few_shot: {shots: 2}", source="anthropic", rest=f", stream: {stream}", words=ANTHROPIC_WORDS)
            self.ask("zero_shot", source="anthropic", rest=f", stream: {stream}, lacks: [temperature]", words='generation: {max_tokens: 8, stop: ["END"]}')
        bodies = {}
        for seen in self.server.seen():
            if isinstance(seen["body"], dict) and seen["path"] in TYPES:
                bodies[json.dumps([sorted(seen["body"]), seen["path"]])] = (type_of(seen["path"], seen["body"]), seen["body"])
        kinds = [{"stream": stream, **more} for stream in (False, True) for more in ({}, {"temperature": 0})]
        self.assertEqual({name for name, _ in bodies.values()}, {type_of(path, kind) for path in TYPES for kind in kinds})
        sent = {word for _, body in bodies.values() for word in body}
        self.assertLessEqual({"max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "stop_sequences", "frequency_penalty", "presence_penalty",
                              "logit_bias", "seed", "n", "stream", "stream_options", "echo", "logprobs", "encoding_format", "method", "metadata", "suffix",
                              "training_file", "validation_file", "system", "messages", "prompt", "input"}, sent)
        row = {"messages": [{"role": "system", "content": "which desk ?"}, {"role": "user", "content": "message"}, {"role": "assistant", "content": "outage"}]}
        said = self.compile([f"export const row: {{messages: OpenAI.Chat.ChatCompletionMessageParam[]}} = {json.dumps(row)};",
                             *(f"export const body{i}: {name} = {json.dumps(body)};" for i, (name, body) in enumerate(bodies.values()))])
        self.assertEqual([words for words in said if words], [])

    def test_a_field_of_another_name_kind_or_place_does_not_fit(self):
        good = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "a"}]}
        chat, messages = "OpenAI.Chat.ChatCompletionCreateParamsNonStreaming", "Anthropic.MessageCreateParamsNonStreaming"
        bad = [(chat, {**good, **change}) for change in (
            {"max_tokenz": 1}, {"stop_sequences": ["a"]}, {"logit_bias": [1]}, {"messages": [{"role": "narrator", "content": "a"}]},
            {"messages": [{"role": "user", "content": "a", "n": 1}]}, {"stream_options": {"usage": True}})]
        bad += [(messages, {**good, "stop": ["a"]}), ("OpenAI.FineTuning.JobCreateParams", {"model": "m", "training_file": "f", "n_epochs": 1})]
        said = self.compile([f"export const good0: {chat} = {json.dumps(good)};", f"export const good1: {messages} = {json.dumps(good)};",
                             *(f"export const bad{i}: {name} = {json.dumps(body)};" for i, (name, body) in enumerate(bad))])
        self.assertEqual([bool(words) for words in said], [False, False] + [True] * len(bad), said)


if __name__ == "__main__":
    main()
