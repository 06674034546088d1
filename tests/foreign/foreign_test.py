"""Models behind servers that others wrote: the same experiments that our own test server is asked by."""

import json
import unittest

from packages import NodeServer, installed
from workspace import Workspace, main, rows

KEY = "sk-never-written-anywhere-7731"


class Foreign(Workspace):
    @classmethod
    def setUpClass(cls):
        installed()

    def serve(self, script, **options):
        server = NodeServer(script, **options)
        self.addCleanup(server.close)
        return server

    def use(self, server, path="/v1", source="openai", model="m", rest="", strategies=("zero_shot",), generation="max_tokens: 8"):
        lines = "".join(f"    - {one}\n" for one in strategies)
        self.write("experiment.yaml", f"""\
name: rehearsal
models:
  far: {{source: {source}, model: {model}, base_url: "{server.url}{path}", api_key_env: FAR_KEY, price: {{input: 100, output: 1000, training: 25}},
        retries: {{attempts: 20, first_wait: 0.01, longest_wait: 0.05}}, timeouts: {{read: 5}}{rest}}}
datasets:
  tickets: {{train: train.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?",
            choices: [billing, outage, account]}}
matrix:
  strategy:
{lines}metrics: [accuracy]
generation: {{{generation}}}
report: {{resamples: 100, formats: [json]}}
""")

    def go(self, *arguments, **keywords):
        return self.run_experiment(*arguments, env={"FAR_KEY": KEY}, **keywords)

    def accuracy(self, results="results"):
        return [value for value, in self.select("select value from kpi where name = 'accuracy' order by cell", results)]

    def journal(self, results="results"):
        """Prompt and completion tokens of each answer."""
        lines = (self.folder / results / "answers/answers.jsonl").read_text().splitlines()
        return [json.loads(line)["answer"]["usage"] for line in lines]

    def failed(self, **keywords):
        done = self.go(expect=None, **keywords)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stdout + done.stderr


class AimockTest(Foreign):
    def serve(self, **options):
        return super().serve("serve_aimock.mjs", **{"key": KEY, **options})

    def test_both_apis_in_one_piece_and_streamed(self):
        server = self.serve()
        for source in ("openai", "anthropic"):
            for stream in ("false", "true"):
                results = f"{source}-{stream}"
                self.use(server, source=source, rest=f", stream: {stream}", strategies=("zero_shot", "few_shot: {shots: 2}"))
                self.go("--results", results)
                self.assertEqual(self.accuracy(results), [1, 1])
                self.assertEqual(self.journal(results), [[11, 0, 3, False]] * 40)

    def test_addresses_of_other_providers(self):
        server = self.serve()
        for path in ("/openai/deployments/gpt/?api-version=2024-10-21", "/api/v1"):  # Azure's and OpenRouter's
            self.use(server, path=path)
            self.go("--results", path[1:4])
            self.assertEqual(self.accuracy(path[1:4]), [1])

    def test_chaos_changes_no_result(self):
        server = self.serve(chaos={"dropRate": 0.1, "malformedRate": 0.1, "disconnectRate": 0.1, "rateLimitRate": 0.04})
        self.use(server, rest=", stream: true")
        self.go()
        self.assertEqual(self.accuracy(), [1])
        self.assertEqual(len(self.journal()), 20)
        self.assertGreater(self.report()["datasets"][0]["groups"][0]["findings"]["remote.retries"]["value"], 0)

    def test_what_it_refuses_is_said(self):
        server = self.serve()
        for model, words in (("too-small", "the prompt is too long"), ("unknown", "the server has no model 'unknown'"), ("spent", "quota is spent")):
            self.use(server, model=model)
            self.assertIn(words, self.failed())
        self.use(server, model="flagged", path="/api/v1")
        self.go()
        self.assertEqual(self.report()["datasets"][0]["groups"][0]["findings"]["remote.filtered"]["value"], 20)
        self.use(self.serve(key="another"))
        self.assertIn("refuses the key", self.failed())
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def test_a_server_without_n_is_asked_for_samples_one_by_one(self):
        server = self.serve()
        strategies = ("self_consistency: {samples: 3, temperature: 0.9}",)
        self.use(server, strategies=strategies)
        self.assertIn("give the model `lacks: [n]`", self.failed())
        self.use(server, strategies=strategies, rest=", lacks: [n]")
        self.go()
        self.assertEqual(self.accuracy(), [1])
        self.assertEqual(len(self.journal()), 60)

    def test_shots_are_chosen_by_its_vectors(self):
        self.use(self.serve(), rest=", embedding_model: text-embedding-3-small", strategies=("few_shot: {shots: 1, select: similar, similarity: embedding}",))
        self.go()
        self.assertEqual(self.accuracy(), [1])

    def test_a_fine_tuning_job(self):
        self.use(self.serve(), model="gpt-4.1-mini-2025-04-14", strategies=("openai_fine_tune: {n_epochs: 2, suffix: desk}",))
        self.go()
        self.assertEqual(self.accuracy(), [1])
        state, = [json.loads(path.read_text()) for path in (self.folder / "results/bundles").rglob("state.json")]
        self.assertRegex(state["model"], r"^ft:gpt-4\.1-mini-2025-04-14:")
        listed = json.loads(self.assay("jobs", "list", "experiment.yaml", "--json", env={"FAR_KEY": KEY}).stdout)
        self.assertEqual([(job["job"], job["status"]) for job in listed], [(state["job"], "succeeded")])
        followed = self.assay("jobs", "follow", "experiment.yaml", state["job"], env={"FAR_KEY": KEY}).stdout
        self.assertIn(f"{state['job']} made {state['model']}", followed)
        self.go("--results", "elsewhere")  # found by its metadata
        self.assertEqual(len(json.loads(self.assay("jobs", "list", "experiment.yaml", "--json", "--all", env={"FAR_KEY": KEY}).stdout)), 1)


class PhantomTest(Foreign):
    def serve(self, **options):
        return super().serve("serve_phantomllm.mjs", **{"key": KEY, **options})

    def test_answers_in_one_piece_and_streamed(self):
        for streams in (False, True):
            self.use(self.serve(stream=streams), rest=f", stream: {str(streams).lower()}")
            self.go("--results", str(streams))
            self.assertAlmostEqual(self.accuracy(str(streams))[0], 7 / 20)
        self.use(self.serve(stream=True))  # of a stream that was asked for in one piece
        self.go("--results", "piece")
        self.assertAlmostEqual(self.accuracy("piece")[0], 7 / 20)

    def test_vectors(self):
        self.use(self.serve(), rest=", embedding_model: e", strategies=("few_shot: {shots: 1, select: similar, similarity: embedding}",))
        self.go()
        self.assertAlmostEqual(self.accuracy()[0], 7 / 20)

    def test_errors(self):
        self.write("test.jsonl", rows(3, start=1000))  # fewer tries than after which a server is taken to be down
        for status, words in ((400, "the server refuses the request"), (402, "cannot pay"), (403, "refuses the key"), (404, "check base_url"),
                              (429, "too many requests"), (500, "the server failed"), (503, "overloaded")):
            self.use(self.serve(error=status))
            self.edit("attempts: 20", "attempts: 3")
            failed = self.failed()
            self.assertIn(words, failed)
            self.assertIn("it is not well", failed)
            self.assertNotIn(KEY, failed)


if __name__ == "__main__":
    main()
