"""The Debian packages hold what they should; in a bare Debian they are enough to begin, build and run a plugin."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from workspace import SOURCE, Workspace, main

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])
SLOW = os.environ.get("ASSAY_SLOW_TESTS") == "1"
MIRROR = os.environ.get("ASSAY_DEBIAN_MIRROR", "http://deb.debian.org/debian")


def output(*command, **keywords):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **keywords)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def packages(folder):
    output("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder, cwd=BUILD)
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb")}


@unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"), "dpkg-dev is not installed")
class PackageTest(Workspace):
    @classmethod
    def setUpClass(cls):
        cls.debs = tempfile.mkdtemp(prefix="assay-debs-")
        cls.addClassCleanup(shutil.rmtree, cls.debs)
        cls.built = packages(pathlib.Path(cls.debs))

    @unittest.skipIf(SLOW, "another test's part")
    def test_two_packages_hold_their_parts_and_name_what_they_need(self):
        built = self.built
        self.assertEqual(set(built), {"assay", "assay-dev"})
        files = {name: output("dpkg-deb", "-c", path) for name, path in built.items()}
        for part in ("./usr/bin/assay", "./usr/lib/libassay_torch.so", "./usr/lib/assay/plugins/lora.so", "./usr/share/assay/schemas/experiment.schema.json",
                     "./usr/share/assay/experiments/models/nano/model.safetensors", "./usr/share/assay/plugin_templates/metric/CMakeLists.txt"):
            self.assertIn(part, files["assay"])
            self.assertNotIn(part, files["assay-dev"])
        for part in ("./usr/include/assay/sdk/plugin.h", "./usr/include/assay/torch/fine_tuning.h", "assayConfig.cmake", "AssayPlugin.map", "libassay_sdk.a",
                     "./usr/share/assay/examples/step_back/step_back.cpp"):
            self.assertIn(part, files["assay-dev"])
            self.assertNotIn(part, files["assay"])
        self.assertIn("libtorch", output("dpkg-deb", "-f", built["assay"], "Depends"))
        needs = output("dpkg-deb", "-f", built["assay-dev"], "Depends")
        for package in ("assay (=", "cmake", "g++", "nlohmann-json3-dev"):
            self.assertIn(package, needs)

    @unittest.skipIf(SLOW, "another test's part")
    def test_what_is_unpacked_runs_and_its_plugins_are_read(self):
        root = self.folder / "root"
        for path in self.built.values():
            output("dpkg-deb", "-x", path, root)
        self.assertIn("few_shot", output(root / "usr/bin/assay", "plugins"))

    def test_in_a_bare_debian_a_plugin_is_begun_built_tested_and_run(self):
        if not SLOW:
            self.skipTest("ASSAY_SLOW_TESTS=1 asks for it")
        if shutil.which("debootstrap") is None or os.geteuid() != 0:
            self.skipTest("debootstrap is not installed, or this is not root")
        root = self.folder / "root"
        output("debootstrap", "--variant=minbase", "bookworm", root, MIRROR, timeout=1500)
        (root / "debs").mkdir()
        for path in self.built.values():
            shutil.copy(path, root / "debs")
        output("mount", "-t", "proc", "proc", root / "proc")  # before the folder is removed it is unmounted
        self.addCleanup(output, "umount", root / "proc")
        inside = ["chroot", str(root), "sh", "-ec"]
        output(*inside, "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /debs/*.deb libtorch-dev", timeout=1500)
        begin = "cd /root && assay plugin new {0} {1} && cd {0} && cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure"
        for name, options in (("my_metric", "--kind metric"), ("my_strategy", "--kind strategy"), ("my_training", "--kind strategy --trains")):
            output(*inside, begin.format(name, options), timeout=300)
        for name in ("step_back", "norm_tuning", "length_bias"):
            output(*inside, f"cp -r /usr/share/assay/examples/{name} /root/ && cd /root/{name} && cmake -S . -B build && cmake --build build && "
                            "ctest --test-dir build --output-on-failure", timeout=300)


class DockerfileTest(unittest.TestCase):
    def test_the_image_is_of_debian_12_and_runs_as_nobody_special(self):
        lines = (SOURCE / "Dockerfile").read_text().splitlines()
        self.assertEqual([line.split()[1] for line in lines if line.startswith("FROM")], ["debian:12-slim"] * 2)
        self.assertEqual([line for line in lines if line.startswith("USER")], ["USER assay"])


if __name__ == "__main__":
    main()
