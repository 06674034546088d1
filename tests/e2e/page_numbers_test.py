"""The numbers in report.html's data are the store's: two hundred of them, drawn, are asked for in SQL or computed anew."""

import base64
import datetime
import gzip
import json
import math
import random
import re

import numpy

from workspace import Workspace, main, rows

DRAWN = 200


class Page:
    """The data of a report.html."""

    def __init__(self, text):
        self.elements = dict(re.findall(r'<script type="application/(?:json|gzip)" id="([^"]+)">([^<]*)</script>', text))
        self.report = json.loads(self.elements["report"])

    def unpacked(self, name):
        return json.loads(gzip.decompress(base64.b64decode(self.elements[name])))

    def examples(self, about):
        return [row for block in about["blocks"] for row in self.unpacked(block)]


class PageNumbersTest(Workspace):
    def setUp(self):
        super().setUp()
        self.use_nano("zero_shot", "few_shot: {shots: [1, 2]}", "lora: {epochs: 1}")
        self.edit("seed: [1]", "seed: [1, 2]")
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, tokens, cost, latency]")
        self.edit("dtype: f32}", "dtype: f32, dollars_per_hour: 0.1}")
        self.write("test.jsonl", rows(60, start=1000))
        self.run_experiment("--workers", "2")
        folder = self.folder / "results/rehearsal/1"
        self.page = Page((folder / "report.html").read_text(encoding="utf-8"))

    def one(self, sql):
        (row,) = self.select(sql)
        return row

    # Each of these gives (what the page says, what the store says) of numbers of one kind.

    def group_values(self):
        for dataset in self.page.report["datasets"]:
            for group in dataset["groups"]:
                for value in group["values"]:
                    stored = self.one(f"SELECT value, low, high, seed_sd FROM cell_groups WHERE run=1 AND cell_group='{group['group']}' "
                                      f"AND name='{value['name']}'")
                    yield from zip((value["value"], value["low"], value["high"], value["seed_sd"]), stored)
                    for cell, seed_value in zip(group["cells"], value["by_seed"]):
                        yield seed_value, self.one(f"SELECT value FROM kpi WHERE run=1 AND cell='{cell}' AND name='{value['name']}'")[0]
                    if value["name"] == "accuracy":
                        means = [self.one(f"SELECT avg(value) FROM scores WHERE run=1 AND cell='{cell}' AND name='accuracy'")[0]
                                 for cell in group["cells"]]
                        yield value["value"], numpy.mean(means)

    def differences(self):
        for dataset in self.page.report["datasets"]:
            by_output = {}
            for pair in dataset["pairs"]:
                stored = self.one(f"SELECT difference, low, high, p_value FROM comparisons WHERE run=1 AND name='{pair['name']}' "
                                  f"AND cell_group='{pair['a']}' AND baseline='{pair['b']}'")
                yield from zip((pair["difference"], pair["low"], pair["high"], pair["p_value"]), stored)
                by_output.setdefault(pair["name"], []).append(pair)
            for pairs in by_output.values():  # Holm's correction, over the pairs that have a test
                tested = [pair for pair in pairs if pair["p_value"] is not None]
                tested.sort(key=lambda pair: pair["p_value"])
                adjusted = 0
                for i, pair in enumerate(tested):
                    adjusted = max(adjusted, min(1, pair["p_value"] * (len(tested) - i)))
                    yield pair["p_adjusted"], adjusted

    def costs(self):
        for dataset in self.page.report["datasets"]:
            for group in dataset["groups"]:
                tokens = [self.one(f"SELECT avg(prompt_tokens), avg(completion_tokens) FROM predictions WHERE run=1 AND cell='{cell}'")
                          for cell in group["cells"]]
                yield from zip((group["costs"]["prompt_tokens"], group["costs"]["completion_tokens"]), numpy.mean(tokens, axis=0))
                seconds = [self.one("SELECT sum(t.seconds) FROM cell_stages c JOIN stages t ON t.stage = c.stage "
                                    f"WHERE run=1 AND cell='{cell}' AND role='adapt'")[0] for cell in group["cells"]]
                yield group["costs"]["adapt_seconds"], None if None in seconds else numpy.mean(seconds)

    def examples(self):
        for about in self.page.report["page"]["examples"]:
            index = self.page.unpacked(about["index"])
            whole = self.page.examples(about)
            for place, cell in enumerate(about["cells"]):
                for output, name in enumerate(about["outputs"]):
                    scores = [row[0] for row in self.select(f"SELECT value FROM scores WHERE run=1 AND cell='{cell['cell']}' AND name='{name}' "
                                                            "ORDER BY position")]
                    yield from zip(index["scores"][place][output], scores)
                    yield from zip((row["cells"][place]["scores"][output] for row in whole), scores)
                stored = self.select(f"SELECT example, answer, prompt_tokens, completion_tokens FROM predictions WHERE run=1 "
                                     f"AND cell='{cell['cell']}' ORDER BY position")
                for row, (example, answer, prompt_tokens, completion_tokens) in zip(whole, stored, strict=True):
                    self.assertEqual((row["id"], row["cells"][place]["answer"]), (example, answer))
                    usage = row["cells"][place]["usage"]
                    yield from zip((usage["prompt_tokens"], usage["completion_tokens"]), (prompt_tokens, completion_tokens))

    def pictures(self):
        page = self.page.report["page"]
        for one in page["latencies"]:
            for name, q in (("latency.p50", 0.5), ("latency.p95", 0.95)):
                smallest = one["ms"][math.ceil(q * len(one["ms"])) - 1]  # at which the share of requests reaches q
                yield smallest, self.one(f"SELECT value FROM kpi WHERE run=1 AND cell='{one['cell']}' AND name='{name}'")[0]
        targets = [json.loads(line)["label"] for line in (self.folder / "test.jsonl").read_text().splitlines()]
        for one in page["confusions"]:
            answers = [row[0] for row in self.select(f"SELECT answer FROM predictions WHERE run=1 AND cell='{one['cell']}' ORDER BY position")]
            for target, answered, n in one["counts"]:
                labels = one["labels"] + [None]
                yield n, sum(t == labels[target] and (a if a in one["labels"] else None) == labels[answered] for t, a in zip(targets, answers))
        for one in page["calibration"]:
            right = self.one(f"SELECT sum(value) FROM scores WHERE run=1 AND cell='{one['cell']}' AND name='accuracy'")[0]
            yield sum(bin["n"] * (bin["right"] or 0) for bin in one["bins"]), right
        for one in page["timeline"]:
            started, finished = self.one(f"SELECT started, finished FROM attempts WHERE run=1 AND stage='{one['stage']}' AND number={one['number']}")
            of = lambda time: datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
            yield round(one["end"] - one["start"], 3), round(of(finished) - of(started), 3)
        for one in page["training"]:
            stored = self.one(f"SELECT value FROM kpi WHERE run=1 AND cell='{one['cell']}' AND name='training_steps'")[0]
            yield len(one["losses"]), stored
            last = one["validation"][-1]["loss"] if one["validation"] else None
            if last is not None:
                yield last, self.one(f"SELECT value FROM kpi WHERE run=1 AND cell='{one['cell']}' AND name='validation_loss.final'")[0]

    def test_two_hundred_drawn_numbers_are_the_stores(self):
        kinds = [list(kind()) for kind in (self.group_values, self.differences, self.costs, self.examples, self.pictures)]
        self.assertTrue(all(kinds), [len(kind) for kind in kinds])
        draw = random.Random(20)
        for _ in range(DRAWN):
            shown, stored = draw.choice(draw.choice(kinds))
            if stored is None or shown is None:
                self.assertEqual(shown, stored)
            else:
                self.assertAlmostEqual(shown, stored, delta=1e-9 * max(1, abs(stored)))


if __name__ == "__main__":
    main()
