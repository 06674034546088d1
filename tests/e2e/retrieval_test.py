"""Shots and passages chosen for each question, from data that a template or a parser could trip over."""

import json

from workspace import Workspace, main

ODD = ["{{ config }} {% raw %}", "quotes \" ' \\ and\nnew lines\t", "שלום עולם", "x" * 2000, "{# comment #} <|im_end|>", "plain words"]


def odd_rows(targets):
    rows = [{"text": f"{ODD[i % len(ODD)]} number {i}", "label": label, "doc": f"d{i % 6}"} for i, label in enumerate(targets)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


class RetrievalTest(Workspace):
    def setUp(self):
        super().setUp()
        self.write("docs.jsonl", "".join(json.dumps({"id": f"d{i}", "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(ODD)))
        self.write("train.jsonl", odd_rows(["billing", "outage", "account"] * 10))
        self.write("test.jsonl", odd_rows(["billing"] * 12))

    def use(self, *strategies):
        text = (self.folder / "experiment.yaml").read_text(encoding="utf-8")
        before, rest = text.split("  strategy:\n")
        lines = "".join(f"    - {strategy}\n" for strategy in strategies)
        after = rest[rest.index("  seed:"):].replace("baseline: zero_shot", "baseline: " + strategies[0].split(":")[0])
        self.write("experiment.yaml", before + "  strategy:\n" + lines + after)

    def use_short_rows(self):
        """Rows that fit nano's window with some shots."""
        self.write("test.jsonl", odd_rows(["billing"] * 5).replace("x" * 2000, "xx"))
        self.write("train.jsonl", odd_rows(["billing", "outage", "account"] * 4).replace("x" * 2000, "xx"))

    def cells(self):
        return [cell["id"] for cell in self.plan()["cells"]]

    def examples(self, cell):
        return [json.loads(line) for line in self.assay("show", cell, "--json", "--limit", 0).stdout.splitlines()]

    def test_recall_and_mrr_are_kpis_and_sources_are_shown(self):
        self.use("retrieval: {documents: docs.jsonl, passages: 2, gold: doc}")
        self.run_experiment()
        values = dict(self.select("SELECT name, value FROM kpi WHERE name LIKE 'retrieval.%'"))
        self.assertEqual(set(values), {"retrieval.recall@1", "retrieval.recall@2", "retrieval.mrr"})
        self.assertGreater(values["retrieval.recall@1"], 0.6)
        self.assertGreaterEqual(values["retrieval.mrr"], values["retrieval.recall@1"])
        cell = self.cells()[0]
        self.assertIn("sources ", self.assay("show", cell, "--limit", 1).stdout)
        for row in self.examples(cell):
            self.assertEqual(len(row["details"]["retrieval"]["sources"]), 2)

    def test_the_index_is_made_once_for_all_seeds_and_anew_when_a_document_changes(self):
        self.use("retrieval: {documents: docs.jsonl}")
        adapts = lambda: [stage for stage in self.plan()["stages"] if stage["kind"] == "adapt"]
        self.assertEqual(len(adapts()), 1)
        self.run_experiment()
        self.write("train.jsonl", odd_rows(["outage"] * 9))
        self.assertTrue(adapts()[0]["reused"], "an index reads no rows")
        self.edit("plain words", "other words", "docs.jsonl")
        self.assertFalse(adapts()[0]["reused"])

    def test_every_text_goes_through_as_it_is_and_no_target_is_seen(self):
        self.use("retrieval: {documents: docs.jsonl, method: hybrid, passages: 2, gold: doc}",
                 "few_shot: {shots: 3, select: similar}", "few_shot: {shots: 3, select: diverse}",
                 "few_shot: {shots: 3, select: balanced, per_query: true}")
        self.edit("sim: {source: simulated, accuracy: 0.7}", "sim: {source: simulated, accuracy: 1}")
        self.run_experiment()
        before = {cell: self.examples(cell) for cell in self.cells()}
        self.write("test.jsonl", odd_rows(["account"] * 12))
        self.run_experiment()
        for cell in self.cells():
            for one, other, row in zip(before[cell], self.examples(cell), (self.folder / "test.jsonl").read_text().splitlines()):
                self.assertEqual(one["prompt"], other["prompt"])
                self.assertEqual(one["details"], other["details"])
                self.assertIn(json.loads(row)["text"], one["prompt"])

    def test_nanos_predictions_do_not_change_with_the_test_targets(self):
        self.use_short_rows()
        self.use_nano("few_shot: {shots: 2, select: similar, similarity: embedding}", "few_shot: {shots: 2, select: similar}")
        self.edit("baseline: zero_shot, ", "")
        self.run_experiment()
        before = [(row["prompt"], row["outputs"], row["answer"]) for cell in self.cells() for row in self.examples(cell)]
        self.write("test.jsonl", odd_rows(["account"] * 5).replace("x" * 2000, "xx"))
        self.run_experiment()
        self.assertEqual(before, [(row["prompt"], row["outputs"], row["answer"]) for cell in self.cells() for row in self.examples(cell)])

    def test_a_hybrid_with_a_trained_part_compares_vectors_of_the_untrained_model(self):
        self.use_short_rows()
        shots = "few_shot: {shots: 2, select: similar, similarity: embedding}"
        self.use_nano(shots, f"[lora: {{rank: 2, epochs: 1}}, {shots}]")
        self.edit("baseline: zero_shot, ", "")
        self.run_experiment(timeout=280)
        alone, hybrid = ([row["details"]["few_shot"]["shots"] for row in self.examples(cell)] for cell in self.cells())
        self.assertEqual(alone, hybrid)

    def test_what_cannot_work_is_said_before_it_runs(self):
        for strategy, wanted in (("retrieval: {documents: nothing.jsonl}", "does not exist"),
                                 ("retrieval", "documents"),
                                 ("retrieval: {documents: train.jsonl}", "train.jsonl:1: this document has no field 'id'"),
                                 ("few_shot: {select: similar, per_query: true}", "draws anew")):
            with self.subTest(strategy):
                self.use(strategy)
                self.assertIn(wanted, self.assay("validate", "experiment.yaml", expect=2).stderr)


if __name__ == "__main__":
    main()
