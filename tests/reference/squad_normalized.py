"""SQuAD's published rules on pairs of texts: reads [[answer, reference], …] and prints [[exact, f1], …]."""

import collections
import json
import re
import string
import sys


def tokens(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer, reference):
    if not answer or not reference:
        return float(answer == reference)
    shared = sum((collections.Counter(answer) & collections.Counter(reference)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(answer), shared / len(reference)
    return 2 * precision * recall / (precision + recall)


pairs = [(tokens(answer), tokens(reference)) for answer, reference in json.load(sys.stdin)]
print(json.dumps([[float(answer == reference), f1(answer, reference)] for answer, reference in pairs]))
