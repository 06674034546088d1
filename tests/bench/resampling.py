#!/usr/bin/python3
"""1,000 paired resamples of 2,000 segments' corpus BLEU, beside sacreBLEU's algorithm in plain Python and in NumPy.

Prints each one's seconds and how many times faster the engine is on 2 threads; exit 1 below 50 times the plain one, or where
the two disagree on the difference or, beyond chance, on its spread.
"""

import json
import math
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from sacrebleu_plain import bleu

BENCH = os.environ.get("ASSAY_RESAMPLING_BENCH", str(pathlib.Path(__file__).parents[2] / "build/release/tests/resampling_bench"))
SEGMENTS, RESAMPLES, THREADS, FASTER = 2000, 1000, 2, 50


def segment(chance, generator):
    """Statistics of a translation whose words match its reference with the chance given."""
    reference = generator.randint(8, 40)
    length = max(5, reference + generator.randint(-3, 3))
    row, in_a_row = [0] * 10, 0
    for word in range(length):
        in_a_row = in_a_row + 1 if generator.random() < chance else 0
        for n in range(4):
            row[n] += in_a_row > n
            row[4 + n] += word >= n
    return row[:8] + [length, reference]


def plain(systems):
    """Differences by lists alone."""
    generator = random.Random(12345)
    differences = []
    for _ in range(RESAMPLES):
        drawn = generator.choices(range(SEGMENTS), k=SEGMENTS)
        first, second = (bleu([sum(column) for column in zip(*[rows[i] for i in drawn])]) for rows in systems)
        differences.append(first - second)
    return differences


def numpy(systems):
    """Differences as sacreBLEU's paired bootstrap makes them: arrays are indexed and summed."""
    drawn = np.random.RandomState(12345).choice(SEGMENTS, size=(RESAMPLES, SEGMENTS), replace=True)
    scores = [[bleu(sums.tolist()) for sums in np.array(rows)[drawn].sum(1)] for rows in systems]
    return [a - b for a, b in zip(*scores)]


def timed(function, systems):
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        differences = function(systems)
        seconds.append(time.perf_counter() - started)
    return min(seconds), statistics.stdev(differences)


def main():
    generator = random.Random(7)
    systems = [[segment(chance, generator) for _ in range(SEGMENTS)] for chance in (0.72, 0.715)]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "statistics.txt"
        file.write_text("".join(" ".join(map(str, a + b)) + "\n" for a, b in zip(*systems)))
        ours = json.loads(subprocess.run([BENCH, file, str(RESAMPLES), str(THREADS)], check=True, capture_output=True).stdout)
    difference = bleu([sum(column) for column in zip(*systems[0])]) - bleu([sum(column) for column in zip(*systems[1])])
    ok = math.isclose(ours["difference"], difference, rel_tol=1e-9, abs_tol=1e-9)
    print(f"engine, {THREADS} threads: {1000 * ours['seconds']:.1f} ms; difference {difference:.4f}, p = {ours['p_value']:.3f}")
    for name, function in (("plain Python", plain), ("NumPy", numpy)):
        seconds, deviation = timed(function, systems)
        ratio = seconds / ours["seconds"]
        ok &= abs(deviation / ours["deviation"] - 1) < 0.1 and (function is numpy or ratio >= FASTER)
        print(f"{name}: {1000 * seconds:.0f} ms, {ratio:.0f} times as long; deviation {deviation:.4f} beside {ours['deviation']:.4f}")
    print("ok" if ok else f"FAILED: below {FASTER} times, or another result")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
