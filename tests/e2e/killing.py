"""Starting `assay run` in the background, and ending it the hard way."""

import os
import pathlib
import signal
import subprocess
import time

from workspace import ASSAY, Workspace


def children_of(pid):
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Killing(Workspace):
    def start(self, results, *arguments):
        process = subprocess.Popen(
            [ASSAY, "run", "experiment.yaml", "--plain", "--results", results, *map(str, arguments)],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(self.kill_group, process)
        return process

    def kill_group(self, process):
        """SIGKILL of the host's whole process group; its end is waited for."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if not process.stdout.closed:
            process.communicate()

    def wait_until(self, what, seconds=30):
        """Calls `what` until it gives something true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.02)
        self.fail("waited in vain")

    def killed_and_resumed(self, results, moments, *arguments):
        """Starts the run, kills it after so many seconds, again and again; then lets it end."""
        for moment in moments:
            process = self.start(results, *arguments)
            time.sleep(moment)
            self.kill_group(process)
        return self.run_experiment("--results", results, *arguments)
