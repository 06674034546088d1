"""Damaged results: detected, said, made again; results that cannot be written are refused."""

import os
import subprocess

from workspace import ASSAY, Workspace, main


class DamageTest(Workspace):
    def setUp(self):
        super().setUp()
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, latency]")
        self.edit("metrics:", "measure: {requests: 5}\nmetrics:")
        self.run_experiment()
        self.calm = self.stable()

    def made_again(self, damage):
        """Damages one file of each kind of bundle in turn."""
        for kind in ("adapt", "generate", "score", "compare", "measure"):
            shelf = self.folder / "results/bundles" / kind
            victim = min(path for path in shelf.rglob("*") if path.is_file() and path.name != "bundle.json" and ".corrupt" not in str(path))
            damage(victim)
            done = self.run_experiment()
            self.assertIn(f"{victim.parent.name}: this result is damaged", done.stdout, kind)
            self.assertIn("1 stages run", done.stdout, kind)
            self.assertEqual(self.calm, self.stable(), kind)

    def test_a_changed_byte_in_a_bundle_of_each_kind(self):
        self.made_again(self.flip)

    def test_a_bundle_of_each_kind_cut_short(self):
        self.made_again(lambda path: path.write_bytes(path.read_bytes()[:-1]))

    def test_a_bundle_of_each_kind_without_its_header(self):
        self.made_again(lambda path: (path.parent / "bundle.json").unlink())

    def test_a_bundle_that_is_gone_is_made_again(self):
        import shutil

        shutil.rmtree(self.folder / "results/bundles/generate")
        done = self.run_experiment()
        self.assertIn("this result is gone", done.stdout)
        self.assertEqual(self.calm, self.stable())

    def test_plan_says_what_it_found_damaged(self):
        self.flip(next((self.folder / "results/bundles/generate").rglob("predictions.jsonl")))
        self.assertIn("this result is damaged", self.assay("plan", "experiment.yaml").stderr)

    def test_a_torn_database_is_made_anew_from_the_files(self):
        kpis = self.select("SELECT * FROM kpi")
        attempts = self.select("SELECT * FROM attempts")
        for suffix in ("-wal", "-shm"):
            (self.folder / f"results/assay.sqlite{suffix}").unlink(missing_ok=True)
        database = self.folder / "results/assay.sqlite"
        database.write_bytes(b"torn" * 500 + database.read_bytes()[2000:3000])
        done = self.assay("report", "latest")
        self.assertIn("assay.sqlite", done.stderr)
        self.assertEqual(kpis, self.select("SELECT * FROM kpi"))
        self.assertEqual(attempts, self.select("SELECT * FROM attempts"))
        self.assertIn("0 stages run", self.run_experiment().stdout)
        self.assertEqual(self.calm, self.stable())

    def test_a_database_that_is_gone_is_made_anew(self):
        for path in (self.folder / "results").glob("assay.sqlite*"):
            path.unlink()
        self.assertIn("0 stages run", self.run_experiment().stdout)
        self.assertEqual(self.calm, self.stable())


class UnwritableTest(Workspace):
    def test_results_that_are_no_folder(self):
        self.write("results", "a file")
        self.assertIn("--results", self.assay("run", "experiment.yaml", expect=2).stderr)

    def test_a_folder_that_may_only_be_read(self):
        self.run_experiment()
        for path in [self.folder, *self.folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        somebody = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        try:
            done = subprocess.run([ASSAY, "run", "experiment.yaml"], cwd=self.folder, capture_output=True, text=True, **somebody)
        except PermissionError:
            self.skipTest("the binary lies where only root may read")
        finally:
            for path in [self.folder, *self.folder.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"error: .*results.*may be written")


if __name__ == "__main__":
    main()
