"""What is promised to plugins: sources go on compiling, and what was built for something else is refused without a crash."""

import json
import os
import pathlib
import subprocess

from workspace import ASSAY, TEST_PLUGINS, Workspace, main

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])
BUILT_IN = pathlib.Path(ASSAY).resolve().parents[1] / "lib/assay/plugins"


def layout(headers):
    text = subprocess.run([BUILD / "tests" / f"sdk_layout_{headers}"], check=True, capture_output=True, text=True).stdout
    lines = dict(line.split(" ", 1) for line in text.splitlines())
    return int(lines.pop("sdk")), lines


class SdkTest(Workspace):
    def altered(self, name, old, new):
        """A copy of a built-in plugin whose manifest says `new`, as long as `old`."""
        content = (BUILT_IN / f"{name}.so").read_bytes()
        self.assertEqual(content.count(old.encode()), 1, old)
        (self.folder / "altered").mkdir(exist_ok=True)
        path = self.folder / "altered" / f"{name}.so"
        path.write_bytes(content.replace(old.encode(), new.encode()))
        return path

    def refused(self, path, check, *words):
        done = self.assay("plugins", "--plugin-dir", path.parent)
        for word in (path.name, *words, "build it again"):
            self.assertIn(word, done.stderr)
        self.assertIn("few_shot", done.stdout)
        findings = {finding["check"]: finding for finding in json.loads(self.assay("plugin", "check", path, "--json", expect=1).stdout)}
        self.assertEqual(findings[check]["outcome"], "FAIL")
        self.assertNotEqual(findings.get("constructs", {}).get("outcome"), "pass")
        self.run_experiment("--plugin-dir", path.parent)  # with the installed one

    def test_a_plugin_of_an_older_and_of_a_newer_sdk_is_refused(self):
        number, _ = layout("today")
        for other in (number - 1, number + 1):
            self.refused(self.altered("few_shot", f'"sdk":{number},', f'"sdk":{other},'), "sdk_number", f"SDK {other}", f"SDK {number}")

    def test_a_plugin_of_another_abi_is_refused(self):
        self.refused(self.altered("few_shot", "-cxx11abi1-", "-cxx11abi0-"), "abi_tag", "cxx11abi0", "cxx11abi1")

    def test_a_plugin_of_another_libtorch_is_refused(self):
        content = (BUILT_IN / "lora.so").read_bytes()
        at = content.index(b'"torch":"') + len(b'"torch":"')
        version = content[at:content.index(b'"', at)].decode()
        other = version[:-1] + ("8" if version[-1] == "9" else "9")
        self.refused(self.altered("lora", f'"torch":"{version}"', f'"torch":"{other}"'), "libtorch", f"libtorch {other}", f"libtorch {version}")

    def test_sources_that_compiled_go_on_compiling_and_do_what_they_did(self):
        for kind in ("strategy", "metric"):
            self.assay("plugin", "check", TEST_PLUGINS / "sdk_today" / f"today_{kind}.so")

    def test_what_was_built_against_the_headers_as_they_were_loads_where_the_number_is_the_same_and_is_refused_else(self):
        (frozen, of_frozen), (today, of_today) = layout("frozen"), layout("today")
        if frozen == today:
            self.assertEqual(of_frozen, of_today, "the layout changed: raise ASSAY_SDK_VERSION")
        for kind in ("strategy", "metric"):
            done = self.assay("plugin", "check", TEST_PLUGINS / "sdk_frozen" / f"frozen_{kind}.so", expect=0 if frozen == today else 1)
            self.assertIn("sdk_number", done.stdout)


if __name__ == "__main__":
    main()
