"""npm's packages of this folder, installed into the build folder, and servers among them as processes that end with their test."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))
NODE = (20, 15)

UNREACHABLE = re.compile(r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|EAI_AGAIN|ENETUNREACH|E5\d\d\b")


def install(folder):
    """Tries three times, since a registry can be away for a moment; skips the test where it stays away."""
    for _ in range(3):
        npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, capture_output=True, text=True)
        if npm.returncode == 0:
            return
        if not UNREACHABLE.search(npm.stderr):
            raise AssertionError(f"npm ci: {npm.stderr}")
    raise unittest.SkipTest(f"npm's registry cannot be reached: {npm.stderr}")


def installed():
    """A folder that holds the scripts and, beside them, the packages that they import. Skips the test where they cannot be had."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, version.lstrip("v").split(".")[:2])) < NODE:
        raise unittest.SkipTest(f"node {version} is older than the packages want: {NODE[0]}.{NODE[1]}")
    folder = pathlib.Path(os.environ["ASSAY_BUILD"]) / "tests/foreign"
    folder.mkdir(parents=True, exist_ok=True)
    lock, done = HERE / "package-lock.json", folder / "node_modules/.assay-lock.json"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        install(folder)
        shutil.copy(lock, done)
    for script in [*HERE.glob("*.mjs"), *HERE.glob("*.ts")]:
        shutil.copy(script, folder)
    return folder


class NodeServer:
    def __init__(self, script, **options):
        self.process = subprocess.Popen(["node", script, json.dumps(options)], cwd=installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), f"{script} has not started"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
