"""Opens reports in Chromium: makes them with the real binary, then runs what stands beside this file under node's test runner.

    page_test.py BUILD_FOLDER                            reports of small experiments: page.test.mjs
    page_test.py BUILD_FOLDER --quickstart [report.html] the quickstart's, run first where none is named: quickstart.test.mjs
    page_test.py BUILD_FOLDER --screenshots report.html  writes docs/images/*.png of it: screenshots.mjs
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]


def installed(build):
    """A folder that holds the scripts and, beside them, the packages that they import."""
    folder = pathlib.Path(build) / "tests/page"
    folder.mkdir(parents=True, exist_ok=True)
    lock, done = HERE / "package-lock.json", folder / "node_modules/.assay-lock.json"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
        shutil.copy(lock, done)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def node(folder, *arguments, **environment):
    return subprocess.run(["node", *map(str, arguments)], cwd=folder, env={**os.environ, **environment}).returncode


def quickstart(folder):
    """The quickstart's report, after running it: minutes."""
    subprocess.run([os.environ["ASSAY_BINARY"], "run", ROOT / "experiments/quickstart.yaml", "--plain", "--workers", "2", "--results", folder], check=True)
    return folder / "quickstart/1/report.html"


def main(build, *options):
    scripts = installed(build)
    with tempfile.TemporaryDirectory(prefix="assay-page-") as name:
        folder = pathlib.Path(name)
        if options[:1] == ("--screenshots",):
            return node(scripts, "screenshots.mjs", pathlib.Path(options[1]).resolve(), ROOT / "docs/images", PAGE_REPORTS=name)
        if options[:1] == ("--quickstart",):
            report = pathlib.Path(options[1]).resolve() if len(options) > 1 else quickstart(folder)
            return node(scripts, "--test", "quickstart.test.mjs", PAGE_REPORTS=name, QUICKSTART_REPORT=str(report))
        made = subprocess.run([sys.executable, HERE / "reports.py", folder / "reports"])
        return made.returncode or node(scripts, "--test", "page.test.mjs", PAGE_REPORTS=str(folder / "reports"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
