"""Ten SIGKILLs of the whole process group at random moments, on a model that learns."""

import random
import time

from killing import Killing
from workspace import main

STRATEGIES = ("zero_shot", "few_shot: {shots: [1, 2]}", "lora: {rank: [2, 4], epochs: 2}", "[lora: {rank: 2, epochs: 2}, few_shot: {shots: 1}]")


class SlowTortureTest(Killing):
    def test_ten_kills_leave_the_bytes_of_an_undisturbed_run(self):
        self.use_nano(*STRATEGIES)
        started = time.monotonic()
        self.run_experiment("--results", "calm", timeout=600)
        duration = time.monotonic() - started
        calm = self.stable("calm")
        for workers in (1, 2):
            for round in range(3):
                draw = random.Random(10 * workers + round)
                moments = [draw.uniform(0.05, 0.6 * duration) for _ in range(10)]
                results = f"wild-{workers}-{round}"
                self.killed_and_resumed(results, moments, "--workers", workers)
                self.assertEqual(calm, self.stable(results), f"{results}: killed after {moments}")


if __name__ == "__main__":
    main()
