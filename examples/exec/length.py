"""How long an answer is beside its target: a scorer for assay's exec metric, in Python."""

import json
import sys


def score(example):
    target = len(example["target"].split())
    return len(example["answer"].split()) / target if target else None


for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "hello":
        reply = {"protocol": 1, "version": "1.0", "outputs": [{"name": "relative_length", "higher_is_better": False}]}
    else:
        reply = {"scores": [score(example) for example in message["examples"]]}
    print(json.dumps(reply), flush=True)
