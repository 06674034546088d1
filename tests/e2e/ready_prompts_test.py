"""Every ready prompt and every form of prompt, rendered with data that looks like templates, markup and control characters.

What comes out stands in golden/prompts, one file a case; ASSAY_UPDATE_GOLDEN=1 writes them anew, to be reviewed as a diff."""

import json
import os
import pathlib
import re
import subprocess

from workspace import ASSAY, NANO, SOURCE, Workspace, main

try:
    import jinja2
except ImportError:
    jinja2 = None

GOLDEN = pathlib.Path(__file__).parent / "golden/prompts"
READY = SOURCE / "experiments/prompts"
CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

piece = '{{ x }} "q" {% raw %} שלום \\n <eos>\n'
ROWS = {
    "braces": 'She wrote {{ input }} and {% if x %}{# nothing #}{% endif %} in } braces {, {{{ three }}} of them',
    "quotes": "It's \"quoted\", 'twice', with \\n, \\\", a \ttab, a % and a ${VARIABLE} <eos> </s> <|im_end|>",
    "lines": "first line\n\n  indented\r\nwindows line\n---\nname: not front matter\n---\n",
    "right_to_left": "שלום {{ עולם }} \u202eabc\u202c مرحبا (1) é e\u0301 👩\u200d👩\u200d👧 \u200b.",
    "long": piece * (100_000 // len(piece.encode())),
}
SHOTS = [{"text": 'a {{ shot }} "one"', "label": "one"}, {"text": "שתיים\n{% two %}", "label": "two"}]
VARIABLES = {"keys": 'name, "date", {{ key }}', "party": "the {{ tenant }}", "length": "two sentences", "currency": "EUR", "jurisdiction": "German law"}
CHOICES = ["one", "two", "{{ three }}"]


class ReadyPromptsTest(Workspace):
    def setUp(self):
        super().setUp()
        for name, template in (("plain", None), ("chat", CHATML)):
            folder = self.folder / name
            folder.mkdir()
            for file in NANO.iterdir():
                if file.name != "tokenizer_config.json":
                    (folder / file.name).symlink_to(file)
            config = json.loads((NANO / "tokenizer_config.json").read_text())
            config.pop("chat_template")
            if template:
                config["chat_template"] = template
            (folder / "tokenizer_config.json").write_text(json.dumps(config))
        self.write("rows.jsonl", "".join(json.dumps({"text": text, "label": "one"}) + "\n" for text in ROWS.values()))
        self.write("train.jsonl", "".join(json.dumps(shot) + "\n" for shot in SHOTS))
        self.prompts = json.loads(self.assay("prompt", "list", "--json").stdout)
        self.used = set()

    def render(self, strategy, row, model="plain", choices=False, instruction=None, fit=None):
        """What a strategy's cell asks about a row, as `assay prompt render --json` prints it."""
        self.write("experiment.yaml", json.dumps({
            "name": "ready", "models": {"m": {"source": "local", "path": model}},
            "datasets": {"d": {"train": "train.jsonl", "test": "rows.jsonl", "input": "{{ text }}", "target": "{{ label }}",
                               **({"choices": CHOICES} if choices else {}), **({"instruction": instruction} if instruction else {})}},
            "matrix": {"strategy": [strategy]}, "metrics": ["accuracy"], "generation": {"max_tokens": 20},
            **({"prompt": {"fit": fit}} if fit else {})}))
        shown = json.loads(self.assay("prompt", "render", "experiment.yaml", "--row", list(ROWS).index(row) + 1, "--json").stdout)
        request, = shown["requests"]
        chat = model == "chat" and "<|im_start|>" in request["prompt"]
        ids = subprocess.run([ASSAY, "tokenize", str(self.folder / model), "--json", *(["--no-special"] if chat else [])],
                             input=request["prompt"].encode(), capture_output=True, check=True).stdout
        self.assertEqual(request["prompt_tokens"], len(json.loads(ids)), "tokens are the tokenizer's")
        return request

    def golden(self, case, request, row):
        """The prompt is the case's golden file, in which ⟦long⟧ stands for the long row."""
        if not request["input_tokens_cut"]:
            self.assertIn(ROWS[row], request["prompt"], f"{case}: the data is unharmed")
        text = request["prompt"].replace(ROWS["long"], "⟦long⟧") + f"\n── {request['prompt_tokens']} tokens\n"
        self.used.add(f"{case}.txt")
        path = GOLDEN / f"{case}.txt"
        if os.environ.get("ASSAY_UPDATE_GOLDEN"):
            GOLDEN.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        self.assertTrue(path.exists(), f"{path} is missing; ASSAY_UPDATE_GOLDEN=1 writes it")
        self.assertEqual(text, path.read_bytes().decode(), case)

    def reference(self, name, row, variables, choices, shots):
        """The same by Python's Jinja."""
        def load(file):
            return re.sub(r"\A---\n.*?\n---\n", "", (READY / file).read_text(), flags=re.S)
        environment = jinja2.Environment(loader=jinja2.FunctionLoader(load), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
        shown = [{"input": shot["text"], "target": shot["label"]} for shot in SHOTS] if shots else []
        return environment.get_template(f"{name}.j2").render(
            system="", instruction="", shots=shown, passages=[], input=ROWS[row], choices=CHOICES if choices else [], fields={}, answer_prefix="", **variables)

    def test_prompts_are_the_golden_files(self):
        rows = list(ROWS)
        self.assertGreaterEqual(len(self.prompts), 12)
        for i, prompt in enumerate(self.prompts):
            name = prompt["name"]
            variables = {key: value for key, value in VARIABLES.items() if key in prompt["variables"]}
            ask = {"zero_shot": {"template": f"{name}@{prompt['version']}", "variables": variables}}
            choices = "choices" in prompt["variables"]
            for shots, row in ((False, rows[i % len(rows)]), (True, rows[(i + 2) % len(rows)])):
                strategy = [{"few_shot": {"shots": 2, "select": "first"}}, ask] if shots else ask
                request = self.render(strategy, row, "chat" if i % 2 else "plain", choices)
                if jinja2:
                    self.assertEqual(request["prompt"], self.reference(name, row, variables, choices, shots))
                self.golden(f"{name}.{'few_shot' if shots else 'zero_shot'}.{row}", request, row)
        asking = {"instruction": "what is {{ this }} ?"}
        for model in ("plain", "chat"):
            few = {"few_shot": {"shots": 2, "select": "first"}}
            self.golden(f"{model}.zero_shot.braces", self.render({"zero_shot": {"system": "{{ be }} brief"}}, "braces", model, **asking), "braces")
            self.golden(f"{model}.few_shot.right_to_left", self.render(few, "right_to_left", model, choices=True, **asking), "right_to_left")
            self.golden(f"{model}.chain_of_thought.long", self.render("chain_of_thought", "long", model, **asking), "long")
            self.golden(f"{model}.few_shot_and_chain_of_thought.lines", self.render([few, "chain_of_thought"], "lines", model, **asking), "lines")
            request = self.render(few, "long", model, fit=["drop_shots", {"truncate_input": "middle"}], **asking)
            self.assertLessEqual(request["prompt_tokens"] + 20, 512)
            self.golden(f"{model}.few_shot.fitted", request, "long")
        self.assertGreaterEqual(len(self.used), 30)
        self.assertEqual({path.name for path in GOLDEN.iterdir()}, self.used, "no golden file is without its case")

    def test_parts_that_are_optional_may_all_be_there(self):
        self.write("mine/full.j2", "---\nname: full\nversion: 1\ndescription: d\nvariables: {input: required, system: optional, tone: required}\noutput: text\n---\n"
                                   "{{ system }}|{{ tone }}|{{ input }}")
        request = self.render({"zero_shot": {"template": "mine/full.j2", "system": "s", "variables": {"tone": "{{ t }}"}}}, "braces")
        self.assertEqual(request["prompt"], "s|{{ t }}|" + ROWS["braces"])


if __name__ == "__main__":
    main()
