"""Sources that a release build compiles as one must not meet: a function of an unnamed namespace that has the name of another
file's would be an overload of it there, and a call that suits both would silently change its meaning."""
import os
import pathlib
import re
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])
FUNCTION = re.compile(r"^(?! |TEST|return|throw|typedef|using|namespace|template|extern|#|//|\})[\w:<>,&*\[\] ]*[\w>&*\]][ &*]+(\w+)\((?!\))?")


def functions(source):
    """Names of the functions that a file defines at the level of a namespace, and those of them in an unnamed one."""
    every, unnamed, hidden = set(), set(), False
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("namespace {"):
            hidden = True
        elif line.startswith("}  // namespace") and line.strip() == "}  // namespace":
            hidden = False
        found = FUNCTION.match(line)
        if found and " = " not in line.split("(")[0]:
            every.add(found[1])
            if hidden:
                unnamed.add(found[1])
    return every, unnamed


class UnityNamesTest(unittest.TestCase):
    maxDiff = None
    def test_no_helper_has_the_name_of_another_files_function(self):
        units = sorted(BUILD.glob("**/Unity/unity_*_cxx.cxx"))
        if not units:
            self.skipTest("this build compiles each source by itself")
        clashes = []
        for unit in units:
            sources = [pathlib.Path(name) for name in re.findall(r'#include "(.*)"', unit.read_text(encoding="utf-8"))]
            names = {source: functions(source) for source in sources}
            for source, (_, unnamed) in names.items():
                for other, (every, _) in names.items():
                    if other != source:
                        clashes += [f"{name} of {source.name} and of {other.name}" for name in sorted(unnamed & every)]
        self.assertEqual(clashes, [], "give these helpers names of their own")

    def test_functions_are_found(self):
        every, unnamed = functions(pathlib.Path(__file__).parent.parent / "engine/config/sources.cpp")
        self.assertIn("variables_problem", every - unnamed)
        self.assertIn("weights_problem", unnamed)


if __name__ == "__main__":
    unittest.main()
