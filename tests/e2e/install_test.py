"""An installed prefix, moved, runs experiments; plugins build against it out of tree."""

import os
import pathlib
import subprocess

import workspace
from workspace import SOURCE, Workspace, main

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])


class InstallTest(Workspace):
    def setUp(self):
        super().setUp()
        first, self.prefix = self.folder / "first", self.folder / "moved"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", first], check=True, capture_output=True)
        first.rename(self.prefix)
        self.built = workspace.ASSAY
        workspace.ASSAY = str(self.prefix / "bin/assay")

    def tearDown(self):
        workspace.ASSAY = self.built

    def test_a_moved_prefix_works_and_plugins_build_against_it(self):
        self.assertIn("few_shot", self.assay("plugins").stdout)
        self.assertIn("classification@1", self.assay("prompt", "list").stdout)
        self.run_experiment()
        self.assay("validate", self.prefix / "share/assay/experiments/quickstart.yaml")
        for step in (["-S", SOURCE / "examples", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"], ["--build", "build"]):
            done = subprocess.run(["cmake", *step], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("at least 1", self.assay("plugins", "describe", "word_count", "--plugin-dir", "build/plugins").stdout)
        self.edit("- zero_shot", "- zero_shot\n    - ask_again\n    - polite: {word: kindly}")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, word_count]")
        done = self.run_experiment("--plugin-dir", "build/plugins")
        self.assertIn("10 of 10 cells done", done.stdout)
        outputs = {output["name"] for output in self.report()["datasets"][0]["outputs"]}
        self.assertIn("words", outputs)


if __name__ == "__main__":
    main()
