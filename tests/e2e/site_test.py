"""The documentation builds as a site without a dead link, and the tutorial does what it says."""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import unittest
import urllib.parse

from workspace import SOURCE, Workspace, main

BUILD = pathlib.Path(os.environ["ASSAY_BUILD"])


class Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(page.read_text(encoding="utf-8", errors="replace"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            if name in ("id", "name") and value:
                self.names.add(value)


def blocks(page):
    """(language, text) of the fenced blocks of a page, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(), re.S | re.M)


@unittest.skipUnless(shutil.which("mkdocs") and shutil.which("doxygen"), "mkdocs and doxygen are not installed")
class SiteTest(Workspace):
    def test_one_command_builds_the_site_and_no_link_in_it_is_dead(self):
        site = self.folder / "site"
        done = subprocess.run([SOURCE / "scripts/docs", site], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        pages = {page: Links(page) for page in site.rglob("*.html")}
        for wanted in ("index.html", "docs/tutorial.html", "plugins/strategies/lora/index.html", "sdk/classassay_1_1sdk_1_1Strategy.html"):
            self.assertIn(site / wanted, pages)
        dead = []
        for page, parsed in pages.items():
            if page.name == "404.html" or "sdk" in page.relative_to(site).parts:  # Doxygen's own links are its own
                continue
            for link in parsed.links:
                url = urllib.parse.urlsplit(link)
                if url.scheme or url.netloc or link.startswith("#"):
                    continue
                target = (page.parent / urllib.parse.unquote(url.path)).resolve() if url.path else page
                if target.is_dir():
                    target = target / "index.html"
                if not target.exists():
                    dead.append(f"{page.relative_to(site)}: {link}")
                elif url.fragment and target in pages and url.fragment not in pages[target].names:
                    dead.append(f"{page.relative_to(site)}: {link} (no such place)")
        self.assertEqual(dead, [])


class TutorialTest(Workspace):
    def test_every_block_of_the_tutorial_does_what_it_says(self):
        prefix = self.folder / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, capture_output=True)
        work = self.folder / "work"
        work.mkdir()
        shell = [f"cd {work}", f"export PATH={prefix}/bin:$PATH"]
        for language, text in blocks(SOURCE / "docs/tutorial.md"):
            if language == "sh":
                shell.append(text.replace("=/usr", f"={prefix}"))
            else:
                name = re.match(r"(?:#|//) (\S+)\n", text).group(1)
                shell.append(f"cat > {name} <<'END_OF_FILE'\n{text}END_OF_FILE")
        done = subprocess.run(["bash", "-eu", "-c", "\n".join(shell)], capture_output=True, text=True, timeout=800)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-3000:])
        self.assertIn("4 of 4 cells done", done.stdout)
        self.assertTrue((work / "results/routing/5/report.html").exists())


if __name__ == "__main__":
    main()
