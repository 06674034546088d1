"""Models behind HTTP, against the test server: faults and kills change no result and pay nothing twice; limits, budgets, TLS and keys."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from connect_proxy import ConnectProxy
from killing import alive
from remote_workspace import KEY, RemoteWorkspace
from workspace import ASSAY, main


def gateway_of(host):
    """The process that asks: a worker whose log is the gateway's."""
    try:
        children = pathlib.Path(f"/proc/{host}/task/{host}/children").read_text().split()
    except OSError:
        return None
    for child in children:
        try:
            if os.readlink(f"/proc/{child}/fd/2").endswith("gateway.log"):
                return int(child)
        except OSError:
            continue
    return None


def wait_until_quiet(server, gateway):
    """Until the gateway is gone and the server has read what it had sent: what comes later is another run's."""
    deadline = time.monotonic() + 30
    while gateway and alive(gateway) and time.monotonic() < deadline:
        time.sleep(0.01)
    size = None
    while size != (now := server.log.stat().st_size if server.log.exists() else 0) and time.monotonic() < deadline:
        size = now
        time.sleep(0.3)


class RemoteTest(RemoteWorkspace):
    def test_faults_in_a_third_of_the_answers_change_no_result(self):
        good = self.serve()
        self.use(good, rows=5000)
        self.go("--results", "steady")
        bad = self.serve(faults=0.3)
        text = (self.folder / "experiment.yaml").read_text()
        self.write("experiment.yaml", text.replace(f":{good.port}/", f":{bad.port}/"))
        self.go("--results", "shaken")
        steady, shaken = self.answers("steady"), self.answers("shaken")
        self.assertEqual(len(steady), 5000)
        self.assertEqual(steady, shaken)
        journal = (self.folder / "shaken/answers/answers.jsonl").read_text().splitlines()
        self.assertEqual(len({json.loads(line)["key"] for line in journal}), 5000)
        self.assertEqual(len(journal), 5000)

    def test_ten_kills_send_again_no_more_than_was_in_flight(self):
        server = self.serve(faults=0.3, latency=10, kinds="error_500,error_502,too_many,reset_before_headers,malformed_json,reset_in_body")
        self.use(server, rows=5000)
        journal = self.folder / "results/answers/answers.jsonl"
        killed_at = []
        for kill in range(10):
            process = subprocess.Popen([ASSAY, "run", "experiment.yaml", "--plain"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "FAR_KEY": KEY})
            until = 400 * (kill + 1)
            deadline = time.time() + 60
            while time.time() < deadline and process.poll() is None:
                if journal.exists() and journal.read_bytes().count(b"\n") >= until:
                    break
                time.sleep(0.01)
            gateway = gateway_of(process.pid)
            if kill % 2 and gateway:
                os.kill(gateway, signal.SIGKILL)
            process.kill()
            process.wait()
            wait_until_quiet(server, gateway)
            killed_at.append(time.monotonic())
        self.go(timeout=240)
        self.assertEqual(len(self.answers()), 5000)
        report = json.loads(max(self.folder.glob("results/*/*/report.json"), key=lambda path: int(path.parent.name)).read_text())
        found = report["datasets"][0]["groups"][0]["findings"]
        self.assertGreater(found["remote.cached"]["value"], 0, "what was answered before a kill is shown apart")
        self.assertEqual(found["remote.cached"]["value"] + found["remote.answered"]["value"], 5000)
        self.check_sent_again(server.seen(), killed_at)

    def check_sent_again(self, seen, killed_at):
        """Of each kill: what is answered once more was in flight then, so that nothing came after it on its connection."""
        last, whole = {}, {}
        for one in sorted(seen, key=lambda one: one["at"]):
            last[one["connection"]] = one
            if one["status"] == 200:
                whole.setdefault(json.dumps(one["body"], sort_keys=True), []).append(one)
        self.assertEqual(len(whole), 5000)
        again = [one for answers in whole.values() for one in answers[:-1]]
        for one in again:
            self.assertIs(last[one["connection"]], one, "it was answered and read before the kill")
        for kill, (begin, end) in enumerate(zip([0, *killed_at], killed_at)):
            lost = sum(begin < one["at"] <= end for one in again)
            in_flight = sum(begin < one["at"] <= end for one in last.values())
            self.assertLessEqual(lost, min(in_flight, 64), f"kill {kill + 1}")
        self.assertEqual([one for one in again if one["at"] > killed_at[-1]], [], "nothing is asked twice where nothing was killed")

    def test_a_server_that_becomes_another_model_is_told(self):
        server = self.serve(fingerprint_lasts=30)
        self.use(server, rows=40, strategies=("zero_shot", "few_shot: {shots: 1}"), rest=", limits: {concurrency: 1}")
        done = self.go()
        warning, = [line for line in self.report()["warnings"] if "fingerprint" in line]
        self.assertIn("model 'far': the fingerprint that its server reports for 'm' changed from 'fp_test' (30 answers) to 'fp_test_2' (50 answers)", warning)
        self.assertIn("Both stand in: ", warning)
        self.assertIn(f"warning: {warning}", done.stdout)

    def test_answers_given_again_from_before_the_server_changed_are_told(self):
        server = self.serve()
        self.use(server, rows=20)
        self.assertNotIn("fingerprint", self.go().stdout)
        server.close()
        other = self.serve(fingerprint="fp_new", port=server.port)
        self.use(other, rows=30)  # another dataset: the first twenty answers are in the journal
        done = self.go()
        self.assertIn("changed from 'fp_test' (20 answers, 20 of them given again) to 'fp_new' (10 answers)", done.stdout)

    def test_the_report_tells_what_was_saved_in_dollars_the_reasoning_and_the_first_token(self):
        server = self.serve()
        self.use(server, rows=20, model="thinks", rest=", stream: true, price: {input: 2, cached_input: 1, output: 10}")
        self.go()
        first = self.report()["datasets"][0]["groups"][0]["findings"]
        self.assertNotIn("remote.saved_dollars", first)
        predictions = [json.loads(line) for line in self.stable().splitlines() if '"prompt"' in line]
        completion = sum(row["usage"]["completion_tokens"] for row in predictions)
        self.assertAlmostEqual(first["remote.reasoning_tokens"]["value"] * 20, completion * 2 / 3)
        self.assertGreater(first["remote.first_token_ms"]["value"], 0)
        paid = sum(self.paid())
        self.use(server, rows=30, model="thinks", rest=", stream: true, price: {input: 2, cached_input: 1, output: 10}")
        self.go()
        again = self.report()["datasets"][0]["groups"][0]["findings"]
        self.assertEqual((again["remote.answered"]["value"], again["remote.cached"]["value"]), (10, 20))
        self.assertAlmostEqual(again["remote.saved_dollars"]["value"], paid, places=9)
        kpis = dict(self.select("SELECT name, value FROM kpi WHERE name LIKE 'remote.%' ORDER BY value"))
        self.assertGreater(kpis["remote.reasoning_tokens"], completion * 2 / 3)
        self.assertGreater(kpis["remote.first_token_ms"], 0)

    def test_a_killed_gateway_is_started_again_and_asks_only_what_is_left(self):
        server = self.serve(latency=20)
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
        seen = self.check_limit(self.serve(rate=1800), 1800, rows=100)
        self.assertLessEqual(sum(one["status"] == 429 for one in seen), 4)

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

    def test_a_budget_holds_over_all_cells_and_over_a_run_that_goes_on(self):
        server = self.serve()
        self.use(server, rows=200, strategies=("zero_shot", "few_shot: {shots: 1}", "few_shot: {shots: 2}"), rest=", price: {input: 1000, output: 1000}")
        with open(self.folder / "experiment.yaml", "a") as file:
            file.write("budget: {dollars: 1.0}\n")
        self.assertIn("budget of $1 is spent", self.go(expect=1).stdout)
        once = sum(self.paid())
        self.assertLessEqual(once, 1.0 + max(self.paid()))
        self.assertRegex(self.go(expect=1).stdout, r"the budget of \$1 would be passed: \$1\.\d+ spent")
        self.assertEqual(sum(self.paid()), once, "running it again is no new budget")
        self.edit("dollars: 1.0", "dollars: 1.5")
        self.go(expect=1)
        self.assertGreaterEqual(sum(self.paid()), 1.5 - max(self.paid()))
        self.assertLessEqual(sum(self.paid()), 1.5 + max(self.paid()))

    def test_a_budget_counts_what_models_here_take(self):
        server = self.serve()
        self.use(server, rows=200, rest=", price: {input: 1000, output: 1000}")
        self.edit("models:\n", "models:\n  sim: {source: simulated, accuracy: 0.7, price: {input: 50, output: 50}}\n")
        with open(self.folder / "experiment.yaml", "a") as file:
            file.write("budget: {dollars: 100}\n")
        self.run_experiment("--only", "model=sim", "--results", "alone")
        tokens = sum(value for value, in self.select("SELECT value FROM kpi WHERE name IN ('prompt_tokens', 'completion_tokens')", "alone"))
        here = tokens * 50 / 1e6
        self.edit("dollars: 100}", f"dollars: {here + 0.5}}}")
        self.edit("[accuracy]", "[accuracy]\nlimits: {stage_time: 60}")
        self.go("--only", "model=sim")
        self.assertFalse((self.folder / "results/answers/answers.jsonl").exists())
        self.go("--results", "both", expect=1)
        self.assertLessEqual(sum(self.paid("both")), here + 0.5 + max(self.paid("both")))

    def test_when_a_server_is_given_up_is_written_in_the_experiment(self):
        server = self.serve(faults=1, kinds="error_500")
        self.use(server, rows=20, rest=", circuit_breaker: {failures: 3, give_up: 0.2}")
        self.assertIn("has not answered for a long time", self.go(expect=1).stdout)
        self.edit("give_up: 0.2", "give_upp: 0.2")
        self.assertRegex(self.assay("validate", "experiment.yaml", expect=2).stderr, r"experiment.yaml:4:\d+: .*give_upp.*did you mean 'give_up'")
        self.edit("circuit_breaker: {failures: 3, give_upp: 0.2}", "embedding_model: e")
        self.edit("longest_wait: 0.05", "longest_wait: 0.05, share: 0, free: 2")
        self.assertIn("too many of this run's requests fail", self.go(expect=1).stdout)
        self.assertEqual(len(server.seen()) > 20, True)

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
        self.assert_written_nowhere(KEY)

    def test_a_bad_key_or_an_unknown_model_ends_the_run_before_anything_is_asked(self):
        server = self.serve(key="another", models="gpt-big,gpt-small")
        self.use(server, model="gpt-smal", rest=", embedding_model: gpt-big")
        place = r"experiment.yaml:3:\d+: model 'far': "
        self.assertRegex(self.go(expect=2).stderr, place + "the server refuses the key")
        self.assertRegex(self.assay("validate", "experiment.yaml", "--online", expect=2, env={"FAR_KEY": KEY}).stderr, place + "the server refuses the key")
        self.assertEqual(server.looked(), ["/v1/models"] * 2)
        server.close()
        (self.folder / "server.log").unlink()
        server = self.serve(key=KEY, models="gpt-big,gpt-small,.alias")
        self.use(server, model="gpt-smal", rest=", embedding_model: gpt-big")
        done = self.go(expect=2)
        self.assertRegex(done.stderr, place + r"http://localhost:\d+/v1 has no model 'gpt-smal'; it lists gpt-big, gpt-small; where the server answers to it all the same")
        self.assertEqual((server.seen(), server.looked()), ([], ["/v1/models", "/v1/models/gpt-smal"]))
        self.assertNotIn(KEY, done.stdout + done.stderr)
        self.assertEqual(self.select("SELECT run FROM runs"), [], "no run was begun")
        for model in ("alias", "gpt-small"):
            self.edit("model: gpt-smal" if model == "alias" else "model: alias", f"model: {model}")
            self.assertIn("valid", self.assay("validate", "experiment.yaml", "--online", env={"FAR_KEY": KEY}).stdout)
        self.assertEqual(server.seen(), [])
        self.go()
        looked = len(server.looked())
        self.go()
        self.assertEqual(len(server.looked()), looked, "what is finished asks nothing")
        self.edit("model: gpt-small", "model: gpt-s, listed: false")
        self.go("--results", "other")

    def test_a_server_without_a_list_of_models_is_asked_all_the_same(self):
        server = self.serve()
        self.use(server)
        self.assertRegex(self.go().stderr, r"note: model 'far': http://localhost:\d+/v1 does not tell its models \(status 404\)")
        self.assertEqual((len(server.seen()), server.looked()), (20, ["/v1/models"]))

    def test_a_missing_key_ends_the_run_before_any_work_and_is_a_warning_of_validate(self):
        self.write("key.txt", KEY + "\n").chmod(0o644)
        server = self.serve()
        self.use(server, rest=", allow_insecure: true", strategies=("zero_shot",))
        self.edit("http://localhost:", "http://far.invalid:")
        self.edit("models:\n", "models:\n  sim: {source: simulated, accuracy: 0.7}\n")
        missing = r"experiment.yaml:4:\d+: model 'far': its key is read from the environment variable FAR_KEY, which is not set"
        self.assertRegex(self.run_experiment(expect=2).stderr, missing)
        self.assertRegex(self.assay("validate", "experiment.yaml").stderr, "warning: .*" + missing)
        self.assertRegex(self.assay("validate", "experiment.yaml", "--online", expect=2).stderr, missing)
        self.edit("api_key_env: FAR_KEY", "api_key_file: key.txt")
        self.assertRegex(self.run_experiment(expect=2).stderr, r"experiment.yaml:4:\d+: model 'far': others may read the file of its key; run: chmod 600")
        (self.folder / "key.txt").unlink()
        self.assertRegex(self.run_experiment(expect=2).stderr, r"experiment.yaml:4:\d+: model 'far': its key's file .*key.txt cannot be read")
        self.assertEqual(self.select("SELECT run FROM runs"), [])
        self.run_experiment("--only", "model=sim")  # who is not asked needs no key

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

    def through(self, proxy, *arguments, user="", no_proxy="", **keywords):
        variables = {"HTTPS_PROXY": f"http://{user}127.0.0.1:{proxy.port}", "https_proxy": "", "NO_PROXY": no_proxy, "no_proxy": "", "FAR_KEY": KEY}
        return self.run_experiment(*arguments, env=variables, **keywords)

    def proxy(self, **options):
        proxy = ConnectProxy(**options)
        self.addCleanup(proxy.close)
        return proxy

    def test_a_proxy_is_asked_the_way_and_what_it_refuses_is_told_without_its_password(self):
        server = self.serve(certificate_for="localhost", folder_of_key=self.folder / "tls")
        self.use(server, scheme="https", rows=5, rest=", ca_file: tls/cert.pem")
        place = f"localhost:{server.port}"
        proxy = self.proxy()
        self.through(proxy, "--results", "a")
        self.assertEqual(set(proxy.asked), {place})
        self.assertEqual(len(self.answers("a")), 5)
        before = len(proxy.asked)
        self.through(proxy, "--results", "b", no_proxy="example.org, localhost")
        self.assertEqual(len(proxy.asked), before, "NO_PROXY excepts the host")
        self.assertEqual(self.answers("b"), self.answers("a"))
        strict = self.proxy(user="ada:pass@word-8841")
        self.through(strict, "--results", "c", user="ada:pass%40word-8841@")
        self.assertEqual(self.answers("c"), self.answers("a"))
        seen = len(server.seen())
        for results, wrong, status, user in (("d", strict, 407, "ada:wrong-8841@"), ("e", strict, 407, ""), ("f", self.proxy(status=403), 403, "ada:right-8841@")):
            wrong.asked.clear()
            done = self.through(wrong, "--results", results, user=user, expect=1)
            self.assertIn(f"{place}: the proxy 127.0.0.1:{wrong.port} refuses the way there (status {status})", done.stdout)
            self.assertLessEqual(len(wrong.asked), 1 + 5, "it is not tried again")
            for file in (self.folder / results).rglob("*"):
                if file.is_file():
                    self.assertNotIn(b"8841", file.read_bytes(), file)
            self.assertNotIn("8841", done.stdout + done.stderr)
        self.assertEqual(len(server.seen()), seen)
        no_address = {"HTTPS_PROXY": "ftp://ada:word-8841@nowhere", "FAR_KEY": KEY}
        done = self.run_experiment("--results", "g", env=no_address, expect=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("8841", done.stdout + done.stderr)

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
        self.edit("source: openai", "source: anthropic")
        self.edit("accepts: [top_k]", "lacks: [temperature]")
        self.assertIn("a model that takes no temperature takes no `top_k`", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.edit(", top_k: 5", "")
        self.assay("validate", "experiment.yaml")
        self.edit("http://localhost", "http://example.org")
        self.assertIn("allow_insecure", self.assay("validate", "experiment.yaml", expect=2).stderr)
        self.assertEqual(server.seen(), [])

    def test_headers_and_fields_of_a_users_own_reach_the_server(self):
        server = self.serve()
        more = ", headers: {X-Team: desk, User-Agent: ours}, headers_env: {api-key: OTHER_KEY}, extra_body: {reasoning_effort: low, provider: {only: [a]}}"
        self.use(server, rows=3, rest=more)
        self.edit("api_key_env: FAR_KEY,", "")
        for source, path in (("openai", "/v1/chat/completions"), ("anthropic", "/v1/messages")):
            self.edit("source: openai", f"source: {source}")
            self.run_experiment("--results", source, env={"OTHER_KEY": KEY, "OPENAI_API_KEY": "of-another", "ANTHROPIC_API_KEY": "of-another"})
            seen = [one for one in server.lines() if one["path"] == path]
            self.assertEqual(len(seen), 3)
            for one in seen:
                headers = {name.lower(): value for name, value in one["headers"].items()}
                self.assertEqual((headers["x-team"], headers["user-agent"], headers["api-key"]), ("desk", "ours", KEY))
                self.assertFalse({"authorization", "x-api-key"} & headers.keys(), "the key of another server is not sent to this one")
                self.assertEqual((one["body"]["reasoning_effort"], one["body"]["provider"]), ("low", {"only": ["a"]}))
        self.assert_written_nowhere(KEY)
        self.edit("reasoning_effort: low", "reasoning_effort: high")
        self.run_experiment("--results", "anthropic", env={"OTHER_KEY": KEY})
        self.assertEqual(len(server.seen()), 9, "another field makes another model")

    def test_a_header_out_of_the_environment_is_kept_as_a_key_is(self):
        server = self.serve(key="another", models="m")
        self.use(server, rest=", headers_env: {Authorization: OTHER_KEY}")
        self.edit("api_key_env: FAR_KEY,", "")
        place = r"experiment.yaml:4:\d+: model 'far': "
        self.assertRegex(self.run_experiment(expect=2).stderr, place + "its header Authorization is read from the environment variable OTHER_KEY, which is not set")
        done = self.run_experiment(expect=2, env={"OTHER_KEY": f"Bearer {KEY}"})
        self.assertRegex(done.stderr, place + r"the server refuses the key.*\[key\]")
        self.assertNotIn(KEY, done.stdout + done.stderr)
        self.assertIn(f"Bearer {KEY}", (self.folder / "server.log").read_text())
        self.assert_written_nowhere(KEY)
        self.edit("{Authorization: OTHER_KEY}", "{Authorization: 55195519}")
        self.assertNotIn("55195519", self.run_experiment(expect=2).stderr)
        self.edit("{Authorization: 55195519}", f"{{Authorization: {KEY}}}")
        self.assertIn("must be the name of an environment variable (never the key itself), found something else", self.run_experiment(expect=2).stderr)
        self.edit("headers_env", "headers")
        self.assertRegex(self.run_experiment(expect=2).stderr, place + "Authorization mostly holds a key")
        self.edit(f"headers: {{Authorization: {KEY}}}", "extra_body: {max_tokens: 3}")
        self.assertRegex(self.run_experiment(expect=2).stderr, place + "`max_tokens` is written from the experiment's own words")

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
        self.assertIn("chmod 600", self.run_experiment(expect=2).stderr)
        (self.folder / "key.txt").chmod(0o600)
        self.run_experiment()


if __name__ == "__main__":
    main()
