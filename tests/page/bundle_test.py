"""The bundle of the report's page: the same bytes in another folder, and the licences of what is in it. bundle_test.py BUILD_FOLDER"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).parents[2] / "engine/report/page"
BUILT = pathlib.Path(sys.argv.pop(1)) / "engine/report/page/npm"


class BundleTest(unittest.TestCase):
    def test_another_folder_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory(prefix="a folder of another name ") as name:
            folder = pathlib.Path(name) / "deeper"
            shutil.copytree(SOURCE, folder)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
            subprocess.run(["node", "bundle.mjs", "."], cwd=folder, check=True)
            for file in ("page.js", "page.css", "page_assets.cpp"):
                self.assertEqual((folder / file).read_bytes(), (BUILT / file).read_bytes(), file)

    def test_licences_of_what_is_bundled_stand_in_it(self):
        script = (BUILT / "page.js").read_text(encoding="ascii")
        for text in ("echarts 6.1.0 (Apache-2.0)", "Apache License", "zrender", "BSD 3-Clause License", "diff 9.0.0 (BSD-3-Clause)"):
            self.assertIn(text, script)

    def test_it_fits_its_elements_and_names_no_folder(self):
        for file, end in (("page.js", "</script"), ("page.css", "</style")):
            text = (BUILT / file).read_text(encoding="ascii")
            self.assertNotIn(end, text.lower())
            self.assertNotIn(str(BUILT), text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
