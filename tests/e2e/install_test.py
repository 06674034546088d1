"""An installed prefix, moved, runs experiments; plugins build against it out of tree."""

import os
import pathlib
import shutil
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
        done = subprocess.run(["ctest", "--test-dir", "build", "--output-on-failure"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("100% tests passed, 0 tests failed out of 6", done.stdout)
        self.edit("- zero_shot", "- zero_shot\n    - ask_again\n    - step_back\n    - polite: {word: kindly}")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, word_count, length_bias]")
        done = self.run_experiment("--plugin-dir", "build/plugins")
        self.assertIn("12 of 12 cells done", done.stdout)
        outputs = {output["name"] for output in self.report()["datasets"][0]["outputs"]}
        self.assertLessEqual({"words", "length_bias"}, outputs)
        self.use_nano("zero_shot", "norm_tuning: {epochs: 1}", path=self.prefix / "share/assay/experiments/models/nano")
        self.assertIn("2 of 2 cells done", self.run_experiment("--plugin-dir", "build/plugins").stdout)

    def test_a_plugin_that_was_begun_anew_builds_and_passes_its_tests_and_its_example_runs(self):
        for name, *options in (["my_metric", "--kind", "metric"], ["my_strategy", "--kind", "strategy"],
                               ["my_training", "--kind", "strategy", "--trains"]):
            self.assay("plugin", "new", name, *options)
            for step in (["cmake", "-S", name, "-B", f"{name}/build"], ["cmake", "--build", f"{name}/build"],
                         ["ctest", "--test-dir", f"{name}/build", "--output-on-failure"]):
                done = subprocess.run(step, cwd=self.folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("100% tests passed, 0 tests failed out of 2", done.stdout)

    def test_plugins_of_another_compiler_with_the_same_library_work(self):
        if shutil.which("clang++") is None:
            self.skipTest("clang++ is not installed")
        for name in ("step_back", "length_bias"):
            for step in (["cmake", "-S", SOURCE / "examples" / name, "-B", name, f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_CXX_COMPILER=clang++"],
                         ["cmake", "--build", name], ["ctest", "--test-dir", name, "--output-on-failure"]):
                done = subprocess.run(step, cwd=self.folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("100% tests passed, 0 tests failed out of 1", done.stdout)
            self.assertIn(b"clang version", (self.folder / name / "plugins" / f"{name}.so").read_bytes())
        self.edit("- zero_shot", "- zero_shot\n    - step_back")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, length_bias]")
        self.assertIn("8 of 8 cells done", self.run_experiment("--plugin-dir", "step_back/plugins", "--plugin-dir", "length_bias/plugins").stdout)


if __name__ == "__main__":
    main()
