"""The sources are as the committed .clang-format has them."""
import pathlib
import re
import shutil
import subprocess
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent
VERSION = 14  # Debian 12's; others break some lines elsewhere


class FormatTest(unittest.TestCase):
    def test_clang_format_would_change_nothing(self):
        if not shutil.which("clang-format"):
            self.skipTest("clang-format is not installed")
        version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
        if int(re.search(r"version (\d+)", version)[1]) != VERSION:
            self.skipTest(f"sources are formatted by clang-format {VERSION}; this is {version}")
        files = [file for folder in ("engine", "plugins", "examples", "experiments", "tests") for file in (SOURCE / folder).rglob("*.*")
                 if file.suffix in (".h", ".cpp") and "sdk_frozen" not in file.parts  # that stays as it was
                 and "@" not in file.name]  # templates of plugins, with words that are no C++
        self.assertGreater(len(files), 1000)
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True)
        wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "clang-format-violations" in line})
        self.assertEqual(done.returncode, 0, "run: clang-format -i " + " ".join(wrong))


if __name__ == "__main__":
    unittest.main()
