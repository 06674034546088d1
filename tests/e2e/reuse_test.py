"""What is run again after a change, on a model that learns and with plugins of others."""

import shutil

from workspace import NANO, TEST_PLUGINS, Workspace, main

LORA = "lora: {rank: 2, epochs: 1}"


class PluginReuseTest(Workspace):
    def test_one_changed_byte_of_somebody_elses_plugin_reruns_what_depends_on_it(self):
        mine = self.folder / "mine"
        shutil.copytree(TEST_PLUGINS / "asks_twice", mine)
        self.edit("- zero_shot", "- zero_shot\n    - asks_twice")
        self.run_experiment("--plugin-dir", "mine")
        self.assertEqual(self.new_stages("--plugin-dir", "mine"), [])
        library = mine / "asks_twice.so"
        library.write_bytes(library.read_bytes() + b"\0")
        stages = [stage for stage in self.plan("--plugin-dir", "mine")["stages"] if not stage["reused"]]
        self.assertEqual(sorted(stage["kind"] for stage in stages), ["compare"] * 2 + ["generate"] + ["score"] * 2)
        self.assertTrue(all("asks_twice" in stage["label"] for stage in stages if stage["kind"] != "compare"), stages)
        self.assertIn("5 stages run", self.run_experiment("--plugin-dir", "mine").stdout)


class NanoReuseTest(Workspace):
    def test_eight_prompts_over_one_lora_train_it_once(self):
        prompts = [f"[{LORA}, zero_shot: {{instruction: 'wording {i}'}}]" for i in range(8)]
        self.use_nano("zero_shot", *prompts)
        self.run_experiment(timeout=200)
        kinds = self.select("SELECT kind, count(*) FROM run_stages JOIN attempts USING (run, stage) WHERE outcome='done' GROUP BY kind")
        self.assertEqual(dict(kinds), {"adapt": 1, "generate": 9, "score": 18, "compare": 2})
        self.assertEqual(self.select("SELECT count(DISTINCT stage), count(*) FROM cell_stages WHERE role='adapt'"), [(1, 8)])

    def test_one_changed_byte_of_the_weights_reruns_all_of_that_model(self):
        shutil.copytree(NANO, self.folder / "model")
        self.use_nano("zero_shot", LORA, path="model")
        self.edit("metrics:", f"prompt: {{answer: ' {{{{ target }}}}'}}\nmetrics:")
        self.edit("models:", "models:\n  other: {source: simulated, accuracy: 0.7}")
        self.edit("model: [nano]", "model: [nano, other]")
        self.edit(f"- {LORA}", "- few_shot: {shots: 1}")
        self.run_experiment()
        self.assertEqual(self.new_stages(), [])
        self.flip(self.folder / "model/model.safetensors")
        new = [stage for stage in self.plan()["stages"] if not stage["reused"]]
        self.assertEqual({stage["kind"] for stage in new}, {"generate", "score", "compare"})
        self.assertEqual(len([stage for stage in new if stage["kind"] == "generate"]), 2)
        self.assertFalse([stage["label"] for stage in new if " on other" in stage["label"]])


if __name__ == "__main__":
    main()
