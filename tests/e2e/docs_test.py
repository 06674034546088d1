"""The pages for people say what is true: keys and defaults, formats, queries, parameters of plugins."""

import json
import pathlib
import re
import sqlite3
import subprocess

from workspace import Workspace, main

SOURCE = pathlib.Path(__file__).parents[2]
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def schema_of(name):
    return json.loads((SOURCE / "schemas" / name).read_text())


def keys(schema, path=""):
    """(path, schema) of every key that a JSON Schema names, those of its definitions included."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}/{name}", inner
        yield from keys(inner, f"{path}/{name}")
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from keys(schema[part], path)
    for part in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(part, []):
            yield from keys(inner, path)
    for name, inner in schema.get("definitions", {}).items():
        yield from keys(inner, f"#{name}")


def faults(value, schema, root, path="report"):
    """What in `value` breaks `schema`, for the keywords that report.schema.json uses."""
    if "$ref" in schema:
        yield from faults(value, root["definitions"][schema["$ref"].split("/")[-1]], root, path)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, TYPES[t]) and not (t != "boolean" and isinstance(value, bool)) for t in types):
        yield f"{path}: {value!r} is no {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r}"
    if "anyOf" in schema and all(list(faults(value, inner, root, path)) for inner in schema["anyOf"]):
        yield f"{path}: {value!r} fits nothing"
    for inner in schema.get("allOf", []):
        yield from faults(value, inner, root, path)
    if isinstance(value, dict):
        yield from (f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value)
        if schema.get("properties"):
            for name, inner in value.items():
                if name in schema["properties"]:
                    yield from faults(inner, schema["properties"][name], root, f"{path}.{name}")
                elif path != "report.settings" and "a" not in value:  # a pair's two halves name each other's keys
                    yield f"{path}: {name} is not described"
    if isinstance(value, list):
        for i, inner in enumerate(value):
            yield from faults(inner, schema.get("items", {}), root, f"{path}[{i}]")


class DocumentationTest(Workspace):
    def test_every_key_of_an_experiment_stands_in_its_pages_with_its_default(self):
        page = "".join((SOURCE / "docs" / name).read_text() for name in ("experiments.md", "remote-models.md"))
        for path, schema in keys(schema_of("experiment.schema.json")):
            name = path.split("/")[-1]
            self.assertIn(f"`{name}`", page, path)
            default = schema.get("default")
            if isinstance(default, (int, float, str)) and default != "":
                shown = default.replace("\n", "\\n") if isinstance(default, str) else json.dumps(default)
                near = [page[at.end():at.end() + 120] for at in re.finditer(f"`{name}`", page)]
                self.assertTrue(any(shown in text for text in near), f"{path}: the default {shown} is not told")

    def test_every_key_of_a_schema_is_described(self):
        for file in ("experiment.schema.json", "report.schema.json"):
            schema = schema_of(file)
            for path, inner in keys(schema):
                named = schema["definitions"].get(inner.get("$ref", "").split("/")[-1], {})
                self.assertTrue("description" in inner or "description" in named, f"{file}: {path}")

    def test_a_report_keeps_to_its_schema(self):
        self.edit("metrics: [accuracy, f1]", "metrics: [accuracy, f1, cost, latency]\nconstraints: {latency_p95_ms: 5}")
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.2\n")
        self.edit("- few_shot: {shots: [1, 2]}", "- few_shot: {shots: {tune: [1, 2]}, train_size: [6, 20]}")
        self.edit("report: {", "perturb: [{typos: 0.2}]\nreport: {")
        self.run_experiment()
        schema = schema_of("report.schema.json")
        self.assertEqual(list(faults(self.report(), schema, schema)), [])

    def test_the_whole_example_of_the_page_is_valid(self):
        page = "".join((SOURCE / "docs" / name).read_text() for name in ("experiments.md", "remote-models.md"))
        self.write("page.yaml", re.search(r"```yaml\n(# yaml-language-server.*?)```", page, re.S).group(1))
        self.write("data/train.csv", "subject,body,team\n" + "a,b,billing\nc,d,outage\n" * 20)
        self.write("data/test.jsonl", '{"subject": "a", "body": "b", "team": "billing"}\n' * 5)
        self.assay("validate", "page.yaml")

    def test_queries_of_the_page_find_something(self):
        self.edit("accuracy: 0.7", "accuracy: 0.1, shots_gain: 0.4")
        self.edit("    train: train.jsonl\n", "    train: train.jsonl\n    validation_fraction: 0.2\n")
        self.edit("few_shot: {shots: [1, 2]}", "few_shot: {shots: {tune: [1, 2]}}")
        self.edit("report: {", "perturb: [{typos: 0.2}]\nreport: {")
        for _ in range(3):
            self.run_experiment()
        page = (SOURCE / "docs/results.md").read_text()
        queries = [query for block in re.findall(r"```sql\n(.*?)```", page, re.S)
                   for query in re.sub(r"--.*", "", block).split(";") if query.strip()]
        self.assertGreaterEqual(len(queries), 10)
        database = sqlite3.connect(self.folder / "results/assay.sqlite")
        self.addCleanup(database.close)
        cell, = database.execute("SELECT min(cell) FROM cells").fetchone()
        empty = [query for query in queries if not database.execute(query.replace("3f2a01bc9d7e", cell)).fetchall()]
        self.assertTrue(all("outcome NOT IN" in query for query in empty), empty)

    def test_columns_of_report_csv_are_those_of_the_page(self):
        self.run_experiment()
        page = (SOURCE / "docs/results.md").read_text()
        head = (self.folder / "results/rehearsal/1/report.csv").read_text().splitlines()[0].split(",")
        self.assertEqual([column for column in head if f"`{column}`" not in page], [])

    def test_files_of_a_run_are_those_of_the_page(self):
        self.run_experiment()
        page = (SOURCE / "docs/results.md").read_text()
        results = self.folder / "results"
        for path in results.rglob("*"):
            if path.is_file() and "locks" not in path.parts:
                name = re.sub(r"worker-\d+", "worker-N", path.name)
                told = name in page or name.startswith("assay.sqlite") or name.startswith("report.")
                self.assertTrue(told, f"{path.relative_to(results)} is not told of in docs/results.md")

    def test_the_page_of_each_plugin_names_its_parameters(self):
        for plugin in json.loads(self.assay("plugins", "--json").stdout):
            folder = {"strategy": "strategies", "metric": "metrics"}[plugin["kind"]]
            page = (SOURCE / "plugins" / folder / plugin["name"] / "README.md").read_text()
            if "training loop" in page:  # whose parameters are printed by `assay plugins describe`
                continue
            for name in plugin["params"].get("properties", {}):
                self.assertIn(f"`{name}`", page, plugin["name"])

    def test_links_between_pages_lead_somewhere(self):
        listed = subprocess.run(["git", "ls-files", "*.md"], cwd=SOURCE, capture_output=True, text=True).stdout.split()
        pages = [page for page in map(SOURCE.joinpath, listed) if page.exists()]
        for page in pages or [*SOURCE.glob("*.md"), *SOURCE.glob("docs/*.md")]:
            for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page}: {link}")


if __name__ == "__main__":
    main()
