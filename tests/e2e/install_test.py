"""An installed prefix, moved, runs experiments; plugins build against it out of tree."""

import os
import pathlib
import shutil
import subprocess
import unittest

import workspace
from workspace import Workspace, main

SOURCE = pathlib.Path(__file__).parents[2]
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


class DocumentationTest(unittest.TestCase):
    def test_every_key_of_an_experiment_stands_in_its_page(self):
        import json

        page = (SOURCE / "docs/experiments.md").read_text()

        def keys(schema):
            for name, inner in schema.get("properties", {}).items():
                yield name
                yield from keys(inner)
            for part in ("items", "additionalProperties"):
                if isinstance(schema.get(part), dict):
                    yield from keys(schema[part])
            for part in ("anyOf", "oneOf"):
                for inner in schema.get(part, []):
                    yield from keys(inner)
            for inner in schema.get("definitions", {}).values():
                yield from keys(inner)

        schema = json.loads((SOURCE / "schemas/experiment.schema.json").read_text())
        self.assertEqual([key for key in sorted(set(keys(schema))) if f"`{key}`" not in page and f"{key}:" not in page], [])

    def test_links_between_pages_lead_somewhere(self):
        import re

        listed = subprocess.run(["git", "ls-files", "*.md"], cwd=SOURCE, capture_output=True, text=True).stdout.split()
        pages = [SOURCE / name for name in listed] or list(SOURCE.glob("*.md")) + list(SOURCE.glob("docs/*.md"))
        for page in pages:
            for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page}: {link}")


if __name__ == "__main__":
    main()
