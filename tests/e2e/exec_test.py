"""Metrics in other languages: a program is spoken to in JSON lines, and what it does wrong costs its own cells."""

import json
import pathlib
import shutil
import time

from workspace import ASSAY, SOURCE, Workspace, main

PLUGIN = pathlib.Path(ASSAY).resolve().parents[1] / "lib/assay/plugins/exec.so"

GREETING = """\
import json, sys, os, time
def reply(x): print(json.dumps(x), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "hello":
        reply({"protocol": 1, "outputs": [{"name": "length"}]})
        continue
"""


class ExecTest(Workspace):
    def use(self, *command, more=""):
        self.edit("metrics: [accuracy, f1]", f"metrics: [accuracy, {{exec: {{command: {json.dumps(command)}{more}}}}}]")

    def scorer(self, body):
        self.write("scorer.py", GREETING + "".join(f"    {line}\n" for line in body.splitlines()))

    def failing(self, body, *wanted, more=""):
        self.scorer(body)
        self.use("python3", "scorer.py", more=more)
        done = self.run_experiment(expect=1)
        failures = json.dumps(self.report()["failures"])
        for text in wanted:
            self.assertIn(text, failures + done.stdout)
        return done

    def values(self):
        return {row[0] for row in self.select("SELECT DISTINCT name FROM kpi")}

    def test_the_example_in_python_scores(self):
        shutil.copy(SOURCE / "examples/exec/length.py", self.folder / "length.py")
        self.use("python3", "length.py")
        self.run_experiment()
        self.assertIn("relative_length", self.values())

    def test_the_example_in_node_scores(self):
        if shutil.which("node") is None:
            self.skipTest("node is not installed")
        shutil.copy(SOURCE / "examples/exec/overlap.mjs", self.folder / "overlap.mjs")
        self.use("node", "overlap.mjs")
        self.run_experiment()
        self.assertIn("word_overlap", self.values())

    def test_answers_are_scored_again_when_the_program_or_a_file_of_its_changes_and_not_otherwise(self):
        self.write("words.txt", "one")
        self.scorer('reply({"scores": [len(e["answer"]) for e in message["examples"]]})')
        self.use("python3", "scorer.py", more=", files: [words.txt]")
        self.run_experiment()
        self.assertEqual(self.new_stages(), [])
        self.edit("len(", "2 * len(", "scorer.py")
        kinds = set(self.new_stages())
        self.assertIn("score", kinds)
        self.assertNotIn("generate", kinds)
        self.edit("2 * len(", "len(", "scorer.py")
        self.assertEqual(self.new_stages(), [])
        self.write("words.txt", "two")
        self.assertIn("score", self.new_stages())

    def test_undefined_scores_are_left_out_of_the_mean(self):
        self.scorer('reply({"scores": [None if i else 3 for i, e in enumerate(message["examples"])]})')
        self.use("python3", "scorer.py")
        self.run_experiment()
        self.assertEqual({value for value, in self.select("SELECT DISTINCT value FROM kpi WHERE name = 'length'")}, {3.0})

    def test_several_scorers_have_names_values_and_failures_of_their_own(self):
        shutil.copy(SOURCE / "examples/exec/length.py", self.folder / "length.py")
        self.write("other.py", GREETING + '    reply({"scores": [len(e["answer"]) for e in message["examples"]]})\n')
        self.write("broken.py", GREETING + "    sys.exit(3)\n")
        self.edit("metrics: [accuracy, f1]", "metrics: [{exec: {name: brevity, command: [python3, length.py]}}, {exec: {name: letters, command: [python3, other.py]}}]")
        self.edit("report: {baseline", "report: {primary: letters.length, baseline")
        self.run_experiment()
        self.assertLessEqual({"brevity.relative_length", "letters.length"}, self.values())
        self.assertIn("letters.length", json.dumps(self.report()))
        self.edit("other.py]}}]", "other.py]}}, {exec: {name: third, command: [python3, broken.py]}}]")
        self.run_experiment(expect=1)
        failures = json.dumps(self.report()["failures"])
        self.assertIn("third", failures)
        self.assertNotIn("letters", failures)

    def test_a_value_of_a_named_scorer_tunes(self):
        self.write("scorer.py", GREETING + '    reply({"scores": [len(e["answer"]) for e in message["examples"]]})\n')
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, {exec: {name: letters, command: [python3, scorer.py]}}, {exec: {name: more, command: [python3, scorer.py]}}]")
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: {tune: [1, 2]}}")
        self.edit("    test: test.jsonl", "    test: test.jsonl\n    validation_fraction: 0.2")
        self.write("experiment.yaml", (self.folder / "experiment.yaml").read_text() + "tuning: {trials: 2, metric: more.length}\n")
        self.run_experiment()
        choices = [json.loads(path.read_text()) for path in self.folder.rglob("choice.json")]
        self.assertEqual({(choice["metric"], choice["name"]) for choice in choices}, {("more", "more.length")})

    def test_several_scorers_without_names_are_told_what_to_give_them(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [{exec: {command: [a]}}, {exec: {command: [b]}}]")
        self.assertIn("the metric 'exec' stands twice; give each a `name` of its own", self.assay("validate", "experiment.yaml", expect=2).stderr)

    def test_a_named_scorer_that_comes_first_chooses_among_trials(self):
        shutil.copy(SOURCE / "examples/exec/length.py", self.folder / "length.py")
        self.edit("    test: test.jsonl\n", "    test: test.jsonl\n    validation_fraction: 0.2\n")
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: {tune: [1, 2]}}")
        self.edit("metrics: [accuracy, f1]", "metrics: [{exec: {name: brevity, command: [python3, length.py]}}, accuracy]")
        self.assertIn("4 of 4 cells done", self.run_experiment().stdout)

    def test_a_scorer_that_dies_fails_its_cell_with_its_last_words(self):
        self.failing('print("no more paper", file=sys.stderr); sys.exit(3)', "ended with status 3", "no more paper")

    def test_a_scorer_that_crashes_is_told_by_its_signal(self):
        self.failing("os.abort()", "died of SIGABRT")

    def test_a_scorer_that_hangs_is_killed_at_its_time_limit(self):
        start = time.monotonic()
        self.failing("time.sleep(1000)", "had not answered after 1 s", more=", seconds: 1")
        self.assertLess(time.monotonic() - start, 60)

    def test_a_scorer_that_prints_rubbish_is_quoted(self):
        self.failing('print("Loading model...", flush=True)', "no JSON object", "Loading model...")

    def test_a_scorer_that_floods_standard_error_fails_and_holds_up_nothing(self):
        self.failing('[sys.stderr.write("x" * 65535 + "\\n") for _ in range(1000)]; time.sleep(50)', "8 MB to its standard error")

    def test_a_scorer_that_forgets_an_example_fails(self):
        self.failing('reply({"scores": [1]})', "gave 1 scores for 20 examples")

    def test_a_scorer_that_gives_text_fails(self):
        self.failing('reply({"scores": ["good" for e in message["examples"]]})', "where a number or null belongs")

    def test_a_scorer_says_itself_why_it_cannot(self):
        self.failing('reply({"error": "no lexicon for this language"})', "says: no lexicon for this language")

    def test_a_program_that_is_not_there_is_named(self):
        self.use("no_such_program_anywhere")
        self.run_experiment(expect=1)
        self.assertIn("No such file or directory", json.dumps(self.report()["failures"]))

    def test_a_scorer_of_another_protocol_is_refused(self):
        self.write("scorer.py", 'import sys\nfor line in sys.stdin: print(\'{"protocol": 2, "outputs": [{"name": "x"}]}\', flush=True)\n')
        self.use("python3", "scorer.py")
        self.run_experiment(expect=1)
        self.assertIn("speaks the protocol 2, this assay 1", json.dumps(self.report()["failures"]))

    def test_ten_thousand_answers_go_through_a_trivial_scorer_at_five_thousand_a_second(self):
        self.write("test.jsonl", "".join(json.dumps({"text": f"message {i}", "label": "billing"}) + "\n" for i in range(10000)))
        self.edit("    - few_shot: {shots: [1, 2]}\n", "")
        self.edit("seed: [1, 2]", "seed: [1]")
        self.scorer('reply({"scores": [len(e["answer"]) for e in message["examples"]]})')
        self.use("python3", "scorer.py")
        self.run_experiment()
        seconds, = (json.loads(path.read_text())["timing"]["seconds"] for path in self.folder.rglob("bundle.json")
                    if "exec" in path.read_text() and json.loads(path.read_text())["kind"] == "score")
        self.assertGreater(10000 / seconds, 5000)

    def test_a_scorer_keeps_to_the_rules_of_metrics(self):
        shutil.copy(SOURCE / "examples/exec/length.py", self.folder / "length.py")
        self.assay("plugin", "check", PLUGIN, "--params", '{"command": ["python3", "length.py"]}')


if __name__ == "__main__":
    main()
