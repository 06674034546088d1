"""The commands that look at a local model: inspect, tokenize, logits, generate."""

import json
import re

from workspace import NANO, Workspace, main


class ModelsTest(Workspace):
    def test_inspect_tells_what_a_folder_holds(self):
        about = json.loads(self.assay("inspect", NANO, "--json").stdout)
        self.assertEqual(about["architecture"], "llama")
        self.assertEqual(about["context_length"], 512)
        self.assertEqual(sum(file["bytes"] for file in about["weight_files"]), (NANO / "model.safetensors").stat().st_size)
        self.assertIn("chat_template", self.assay("inspect", NANO).stdout)
        self.assertNotIn("int8_error", about)
        error = json.loads(self.assay("inspect", NANO, "--int8", "--json").stdout)["int8_error"]
        self.assertTrue(0.001 < error < 0.02, error)  # a weight is at most half a step off, and a row's largest is 127 steps
        self.assertIn("% of the weights", self.assay("inspect", NANO, "--int8").stdout)

    def test_tokenize_and_decode_are_inverse(self):
        text = " a wasp is an insect .\n x => yes"
        ids = self.assay("tokenize", NANO, "--text", text, "--no-special", "--json").stdout
        self.write("ids.json", ids)
        shown = self.assay("tokenize", NANO, "--decode", "--text", ids).stdout
        self.assertEqual(shown, text + "\n")
        self.assertIn(f"{len(json.loads(ids))} tokens", self.assay("tokenize", NANO, "--text", text, "--no-special").stdout)

    def test_logits_are_those_of_the_last_position(self):
        self.write("ids.json", "[[0, 258, 371], [0, 258, 371, 113, 296]]")
        short, long = json.loads(self.assay("logits", NANO, "--tokens", "ids.json").stdout)
        self.assertEqual(len(short["last_logits"]), 3072)
        self.assertGreater(long["mean_cross_entropy"], 0)
        self.assertNotEqual(short["last_logits"], long["last_logits"])
        again = json.loads(self.assay("logits", NANO, "--tokens", "ids.json", "--threads", 2).stdout)
        self.assertEqual(again[1], long, "threads do not touch results")

    def test_bad_ids_are_refused(self):
        for content, wanted in (("[[0, 1]", "JSON array"), ("[[0], []]", "item 2"), ("[[99999]]", "item 1"), ("[[1.5]]", "1.5")):
            self.write("ids.json", content)
            self.assertIn(wanted, self.assay("logits", NANO, "--tokens", "ids.json", expect=2).stderr)

    def test_generate_streams_what_the_model_writes_up_to_the_end_of_its_turn(self):
        done = self.assay("generate", NANO, "--system", "show the steps", "--chat", "tom has 8 plums , buys 5 , loses 3 . how many ?")
        self.assertRegex(done.stdout, r"answer \d+\n$")
        self.assertEqual(done.stdout.count("\n"), 1)

    def test_samples_depend_on_the_seed_alone(self):
        ask = ("generate", NANO, "--prompt", " a wasp is", "--temperature", 1, "--max-tokens", 12, "--samples", 3)
        first, again, other = (self.assay(*ask, "--seed", seed).stdout for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_one_and_two_workers_write_the_same_in_every_dtype(self):
        self.use_nano("zero_shot", "few_shot: {shots: 2}")
        for dtype in ("f32", "bf16", "int8"):
            text = (self.folder / "experiment.yaml").read_text(encoding="utf-8")
            self.write("experiment.yaml", re.sub(r"dtype: \w+", f"dtype: {dtype}", text))
            answers = []
            for workers in (1, 2):
                results = f"{dtype}-{workers}"
                self.assay("run", "experiment.yaml", "--plain", "--results", results, "--workers", workers)
                answers.append(self.stable(results))
            self.assertEqual(*answers, dtype)
            self.assertIn("prediction", answers[0])

    def test_a_device_that_is_not_there_is_refused(self):
        self.write("ids.json", "[[0, 1]]")
        for ask in (("generate", NANO, "--prompt", "x"), ("logits", NANO, "--tokens", "ids.json")):
            self.assertIn("no CUDA device", self.assay(*ask, "--device", "cuda", expect=2).stderr)
            self.assay(*ask, "--device", "cpu")

    def test_a_folder_that_is_no_model_is_refused(self):
        for command in ("inspect", "tokenize", "logits", "generate"):
            extra = ("--tokens", "x") if command == "logits" else ("--text", "x") if command == "tokenize" else ()
            self.assertIn("nowhere", self.assay(command, "nowhere", *extra, expect=2).stderr)


if __name__ == "__main__":
    main()
