"""The test server of remote models as a process that ends with its test."""

import json
import os
import pathlib
import subprocess

SERVER = pathlib.Path(os.environ["ASSAY_BUILD"]) / "tests" / "serve_remote"


class RemoteServer:
    def __init__(self, folder, **options):
        self.log = pathlib.Path(folder) / "server.log"
        arguments = [str(SERVER)] + ([] if options.pop("quiet", None) else ["--log", str(self.log)])
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def close(self):
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def looked(self):
        """Who looked for which models it has: the paths."""
        return [one["path"] for one in self.lines() if one["path"].startswith("/v1/models")]

    def seen(self):
        """What it was asked, with the status that it gave: 0 where no whole answer was sent. Without who looked for its models."""
        return [one for one in self.lines() if not one["path"].startswith("/v1/models")]

    def lines(self):
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
