"""A workspace whose experiment asks a model behind the test server."""

import json

from remote_server import RemoteServer
from workspace import Workspace

KEY = "sk-never-written-anywhere-5519"


class RemoteWorkspace(Workspace):
    """Adds a test server, and an experiment whose model is behind it."""

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

    def paid(self, results="results"):
        lines = (self.folder / results / "answers/answers.jsonl").read_text().splitlines()
        return [entry["dollars"] for entry in map(json.loads, lines)]

    def assert_written_nowhere(self, key):
        """Looks through every file but the server's, which it did reach."""
        for file in self.folder.rglob("*"):
            if file.is_file() and file.name != "server.log":
                self.assertNotIn(key.encode(), file.read_bytes(), file)

    def check_limit(self, server, requests_a_minute, rows):
        """Asks two cells of so many rows of a server that tells its limit in headers alone."""
        self.use(server, rows=rows, strategies=("zero_shot", "few_shot: {shots: 1}"))
        self.go(timeout=240)
        seen = server.seen()
        begin, end = min(one["at"] for one in seen), max(one["at"] for one in seen)
        self.assertLessEqual(end - begin, 2 * rows / (requests_a_minute / 60) / 0.9, "at least 90 % of the limit is used")
        settled = [one["status"] for one in seen if one["at"] > begin + 10]
        self.assertLessEqual(settled.count(429), 0.01 * len(settled), "at most 1 % of the answers after the first ten seconds")
        return seen
