"""BM25 rankings, computed the plain way: every text against every query, no index.

Reads {"texts": […], "queries": […], "k1": …, "b": …} on standard input; prints, a query each, the score of every text.
Formula: Robertson & Zaragoza 2009 with Lucene's idf, ln(1 + (N - n + 0.5) / (n + 0.5)), and without the factor k1 + 1.
Words: runs of ASCII letters, digits and characters past U+007F that are neither blanks nor punctuation as in
assay/sdk/bm25.h, case folded where that header says.
"""

import json
import math
import re
import sys
from collections import Counter

LETTERS = "0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u1fff\u2070-\u2fff\u3040-\U0010ffff"
WORD = re.compile(f"[{LETTERS}]+")
FOLDED = [(0x41, 0x5A), (0xC0, 0xD6), (0xD8, 0xDE), (0x391, 0x3A9), (0x400, 0x42F)]


def lower(character):
    if any(first <= ord(character) <= last for first, last in FOLDED) and ord(character) != 0x3A2:
        return character.lower()
    return character


def words(text):
    return ["".join(map(lower, word)) for word in WORD.findall(text)]


def main():
    asked = json.load(sys.stdin)
    k1, b = asked["k1"], asked["b"]
    texts = [Counter(words(text)) for text in asked["texts"]]
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / len(lengths)
    holding = Counter(word for text in texts for word in text)

    def idf(word):
        return math.log(1 + (len(texts) - holding[word] + 0.5) / (holding[word] + 0.5))

    for query in asked["queries"]:
        terms = [(word, idf(word)) for word in words(query) if word in holding]
        print(json.dumps([
            sum(weight * text[word] / (text[word] + k1 * (1 - b + b * length / mean)) for word, weight in terms if word in text)
            for text, length in zip(texts, lengths)
        ]))


if __name__ == "__main__":
    main()
