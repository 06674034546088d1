"""Fine-tuning jobs at a provider, against the test server: from YAML to an answer, checkpoints, failures, cancelling, kills without a second job."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request

from remote_server import RemoteServer
from workspace import ASSAY, Workspace, main

KEY = "sk-never-written-anywhere-7702"
ENV = {"FAR_KEY": KEY}


class RemoteJobsTest(Workspace):
    def serve(self, **options):
        server = RemoteServer(self.folder, **{"words": "billing,outage,account", "job-tick": 20, **options})
        self.addCleanup(server.close)
        return server

    def use(self, server, *strategies, model="base", rest="", train=30):
        lines = "".join(f"    - {one}\n" for one in strategies)
        self.write("experiment.yaml", f"""\
name: rehearsal
models:
  far: {{source: openai, model: {model}, base_url: "http://localhost:{server.port}/v1", api_key_env: FAR_KEY,
        retries: {{attempts: 20, first_wait: 0.01, longest_wait: 0.05}}, timeouts: {{read: 5}}, price: {{input: 1, output: 2, training: 25}}}}
datasets:
  tickets: {{train: {{path: train.jsonl, rows: [1, {train}]}}, validation: validation.jsonl, test: test.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}",
            instruction: "which desk ?", choices: [billing, outage, account]}}
matrix:
  strategy:
{lines}metrics: [accuracy]
generation: {{max_tokens: 8}}
{rest}report: {{resamples: 100, formats: [json]}}
""")
        text = (self.folder / "train.jsonl").read_text()
        self.write("validation.jsonl", "".join(text.splitlines(keepends=True)[:12]))
        self.write("train.jsonl", "".join(text.splitlines(keepends=True)[:train]))
        self.edit(f"{{path: train.jsonl, rows: [1, {train}]}}", "train.jsonl")

    def go(self, *arguments, **keywords):
        return self.run_experiment(*arguments, env=ENV, **keywords)

    def start(self):
        return subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env={**os.environ, **ENV}, start_new_session=True)

    def until(self, what, seconds=60):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if what():
                return
            time.sleep(0.02)
        self.fail("it never came to be")

    def jobs(self, *arguments):
        return json.loads(self.assay("jobs", "list", "experiment.yaml", "--json", *arguments, env=ENV).stdout)

    def states(self):
        return [json.loads(path.read_text()) for path in (self.folder / "results/bundles").rglob("state.json")]

    def uploaded(self, server, file):
        """The lines of a file that the server was given."""
        with urllib.request.urlopen(f"http://localhost:{server.port}/v1/files/{file}/content") as answer:
            return [json.loads(line) for line in json.load(answer).splitlines()]

    def made(self, server):
        """Requests to make a job that the server took."""
        return [one["body"] for one in server.seen() if isinstance(one["body"], dict) and "training_file" in one["body"]]

    def test_a_job_goes_from_yaml_to_answers_with_its_checkpoints_as_cells(self):
        server = self.serve()
        self.use(server, "zero_shot", "openai_fine_tune: {n_epochs: 3, learning_rate_multiplier: 0.5, suffix: desk, checkpoint: [0, 1]}")
        self.go()
        made, = self.made(server)
        self.assertEqual(made["method"], {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "learning_rate_multiplier": 0.5}}})
        self.assertEqual(made["validation_file"], "file-2")
        self.assertTrue(made["suffix"].startswith("desk-"))
        self.assertEqual([len(self.uploaded(server, made[name])) for name in ("training_file", "validation_file")], [30, 12])
        self.assertEqual(self.uploaded(server, made["training_file"])[1]["messages"],
                         [{"role": "system", "content": "which desk ?"}, {"role": "user", "content": "message number 1"}, {"role": "assistant", "content": "outage"}])
        state, = self.states()
        self.assertEqual(state["model"], f"ft:base:org:{made['suffix']}:1")
        self.assertEqual([one["step"] for one in state["checkpoints"]], [4, 8, 12])
        asked = [one["body"]["model"] for one in server.seen() if "chat" in one["path"]]
        self.assertEqual({name: asked.count(name) for name in set(asked)},
                         {"base": 20, state["model"]: 20, state["model"] + ":ckpt-step-8": 20})
        kpis = dict(self.select("select name, max(value) from kpi where name in ('training_tokens', 'training_dollars', 'validation_loss', 'training_loss') group by name"))
        self.assertGreater(kpis["training_tokens"], 100)
        self.assertAlmostEqual(kpis["training_dollars"], kpis["training_tokens"] * 25 / 1e6)
        self.assertAlmostEqual(kpis["validation_loss"], 2.5 / 12)
        self.assertAlmostEqual(kpis["training_loss"], 2 / 12)
        log = next(path for path in (self.folder / "results/bundles/adapt").rglob("log.txt")).read_text()
        for text in ("uploaded assay-", "made the job ftjob-1", "ftjob-1 is succeeded", "Step 12/12", "The job has successfully completed"):
            self.assertEqual(log.count(text), 2 if text.startswith("uploaded") else 1, text)
        cell, = [row[0] for row in self.select("select cell from cells where strategy like '%openai_fine_tune%' limit 1")]
        shown = self.assay("show", cell, "--limit", "1").stdout
        self.assertIn(f"job ftjob-1 made {state['model']} of base", shown)
        self.assertIn("checkpoint at step 8", shown)
        job, = self.jobs()
        self.assertEqual((job["job"], job["status"], job["tuned_model"]), ("ftjob-1", "succeeded", state["model"]))
        self.assertIn("adapt openai_fine_tune", job["stage"])
        self.go("--results", "elsewhere")  # what was trained once is found and not paid for again
        self.assertEqual(len(self.made(server)), 1)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in ("server.log",):
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def test_a_job_learns_preferences(self):
        server = self.serve()
        self.use(server, "openai_fine_tune: {method: dpo, beta: 0.2, n_epochs: 1}")
        self.go()
        made, = self.made(server)
        self.assertEqual(made["method"], {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 1}}})
        line = self.uploaded(server, made["training_file"])[1]
        self.assertEqual([line[name][0]["content"] for name in ("preferred_output", "non_preferred_output")], ["outage", "account"])

    def test_a_job_can_learn_the_prompts_that_its_list_asks_with(self):
        server = self.serve()
        self.use(server, "[openai_fine_tune: {n_epochs: 1, train_with_prompt: true}, few_shot: {shots: 1}]")
        self.go()
        made, = self.made(server)
        for line in self.uploaded(server, made["training_file"]):
            self.assertEqual([turn["role"] for turn in line["messages"]], ["system", "user", "assistant", "user", "assistant"])

    def test_a_job_that_fails_is_a_failed_cell_with_the_servers_reason(self):
        server = self.serve()
        self.use(server, "zero_shot", "openai_fine_tune: {n_epochs: 1}", model="base-fails")
        done = self.go(expect=1)
        self.assertIn("failed: The job failed due to content that is not allowed", done.stdout + done.stderr)
        self.assertNotIn(KEY, done.stdout + done.stderr)
        self.go(expect=1)
        self.assertEqual(len(self.made(server)), 2)  # a new one a run, not a retry within one

    def test_kills_make_no_second_job(self):
        server = self.serve(**{"job-tick": 150})
        self.use(server, "openai_fine_tune: {n_epochs: 3}")
        for moment in ("file", "job", "step"):
            run = self.start()
            if moment == "file":
                self.until(lambda: any(one["path"] == "/v1/files" for one in server.seen()))
            else:
                self.until(lambda: self.made(server))
                time.sleep(0.05 if moment == "job" else 0.6)
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            run.stdout.close()
        self.go()
        self.assertEqual(len(self.jobs("--all")), 1)
        self.assertEqual(len(self.states()), 1)

    def test_a_server_without_metadata_and_with_faults_makes_no_second_job(self):
        server = self.serve(faults=0.3, kinds="error_500,reset_before_headers,malformed_json,too_many_retry_after", **{"job-metadata": "no", "job-tick": 60})
        self.use(server, "openai_fine_tune: {n_epochs: 2}")
        run = self.start()
        self.until(lambda: self.made(server))
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        run.stdout.close()
        self.go()
        self.assertEqual(len(self.jobs("--all")), 1)

    def test_a_run_that_is_stopped_leaves_its_job_or_cancels_it_as_it_was_told(self):
        for cancels in ("false", "true"):
            server = self.serve(**{"job-tick": 2000})
            self.use(server, f"openai_fine_tune: {{n_epochs: 3, cancel_on_interrupt: {cancels}}}")
            run = self.start()
            self.until(lambda: "running" in [job["status"] for job in self.jobs("--all")] or self.made(server))
            time.sleep(0.3)
            run.send_signal(signal.SIGINT)
            time.sleep(0.3)
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=20), 130)
            run.stdout.close()
            job, = self.jobs()
            self.assertEqual(job["status"] == "cancelled", cancels == "true", job)

    def test_jobs_are_listed_followed_and_cancelled_by_hand(self):
        server = self.serve(**{"job-tick": 800})
        self.use(server, "openai_fine_tune: {n_epochs: 1}")
        self.assertIn("no fine-tuning jobs", self.assay("jobs", "list", "experiment.yaml", env=ENV).stdout)
        run = self.start()
        self.until(lambda: self.made(server))
        followed = self.assay("jobs", "follow", "experiment.yaml", "ftjob-1", env=ENV).stdout
        for text in ("ftjob-1 is running", "Step 4/4", "checkpoint at step 4", "ftjob-1 made ft:base"):
            self.assertIn(text, followed)
        run.communicate(timeout=60)
        address = f"http://localhost:{server.port}/v1"
        listed = self.assay("jobs", "list", address, "--api-key-env", "FAR_KEY", env=ENV).stdout
        self.assertIn("ftjob-1  succeeded", listed)
        self.assertIn("Job has already completed", self.assay("jobs", "cancel", address, "ftjob-1", expect=1).stderr)
        self.assertIn("no job 'ftjob-9'", self.assay("jobs", "cancel", address, "ftjob-9", expect=2).stderr)
        self.assertIn("list, follow, cancel", self.assay("jobs", "stop", address, expect=2).stderr)
        self.assertIn("wants a job's id", self.assay("jobs", "follow", address, expect=2).stderr)

    def test_two_jobs_of_a_run_do_not_both_take_what_the_budget_leaves(self):
        server = self.serve()
        strategies = "openai_fine_tune: {n_epochs: 3}", "openai_fine_tune: {n_epochs: 4}"
        self.use(server, *strategies, rest="budget: {dollars: 0.0001}\n")
        dearest = max(map(float, re.findall(r"the fine-tuning job would cost about \$([\d.]+)", self.go("--results", "poor", expect=1).stdout)))
        self.assertEqual(self.jobs("--all"), [])
        self.edit("dollars: 0.0001", f"dollars: {1.3 * dearest}")
        self.assertIn("more than the budget leaves", self.go(expect=1).stdout)
        self.assertEqual(len(self.jobs("--all")), 1)

    def test_a_job_that_the_budget_does_not_bear_is_not_made(self):
        server = self.serve()
        self.use(server, "openai_fine_tune: {n_epochs: 50}", rest="budget: {dollars: 0.01}\n")
        done = self.go(expect=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("more than the budget leaves", done.stdout + done.stderr)
        self.assertEqual(self.made(server), [])

    def test_what_cannot_be_trained_is_refused_by_name_before_anything_is_asked(self):
        server = self.serve()
        self.use(server, "openai_fine_tune: {n_epochs: 1}", train=9)
        self.assertIn("'openai_fine_tune' needs at least 10 training rows, and the dataset 'tickets' gives it 9",
                      self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.use(server, "openai_fine_tune: {beta: 0.1}")
        self.assertIn("`beta` and `rejected` are of `method: dpo`", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.use(server, "lora: {rank: 2}")
        self.assertIn("have its provider train it by `openai_fine_tune`", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.use(server, "openai_fine_tune")
        self.edit("api_key_env: FAR_KEY", "api_key_env: FAR_KEY, api: completions")
        self.assertIn("cannot be trained by a fine-tuning job: jobs learn conversations", self.assay("validate", "experiment.yaml", expect=2).stderr)
        text = (self.folder / "experiment.yaml").read_text()
        start, end = text.index("  far:"), text.index("datasets:")
        self.write("experiment.yaml", text[:start] + "  far: {source: simulated, accuracy: 0.7}\n" + text[end:])
        refused = self.assay("validate", "experiment.yaml", expect=2).stderr
        self.assertIn("'openai_fine_tune' trains the model, but 'far' cannot be trained by a fine-tuning job: it is of `source: simulated`", refused)
        self.assertEqual(server.seen(), [])


if __name__ == "__main__":
    main()
