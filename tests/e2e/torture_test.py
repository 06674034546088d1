"""Killing, resuming, sharing a results folder: the same bytes as an undisturbed run."""

import os
import random
import signal
import time

from killing import Killing, alive, children_of
from workspace import main


class TortureTest(Killing):
    def setUp(self):
        super().setUp()
        self.edit("accuracy: 0.7", "accuracy: 0.7, latency_ms: 10")
        self.edit("shots: [1, 2]", "shots: [1, 2, 3, 4]")

    def test_killed_at_ten_moments_and_resumed_equals_undisturbed(self):
        started = time.monotonic()
        self.run_experiment("--results", "calm")
        duration = time.monotonic() - started
        calm = self.stable("calm")
        self.killed_and_resumed("wild", [random.Random(attempt).uniform(0.02, duration) for attempt in range(10)])
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
        workers = self.wait_until(lambda: len(children_of(process.pid)) == 2 and children_of(process.pid))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        self.wait_until(lambda: not any(map(alive, workers)), 2)

    def test_interrupting_once_exits_130_and_keeps_what_is_finished(self):
        self.edit("latency_ms: 10", "latency_ms: 50")
        process = self.start("stopped")
        self.wait_until(lambda: list((self.folder / "stopped/bundles/generate").rglob("*.tmp-*")))
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=60)[0].decode()
        self.assertEqual(process.returncode, 130, output)
        self.assertNotIn("terminate", output)
        self.run_experiment("--results", "stopped")

    def test_interrupting_twice_stops_at_once(self):
        self.edit("latency_ms: 10", "latency_ms: 20000")
        process = self.start("stopped", "--workers", 2)
        self.wait_until(lambda: list((self.folder / "stopped/bundles/generate").rglob("*.tmp-*")))
        workers = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertIsNone(process.poll(), "the first one waits for what runs")
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=10)[0].decode()
        self.assertEqual(process.returncode, 130, output)
        self.assertEqual([pid for pid in workers if alive(pid)], [])
        self.assertEqual(self.select("SELECT status FROM runs", "stopped"), [("interrupted",)])
        self.assertIn("stopped", [row[0] for row in self.select("SELECT outcome FROM attempts", "stopped")])

    def test_a_worker_killed_in_the_middle_of_a_stage_is_replaced_and_both_attempts_are_kept(self):
        self.edit("latency_ms: 10", "latency_ms: 1000")
        self.edit("shots: [1, 2, 3, 4]", "shots: 1")
        process = self.start("shot", "--set", "matrix.seed=[1]")
        self.wait_until(lambda: list((self.folder / "shot/bundles/generate").rglob("*.tmp-*")))
        worker = children_of(process.pid)[0]
        os.kill(worker, signal.SIGKILL)
        output = process.communicate(timeout=100)[0].decode()
        self.assertEqual(process.returncode, 0, output)
        tries = self.select("SELECT stage, number, outcome, signal FROM attempts WHERE stage IN "
                            "(SELECT stage FROM attempts WHERE outcome='crashed') ORDER BY number", "shot")
        self.assertEqual([row[1:] for row in tries], [(1, "crashed", int(signal.SIGKILL)), (2, "done", 0)])

    def test_two_runs_at_once_with_two_workers_each(self):
        self.run_experiment("--results", "calm")
        both = [self.start("shared", "--workers", 2) for _ in range(2)]
        outputs = [process.communicate(timeout=120)[0].decode() for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], outputs)
        self.assertEqual({self.stable("calm")}, {self.stable("shared", run=run) for run in ("1", "2")})


if __name__ == "__main__":
    main()
