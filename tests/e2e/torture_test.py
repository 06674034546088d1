"""Killing, resuming, sharing a results folder: the same bytes as an undisturbed run."""

import os
import pathlib
import random
import signal
import subprocess
import time

from workspace import ASSAY, Workspace, main


def children_of(pid):
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class TortureTest(Workspace):
    def setUp(self):
        super().setUp()
        self.edit("accuracy: 0.7", "accuracy: 0.7, latency_ms: 10")
        self.edit("shots: [1, 2]", "shots: [1, 2, 3, 4]")

    def start(self, results, *arguments):
        return subprocess.Popen(
            [ASSAY, "run", "experiment.yaml", "--plain", "--results", results, *arguments],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def test_killed_at_ten_moments_and_resumed_equals_undisturbed(self):
        started = time.monotonic()
        self.run_experiment("--results", "calm")
        duration = time.monotonic() - started
        calm = self.stable("calm")
        for attempt in range(10):
            process = self.start("wild")
            time.sleep(random.Random(attempt).uniform(0.02, duration))
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.communicate()
        self.run_experiment("--results", "wild")
        self.assertEqual(calm, self.stable("wild"))

    def test_two_runs_at_once_share_a_folder_and_make_no_stage_twice(self):
        self.run_experiment("--results", "calm")
        both = [self.start("shared"), self.start("shared")]
        outputs = [process.communicate(timeout=120)[0].decode() for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], outputs)
        self.assertEqual(self.stable("calm"), self.stable("shared", run="1"))
        self.assertEqual(self.stable("calm"), self.stable("shared", run="2"))
        made = sum(int(output.split(" stages run")[0].rsplit(" ", 1)[1]) for output in outputs)
        self.assertEqual(made, len(self.plan()["stages"]))

    def test_a_killed_host_leaves_no_worker(self):
        self.edit("latency_ms: 10", "latency_ms: 2000")
        process = self.start("left", "--workers", "2")
        deadline = time.monotonic() + 20
        workers = []
        while time.monotonic() < deadline and len(workers) < 2:
            workers = children_of(process.pid)
            time.sleep(0.05)
        self.assertTrue(workers)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        time.sleep(2)
        self.assertEqual([pid for pid in workers if alive(pid)], [])

    def test_interrupting_once_exits_130_and_keeps_what_is_finished(self):
        self.edit("latency_ms: 10", "latency_ms: 50")
        process = self.start("stopped")
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=60)[0].decode()
        self.assertEqual(process.returncode, 130, output)
        self.assertNotIn("terminate", output)
        self.run_experiment("--results", "stopped")

    def test_a_corrupted_bundle_is_detected_said_and_made_again(self):
        self.run_experiment()
        calm = self.stable()
        victim = next((self.folder / "results/bundles/generate").rglob("predictions.jsonl*"))
        victim.write_bytes(victim.read_bytes()[:-20])
        done = self.run_experiment()
        self.assertIn(victim.parent.name[:12], done.stdout + done.stderr)
        self.assertEqual(calm, self.stable())

    def test_a_torn_store_is_detected_said_and_made_again(self):
        self.run_experiment()
        calm = self.stable()
        database = self.folder / "results/assay.sqlite"
        for extra in ("assay.sqlite-wal", "assay.sqlite-shm"):
            (self.folder / "results" / extra).unlink(missing_ok=True)
        database.write_bytes(b"torn" * 500 + database.read_bytes()[2000:3000])
        done = self.run_experiment()
        self.assertIn("assay.sqlite", done.stdout + done.stderr)
        self.assertIn("0 stages run", done.stdout)
        self.assertEqual(calm, self.stable())


if __name__ == "__main__":
    main()
