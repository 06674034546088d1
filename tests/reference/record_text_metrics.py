"""Records what sacreBLEU and rouge_score say about small corpora of edge cases.

Needs both packages, which Debian has not: pip install sacrebleu rouge_score; then
python3 tests/reference/record_text_metrics.py > tests/unit/plugins/recorded_text_metrics.json
"""

import json
import random

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER

try:
    from rouge_score.rouge_scorer import RougeScorer
except ImportError:  # as laid out in google-research
    from rouge.rouge_scorer import RougeScorer

WORDS = "the a of river station slow train don't (old) 1,000 3.5 e.g. well-known über été".split()


def shuffled_corpus(seed, segments, longest, references):
    """Answers that are references with words moved, dropped, repeated and changed, so that phrases must shift."""
    draw = random.Random(seed)
    corpus = []
    for _ in range(segments):
        reference = [draw.choice(WORDS) for _ in range(draw.randint(1, longest))]
        texts = [reference]
        for _ in range(references):
            words = list(reference)
            for _ in range(draw.randint(0, 4)):
                start = draw.randrange(len(words))
                phrase = words[start:start + draw.randint(1, 5)]
                del words[start:start + len(phrase)]
                at = draw.randint(0, len(words))
                words[at:at] = phrase
                if draw.random() < 0.3:
                    words.insert(draw.randint(0, len(words)), draw.choice(WORDS))
            texts.append(words)
        answer = texts.pop()
        corpus.append((" ".join(answer), [" ".join(text) for text in texts[:draw.randint(1, references)]]))
    return corpus


CORPORA = {
    "empty answer": [("", ["a b c d"])],
    "empty reference": [("a b c d", [""])],
    "both empty": [("", [""])],
    "an empty one among references": [("a b", ["a b c", ""]), ("c d e f", ["c d e f"])],
    "one word": [("Yes", ["yes"]), ("Yes", ["Yes"])],
    "one word of three": [("cat", ["the cat sat"])],
    "blanks": [("  a\tb\u00a0c  ", ["a b c"]), ("\n", ["a"])],
    "unicode punctuation": [("«Voilà» – dit-il… “oui”!", ["« Voilà », dit-il : “oui” !"]), ("¿Qué? 50€ ¡no!", ["¿ Qué ? 50 € ¡ sí !"])],
    "entities and lines": [("a &quot;b&quot; &amp; c &lt;d&gt;", ["a \"b\" & c <d>"]), ("line-\nbreak\nhere", ["linebreak here"]), ("Jim's, 1,000.5-", ["Jim 's , 1,000.5 -"])],
    "Chinese": [("我爱北京天安门。", ["我爱天安门，北京。"]), ("他说：“hello world”", ["他说hello，world"])],
    "Japanese": [("りの拳銃を持っていた、カタカナ。", ["りの拳銃を持った・カタカナ！"])],
    "case": [("The CAFÉ of ΟΔΟΣ İstanbul", ["the café of οδος i̇stanbul"]), ("STRASSE", ["straße"])],
    "several lines": [("the cat sat\non the mat\nand slept", ["the cat slept\nand sat on the mat", "a dog\n\nbarked"])],
    "stems": [("the runners were running happily towards relational databases", ["a runner ran happy toward the relation database"])],
    "answer much longer": [("x y z " * 60, ["x y"])],
    "reference much longer": [("x", ["x y z " * 60])],
    "far shifts": [(" ".join(map(str, range(60, 70))) + " " + " ".join(map(str, range(60))), [" ".join(map(str, range(70)))])],
    "a repeated word": [("a " * 70 + "b", ["b " + "a " * 70])],
    "shuffled, short": shuffled_corpus(1, 12, 12, 3),
    "shuffled, long": shuffled_corpus(2, 6, 60, 2),
}

SETTINGS = [
    *(("bleu", {"tokenize": name}) for name in ("13a", "intl", "char", "none", "zh")),
    *(("bleu", {"smooth": name, "effective_order": True}) for name in ("exp", "floor", "add-k", "none")),
    ("bleu", {"smooth": "floor", "smooth_value": 0.3}),
    ("bleu", {"smooth": "add-k", "smooth_value": 2.5}),
    ("bleu", {"lowercase": True}),
    ("chrf", {}),
    ("chrf", {"word_order": 2}),
    ("chrf", {"word_order": 2, "lowercase": True, "whitespace": True}),
    ("chrf", {"char_order": 3, "beta": 1, "eps_smoothing": True}),
    ("ter", {}),
    ("ter", {"normalized": True, "asian_support": True}),
    ("ter", {"no_punct": True, "case_sensitive": True}),
    ("ter", {"normalized": True, "no_punct": True, "asian_support": True}),
    ("rouge", {"variants": ["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"]}),
    ("rouge", {"variants": ["rouge1", "rouge2", "rougeL", "rougeLsum"], "stemmer": True}),
    ("rouge", {"variants": ["rouge1", "rougeLsum"], "measure": "recall"}),
]


def by_sacrebleu(metric, corpus):
    most = max(len(references) for _, references in corpus)
    streams = [[references[i] if i < len(references) else None for _, references in corpus] for i in range(most)]
    score = metric.corpus_score([answer for answer, _ in corpus], streams).score
    signature = str(metric.get_signature())
    return {"values": [score], "signature": signature[:signature.rindex("|")]}


def by_rouge_score(params, corpus):
    scorer = RougeScorer(params["variants"], use_stemmer=params.get("stemmer", False))
    values = []
    for variant in params["variants"]:
        best = [max((scorer.score(reference, answer)[variant] for reference in references), key=lambda score: score.fmeasure)
                for answer, references in corpus]
        values.append(sum(getattr(score, params.get("measure", "fmeasure")) for score in best) / len(best))
    return {"values": values}


def scored(metric, params, corpus):
    if metric == "rouge":
        return by_rouge_score(params, corpus)
    if metric == "bleu":
        named = {{"smooth": "smooth_method"}.get(name, name): value for name, value in params.items()}
        return by_sacrebleu(BLEU(**named), corpus)
    return by_sacrebleu({"chrf": CHRF, "ter": TER}[metric](**params), corpus)


def main():
    cases = [{"name": name,
              "segments": [{"prediction": answer, "references": references} for answer, references in corpus],
              "scores": [{"metric": metric, "params": params, **scored(metric, params, corpus)} for metric, params in SETTINGS]}
             for name, corpus in CORPORA.items()]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    print(f'{{"origin": "sacrebleu {sacrebleu.__version__}, rouge_score as in google-research", "cases": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
