#!/usr/bin/env python3
"""Holds our templates against python3-jinja2, live, over generated templates.

    differential.py RENDER_LINES [--count N] [--seed S] [--show K]

Every text must be equal, and where jinja2 fails, ours must fail too, naming file, line and column. Left out is what
template.h excepts, integers beyond 64 bits and texts beyond its limit, and what shows addresses in memory. Exit 1 with
the differing templates.
"""
import argparse
import json
import random
import re
import resource
import subprocess
import sys

import jinja2

from grammar import CONTEXT, Grammar
from record_cases import environment

PLACE = re.compile(r"^chat_template\.jinja:\d+:\d+: .")
EXCEPTED = re.compile(r"beyond 64 bits|a text of more than \d+ bytes")
ADDRESS = re.compile(r" [ab]t 0x[0-9a-f]{8,}", re.IGNORECASE)
SIZE = 500  # templates a piece
MOST_MEMORY = 2 << 30
LONGEST = 4000  # characters shown of what differs


def reference(jinja, source):
    """(text, None) or (None, what failed)."""
    try:
        return jinja.from_string(source).render(json.loads(json.dumps(CONTEXT))), None
    except (Exception, RecursionError) as error:  # any failure is a failure: the words are Python's own
        return None, f"{type(error).__name__}: {error}"


def difference(expected, failure, answer):
    if EXCEPTED.search(answer.get("error", "")) or (expected and ADDRESS.search(expected)):
        return None
    if failure is not None:
        if "text" in answer:
            return f"jinja2 fails ({failure}), ours gives {answer['text']!r}"
        return None if PLACE.match(answer["error"]) else f"no place in {answer['error']!r}"
    if "error" in answer:
        return f"jinja2 gives {expected!r}, ours fails: {answer['error']}"
    return None if answer["text"] == expected else f"jinja2 gives {expected!r}, ours {answer['text']!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("render_lines")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    source_of_chance = random.Random(options.seed)
    jinja = environment()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))  # what is past it fails in both
    compared = failed = differing = 0
    while compared < options.count:
        templates = [Grammar(source_of_chance).template() for _ in range(min(SIZE, options.count - compared))]
        lines = "".join(json.dumps({"template": t, "context": CONTEXT}) + "\n" for t in templates)
        ours = subprocess.run([options.render_lines], input=lines.encode(), stdout=subprocess.PIPE, check=False)
        answers = [json.loads(line) for line in ours.stdout.decode().splitlines()]
        if ours.returncode != 0:
            print(f"{options.render_lines} ended with {ours.returncode} at:\n{templates[len(answers)]}")
            sys.exit(1)
        for template, answer in zip(templates, answers, strict=True):
            expected, failure = reference(jinja, template)
            compared += 1
            failed += failure is not None
            what = difference(expected, failure, answer)
            if what:
                differing += 1
                if differing <= options.show:
                    print(f"--- {template!r}\n{what[:LONGEST]}")
    print(f"{compared} templates against jinja2 {jinja2.__version__}: {failed} fail in both, {differing} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
