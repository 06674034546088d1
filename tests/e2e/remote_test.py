"""Models behind HTTP, against the test server: faults and kills change no result and pay nothing twice; limits, budgets, TLS and keys."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import unittest

from remote_server import RemoteServer
from workspace import ASSAY, Workspace, main

KEY = "sk-never-written-anywhere-5519"


def gateway_of(host):
    """The process that asks: a worker whose log is the gateway's."""
    for child in pathlib.Path(f"/proc/{host}/task/{host}/children").read_text().split():
        try:
            if os.readlink(f"/proc/{child}/fd/2").endswith("gateway.log"):
                return int(child)
        except OSError:
            continue
    return None


class RemoteTest(Workspace):
    def serve(self, **options):
        server = RemoteServer(self.folder, **{"words": "billing,outage,account", **options})
        self.addCleanup(server.close)
        return server

    def use(self, server, rows=20, rest="", strategies=("zero_shot",), model="m", scheme="http"):
        """An experiment whose model is the server's, asked about so many rows."""
        lines = "".join(f"    - {one}\n" for one in strategies)
        self.write("experiment.yaml", f"""\
name: rehearsal
models:
  far: {{source: openai, model: {model}, base_url: "{scheme}://localhost:{server.port}/v1", api_key_env: FAR_KEY,
        retries: {{attempts: 20, first_wait: 0.01, longest_wait: 0.05}}, timeouts: {{read: 5}}{rest}}}
datasets:
  tickets: {{train: train.jsonl, test: many.jsonl, input: "{{{{ text }}}}", target: "{{{{ label }}}}", instruction: "which desk ?",
            choices: [billing, outage, account]}}
matrix:
  strategy:
{lines}metrics: [accuracy]
generation: {{max_tokens: 8}}
report: {{resamples: 100, formats: [json]}}
""")
        labels = ["billing", "outage", "account"]
        self.write("many.jsonl", "".join(json.dumps({"text": f"message {i}", "label": labels[i % 3]}) + "\n" for i in range(rows)))

    def go(self, *arguments, **keywords):
        return self.run_experiment(*arguments, env={"FAR_KEY": KEY}, **keywords)

    def answers(self, results="results"):
        """Example and answer of each prediction, in order."""
        rows = [json.loads(line) for line in self.stable(results).splitlines() if '"prompt"' in line]
        return [(row.get("id"), row.get("answer")) for row in rows]

    def test_faults_in_a_third_of_the_answers_change_no_result(self):
        good = self.serve()
        self.use(good, rows=1000)
        self.go("--results", "steady")
        bad = self.serve(faults=0.3)
        text = (self.folder / "experiment.yaml").read_text()
        self.write("experiment.yaml", text.replace(f":{good.port}/", f":{bad.port}/"))
        self.go("--results", "shaken")
        steady, shaken = self.answers("steady"), self.answers("shaken")
        self.assertEqual(len(steady), 1000)
        self.assertEqual(steady, shaken)
        journal = (self.folder / "shaken/answers/answers.jsonl").read_text().splitlines()
        self.assertEqual(len({json.loads(line)["key"] for line in journal}), 1000)
        self.assertEqual(len(journal), 1000)

    def test_ten_kills_send_again_no_more_than_was_in_flight(self):
        server = self.serve(faults=0.3, latency=2, kinds="error_500,error_502,too_many,reset_before_headers,malformed_json,reset_in_body")
        self.use(server, rows=5000)
        journal = self.folder / "results/answers/answers.jsonl"
        for kill in range(10):
            process = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "FAR_KEY": KEY})
            until = 400 * (kill + 1)
            deadline = time.time() + 60
            while time.time() < deadline and process.poll() is None:
                if journal.exists() and journal.read_bytes().count(b"\n") >= until:
                    break
                time.sleep(0.01)
            victim = gateway_of(process.pid) if kill % 2 else None
            if victim:
                os.kill(victim, signal.SIGKILL)
            process.kill()
            process.wait()
        self.go(timeout=240)
        self.assertEqual(len(self.answers()), 5000)
        report = json.loads(max(self.folder.glob("results/*/*/report.json"), key=lambda path: int(path.parent.name)).read_text())
        found = report["datasets"][0]["groups"][0]["findings"]
        self.assertGreater(found["remote.cached"]["value"], 0, "what was answered before a kill is shown apart")
        self.assertEqual(found["remote.cached"]["value"] + found["remote.answered"]["value"], 5000)
        whole = {}
        for seen in server.seen():
            if seen["status"] == 200:
                name = json.dumps(seen["body"], sort_keys=True)
                whole[name] = whole.get(name, 0) + 1
        self.assertEqual(len(whole), 5000)
        again = sum(whole.values()) - len(whole)
        self.assertLessEqual(again, 10 * 64, "no more than was in flight at each of ten kills")

    def test_a_killed_gateway_is_started_again_and_asks_only_what_is_left(self):
        server = self.serve(latency=5)
        self.use(server, rows=600, strategies=("zero_shot", "few_shot: {shots: 1}"), rest=", limits: {concurrency: 8}")
        process = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, "FAR_KEY": KEY})
        deadline = time.time() + 60
        while len(server.seen()) < 200 and time.time() < deadline:
            time.sleep(0.02)
        os.kill(gateway_of(process.pid), signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out)
        self.assertIn("2 stages in it, which are run again one by one", out)
        self.assertLessEqual(len(server.seen()), 1200 + 8)

    def test_a_limit_by_headers_with_two_cells(self):
        server = self.serve(rate=1800)  # 30 a second
        self.use(server, rows=100, strategies=("zero_shot", "few_shot: {shots: 1}"))
        start = time.time()
        self.go()
        seen = server.seen()
        asking = max(one["at"] for one in seen) - min(one["at"] for one in seen)
        self.assertLessEqual(asking, 200 / 30 / 0.9)
        self.assertLessEqual(sum(one["status"] == 429 for one in seen), 4, f"{time.time() - start} s")

    def test_a_budget_is_not_passed_by_more_than_a_request(self):
        server = self.serve()
        self.use(server, rows=400, rest=", price: {input: 1000, output: 1000}")
        with open(self.folder / "experiment.yaml", "a") as file:
            file.write("budget: {dollars: 1.0}\n")
        done = self.go(expect=1)
        self.assertIn("budget of $1 is spent", done.stdout + done.stderr)
        entries = [json.loads(line) for line in (self.folder / "results/answers/answers.jsonl").read_text().splitlines()]
        paid = [entry["dollars"] for entry in entries]
        self.assertGreaterEqual(sum(paid), 1.0 - max(paid))
        self.assertLessEqual(sum(paid), 1.0 + max(paid))
        self.assertIn("budget of $1 is spent", json.dumps(self.report()))

    def test_a_bad_key_stops_the_cell_at_once_and_is_written_nowhere(self):
        server = self.serve(key="another")
        self.use(server, rows=500)
        lines = []
        stop = threading.Event()

        def watch():
            while not stop.is_set():
                for place in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        if KEY.encode() in place.read_bytes():
                            lines.append(str(place))
                    except OSError:
                        continue
        watching = threading.Thread(target=watch)
        watching.start()
        done = self.go(expect=1)
        stop.set()
        watching.join()
        self.assertIn("refuses the key", done.stdout + done.stderr)
        self.assertLessEqual(len(server.seen()), 4)
        self.assertIn(KEY, (self.folder / "server.log").read_text())  # it did reach the server
        self.assertEqual(lines, [])
        self.assertNotIn(KEY, done.stdout + done.stderr)
        for file in self.folder.rglob("*"):
            if file.is_file() and file.name != "server.log":
                self.assertNotIn(KEY.encode(), file.read_bytes(), file)

    def test_certificates(self):
        for name, days, expected in (("localhost", 2, None), ("localhost", -1, "expired"), ("example.org", 2, "another name")):
            with self.subTest(name=name, days=days):
                server = self.serve(certificate_for=name, days=days, folder_of_key=self.folder / "tls")
                self.use(server, scheme="https", rows=5)
                self.assertIn("self-signed" if days > 0 else "certificate is refused", self.go("--results", f"a{name}{days}", expect=1).stdout)
                self.use(server, scheme="https", rows=5, rest=", ca_file: tls/cert.pem")
                done = self.go("--results", f"b{name}{days}", expect=0 if expected is None else 1)
                if expected:
                    self.assertIn(expected, done.stdout + done.stderr)

    def test_what_is_recorded_answers_without_the_server(self):
        server = self.serve()
        self.use(server, rest=", record: exchanges.jsonl")
        self.go()
        before = self.answers()
        text = (self.folder / "experiment.yaml").read_text()
        recorded = "  far: {source: recorded, path: exchanges.jsonl, match: {messages: messages}, completion: output, usage: usage}\n"
        self.write("experiment.yaml", re.sub(r"  far: \{.*?\}\}\n|  far: .*?exchanges.jsonl\}\n", lambda _: recorded, text, flags=re.S))
        self.run_experiment("--results", "again")
        self.assertEqual(self.answers("again"), before)

    def test_words_that_an_api_does_not_have_are_refused_before_the_run(self):
        server = self.serve()
        self.use(server)
        self.edit("generation: {max_tokens: 8}", "generation: {max_tokens: 8, top_k: 5}")
        self.assertIn("OpenAI's API has no `top_k`", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit("timeouts: {read: 5}", "timeouts: {read: 5}, accepts: [top_k]")
        self.assay("validate", "experiment.yaml")
        self.edit("http://localhost", "http://example.org")
        self.assertIn("allow_insecure", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.assertEqual(server.seen(), [])

    def test_anthropics_messages(self):
        server = self.serve()
        self.use(server)
        self.edit("source: openai", "source: anthropic")
        self.go()
        self.assertEqual({one["path"] for one in server.seen()}, {"/v1/messages"})
        self.assertEqual(len(self.answers()), 20)

    def test_a_key_file_that_others_may_read_is_refused(self):
        server = self.serve(key=KEY)
        self.use(server)
        self.edit("api_key_env: FAR_KEY", "api_key_file: key.txt")
        self.write("key.txt", KEY + "\n").chmod(0o644)
        self.assertIn("chmod 600", self.run_experiment(expect=1).stdout)
        (self.folder / "key.txt").chmod(0o600)
        self.run_experiment()


if __name__ == "__main__":
    main()
