"""Every kind of bad input: one clear message with its place, exit 2, nothing written."""

import json

from workspace import Workspace, main


class BadInputTest(Workspace):
    def refused(self, *wanted, command="run"):
        done = self.assay(command, "experiment.yaml", expect=2)
        for text in wanted:
            self.assertIn(text, done.stderr)
        self.assertFalse((self.folder / "results").exists(), "nothing may be written")
        self.assertNotIn("terminate called", done.stderr)
        return done.stderr

    def test_unknown_key(self):
        self.edit("metrics:", "metrcs:")
        self.refused("experiment.yaml:19:1", "metrcs", "metrics")

    def test_wrong_type(self):
        self.edit("seed: [1, 2]", "seed: one")
        self.refused("experiment.yaml:18:9", "one")

    def test_unknown_strategy(self):
        self.edit("few_shot:", "few_shots:")
        self.refused("experiment.yaml:17", "few_shots", "few_shot")

    def test_unknown_parameter(self):
        self.edit("shots: [1, 2]", "shot: [1, 2]")
        self.refused("experiment.yaml:17", "'shot'", "shots")

    def test_value_out_of_range(self):
        self.edit("shots: [1, 2]", "shots: 0")
        self.refused("experiment.yaml:17", "0", "1")

    def test_missing_file(self):
        self.edit("test: test.jsonl", "test: tset.jsonl")
        self.refused("experiment.yaml:7", "tset.jsonl")

    def test_malformed_yaml(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1")
        self.refused("experiment.yaml:")

    def test_malformed_row_names_its_number(self):
        self.write("test.jsonl", '{"text": "a", "label": "billing"}\n{"text": "b", \n')
        self.refused("test.jsonl, row 2")

    def test_empty_dataset(self):
        self.write("test.jsonl", "")
        self.refused("test.jsonl")

    def test_duplicate_keys(self):
        self.edit("metrics:", "name: again\nmetrics:")
        self.refused("experiment.yaml:19:1", "name")

    def test_duplicate_metrics(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, accuracy]")
        self.refused("experiment.yaml:19", "accuracy")

    def test_cyclic_alias(self):
        self.edit("metrics: [accuracy, f1]", "metrics: &loop [accuracy, *loop]")
        self.refused("experiment.yaml:19")

    def test_template_naming_an_absent_field(self):
        self.edit("{{ text }}", "{{ txt }}")
        self.refused("txt", "text")

    def test_label_outside_choices(self):
        self.write("test.jsonl", json.dumps({"text": "x", "label": "sales"}) + "\n")
        self.refused("test.jsonl, row 1", "sales", "billing")

    def test_model_folder_without_weights(self):
        self.write("model/config.json", "{}")
        self.edit("{source: simulated, accuracy: 0.7}", "{source: local, path: model}")
        self.refused("experiment.yaml:3", "model")

    def test_truncated_safetensors(self):
        self.write("model/config.json", json.dumps({"architectures": ["LlamaForCausalLM"], "model_type": "llama"}))
        self.write("model/tokenizer.json", "{}")
        header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
        (self.folder / "model/model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 4)
        self.edit("{source: simulated, accuracy: 0.7}", "{source: local, path: model}")
        self.refused("model.safetensors")

    def test_several_errors_come_together(self):
        self.edit("few_shot:", "few_shots:")
        self.edit("seed: [1, 2]", "seed: one")
        self.refused("experiment.yaml:17", "experiment.yaml:18")

    def test_two_drivers_in_a_list(self):
        self.edit("- zero_shot", "- [chain_of_thought, chain_of_thought: {mode: replace}]")
        self.refused("experiment.yaml:16", "chain_of_thought")

    def test_unknown_option_and_command(self):
        self.assertIn("--workers", self.assay("run", "experiment.yaml", "--worker5", 2, expect=2).stderr)
        self.assertIn("validate", self.assay("valdate", expect=2).stderr)

    def test_merge_keys_and_anchors_are_read(self):
        self.edit("  sim: {source: simulated, accuracy: 0.7}",
                  "  sim: &base {source: simulated, accuracy: 0.7}\n  better: {<<: *base, accuracy: 0.9}")
        self.assay("validate", "experiment.yaml")

    def test_overrides_are_checked_as_well(self):
        self.assertIn("matrix.sed", self.assay("validate", "experiment.yaml", "--set", "matrix.sed=[1]", expect=2).stderr)
        self.assay("validate", "experiment.yaml", "--set", "matrix.seed=[1]")


    def test_a_remote_model_that_cannot_be_asked_so(self):
        self.edit("{source: simulated, accuracy: 0.7}", "{source: openai, model: m, base_url: \"http://example.org/v1\"}")
        self.refused("experiment.yaml:3", "plain http to another machine", "allow_insecure")

    def test_every_top_level_key_misspelt_or_gone(self):
        text = (self.folder / "experiment.yaml").read_text()
        for key in ("name", "models", "datasets", "matrix", "metrics"):
            self.write("experiment.yaml", text.replace(f"{key}:", f"{key}z:", 1))
            self.refused(f"'{key}'")


if __name__ == "__main__":
    main()
