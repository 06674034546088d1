"""What the pages show is run: their commands in a copy of the sources beside an installed assay, their experiments on few rows."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import workspace
from blocks_test import ABSENT, PAGES, blocks, sections, whole
from workspace import NANO, SOURCE, Workspace, main, rows

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])
EXAMPLES = sorted((SOURCE / "examples").glob("*/README.md"))
ALL_PAGES = sorted({*PAGES, SOURCE / "README.md", SOURCE / "CONTRIBUTING.md", SOURCE / "examples/README.md", *EXAMPLES})
RUN_HERE = ["examples/README.md", *(str(page.relative_to(SOURCE)) for page in EXAMPLES), "docs/plugins.md"]
RUN_ELSEWHERE = ["docs/prompts.md", "docs/metrics.md", "docs/costs.md", "docs/exec-metrics.md",  # blocks_test.py
                 "docs/tutorial.md"]  # site_test.py
NOT_RUN = ["CONTRIBUTING.md", "README.md", "docs/fine-tuning-jobs.md"]  # one block each, its reason in the comment before it
# What an example says of rows that these tests do not have, and finds out when it scores.
OTHER_DATA = re.compile(r"'positive' names '\w+', which is none of the choices|has 0 samples, and agreement needs 2|has a target that is no JSON|"
                        r"should be a number but is 'billing'|has no slots in its input|names the field '(preferred|human_correct)'|is no choice of the dataset")
REMOTE = re.compile(r"source: (openai|anthropic)|base_url:")


def marked(page):
    """The reasons for which blocks of a page are not run."""
    return re.findall(r"<!-- not run: (.+?) -->\n```sh\n", page.read_text())


class ShellBlocksTest(Workspace):
    def setUp(self):
        super().setUp()
        self.home, self.prefix = self.folder / "sources", self.folder / "opt/assay"
        shutil.copytree(SOURCE / "examples", self.home / "examples")
        (self.home / "build").mkdir()
        (self.home / "build/release").symlink_to(BUILD)

    def run_blocks(self, name, folder):
        environment = {**os.environ, "PATH": f"{self.prefix / 'bin'}:{os.environ['PATH']}", "CMAKE_PREFIX_PATH": str(self.prefix)}
        if shutil.which("ccache"):
            environment["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
        for block in blocks(SOURCE / name, "sh"):
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", block.replace("/opt/assay", str(self.prefix))], cwd=folder, capture_output=True, text=True,
                                  env=environment)
            self.assertEqual(done.returncode, 0, f"{name}: {block}\n{done.stdout}\n{done.stderr}")

    def test_every_block_of_shell_is_run_somewhere_or_says_why_not(self):
        for page in ALL_PAGES:
            name, count = str(page.relative_to(SOURCE)), len(blocks(page, "sh"))
            self.assertEqual(len(marked(page)), 1 if name in NOT_RUN else 0, name)
            if count > 0:
                self.assertIn(name, RUN_HERE + RUN_ELSEWHERE + NOT_RUN)
            if name in NOT_RUN:
                self.assertEqual(count, 1, name)
                for script in re.findall(r"scripts/\w+", blocks(page, "sh")[0]):
                    self.assertTrue(os.access(SOURCE / script, os.X_OK), f"{name}: {script}")

    def test_the_blocks_about_plugins_run_against_an_installed_assay(self):
        self.run_blocks("examples/README.md", self.home)  # installs it
        for page in EXAMPLES:
            self.run_blocks(page.relative_to(SOURCE), page.parent if not blocks(page, "sh") else self.home / "examples" / page.parent.name)
        self.run_blocks("docs/plugins.md", self.folder)
        workspace.ASSAY, built = str(self.prefix / "bin/assay"), workspace.ASSAY
        self.addCleanup(setattr, workspace, "ASSAY", built)
        run = sum(run_experiments(self, page, "--plugin-dir", self.home / "build/examples/plugins") for page in EXAMPLES)
        self.assertGreaterEqual(run, 6)


def run_experiments(test, page, *options):
    """Runs the page's blocks of YAML that stand for experiments which can run here; how many."""
    for file, text in (("train.jsonl", rows(12)), ("test.jsonl", rows(4, start=1000))):
        test.write(file, "".join(json.dumps({**json.loads(line), "team": "night"}) + "\n" for line in text.splitlines()))
    shutil.copytree(SOURCE / "examples/exec", test.folder / "scorers", dirs_exist_ok=True)
    for file, text in (("scorers/words.txt", "one"), ("prompts/route.j2", "{{ instruction }}\n{{ input }}\n"), ("prompts/mine.j2", "{{ input }}\n")):
        test.write(file, text)
    run, problems = 0, []
    for block in blocks(page, "yaml"):
        if REMOTE.search(block) or ("prices:" in block and "machines:" in block):
            continue
        test.write("block.yaml", whole(block) if "name" not in sections(block) else block)
        few = ["--set", "generation.max_tokens=4", "--set", "report.resamples=100", "--set", "matrix.seed=[1]", *options]
        judged = test.assay("validate", "block.yaml", *few, expect=None)
        if judged.returncode != 0:
            test.assertRegex(judged.stderr, ABSENT, f"{page}: {block}")
            continue
        if len(json.loads(test.assay("plan", "block.yaml", "--json", *few).stdout)["stages"]) > 60:
            continue
        done = test.assay("run", "block.yaml", "--plain", *few, expect=None)
        if done.returncode == 0:
            run += 1
        elif not OTHER_DATA.search(done.stdout):
            problems.append(f"{page}: {block}\n{done.stdout}\n{done.stderr}")
    test.assertFalse(problems, "\n".join(problems))
    return run


class ExperimentBlocksTest(Workspace):
    def run_pages(self, folder):
        run, problems = 0, []
        for page in PAGES:
            if not page.is_relative_to(SOURCE / folder):
                continue
            try:
                run += run_experiments(self, page)
            except AssertionError as problem:
                problems.append(str(problem))
        self.assertFalse(problems, "\n".join(problems))
        return run

    def test_the_experiments_of_the_pages_run(self):
        self.assertGreater(self.run_pages("docs"), 6)

    def test_the_experiment_of_the_readme_runs(self):
        block, = blocks(SOURCE / "README.md", "yaml")
        self.write("block.yaml", block)
        tickets = [{"subject": f"ticket {i}", "body": f"about {desk}", "team": desk} for i in range(8) for desk in ("billing", "outage", "account")]
        self.write("data/tickets.csv", "subject,body,team\n" + "".join(",".join(ticket.values()) + "\n" for ticket in tickets))
        self.write("data/tickets-test.jsonl", "".join(json.dumps(ticket) + "\n" for ticket in tickets[:6]))
        (self.folder / "models").mkdir()
        (self.folder / "models/nano").symlink_to(NANO)
        done = self.assay("run", "block.yaml", "--plain", "--set", "matrix.seed=[1]", "--set", "report.resamples=100", "--set", "measure.requests=6")
        self.assertIn("6 of 6 cells done", done.stdout)

    def test_the_experiments_of_the_plugins_pages_run(self):
        self.assertGreater(self.run_pages("plugins"), 30)


if __name__ == "__main__":
    main()
