"""The server that remote models are tested against speaks the APIs: the providers' own clients are satisfied with it."""

import os
import subprocess
import unittest

from packages import installed
from remote_server import RemoteServer
from workspace import Workspace, main

KEY = "sk-of-the-clients"


class SdkClientsTest(Workspace):
    @classmethod
    def setUpClass(cls):
        cls.packages = installed()

    def test_the_clients_understand_every_answer(self):
        server = RemoteServer(self.folder, key=KEY, job_tick=1, models="test")
        self.addCleanup(server.close)
        environment = {**os.environ, "ADDRESS": f"http://127.0.0.1:{server.port}/v1", "KEY": KEY}
        done = subprocess.run(["node", "--test", "sdk_clients.test.mjs"], cwd=self.packages, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
