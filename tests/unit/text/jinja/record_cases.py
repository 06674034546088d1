#!/usr/bin/env python3
"""Renders the templates of cases.json with python3-jinja2, as transformers does, and writes what came out beside them.

    record_cases.py --check    compares instead of writing; exit 1 and the differing templates if jinja2 gives otherwise
"""
import datetime
import json
import pathlib
import sys
import warnings

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

PLACE = pathlib.Path(__file__).with_name("cases.json")


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def strftime_now(form):
    return datetime.datetime.now().strftime(form)


def environment(**options):
    """As transformers sets it up for chat templates."""
    warnings.simplefilter("ignore", SyntaxWarning)  # of the programs that jinja2 makes of nonsense
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"], **options)
    made.filters["tojson"] = to_json
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = strftime_now
    return made


def render(case, document):
    jinja = environment(undefined=jinja2.StrictUndefined if case.get("strict") else jinja2.Undefined,
                        loader=jinja2.DictLoader(document["files"]) if case.get("files") else None)
    try:
        return jinja.from_string(case["template"]).render(json.loads(json.dumps(document["context"])))
    except Exception:  # any failure is a failure: the words are Python's own
        return None


def main():
    document = json.loads(PLACE.read_text())
    changed = []
    for case in document["cases"]:
        result = render(case, document)
        if case.get("expected") != result:
            changed.append(case["template"])
        case["expected"] = result
    if "--check" in sys.argv:
        for template in changed:
            print("differs:", template)
        sys.exit(1 if changed else 0)
    cases = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in document["cases"])
    PLACE.write_text('{"origin": %s,\n "context": %s,\n "files": %s,\n "cases": [\n%s\n]}\n' % (
        json.dumps("python3-jinja2 " + jinja2.__version__), json.dumps(document["context"], ensure_ascii=False),
        json.dumps(document["files"], ensure_ascii=False), cases))


if __name__ == "__main__":
    main()
