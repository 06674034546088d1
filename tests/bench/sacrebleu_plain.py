"""Corpus BLEU and chrF by sacreBLEU 2's algorithm (Post 2018, W18-6319) in plain Python: what the engine's are timed beside."""

import math
import re
from collections import Counter

TOKENS_13A = ((re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "), (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
              (re.compile(r"([\.,])([^0-9])"), r" \1 \2"), (re.compile(r"([0-9])(-)"), r"\1 \2 "))


def tokens_13a(line):
    line = line.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for entity, character in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
            line = line.replace(entity, character)
    line = f" {line} "
    for pattern, by in TOKENS_13A:
        line = pattern.sub(by, line)
    return line.split()


def ngrams_up_to(tokens, orders):
    return Counter(tuple(tokens[i:i + n]) for n in range(1, orders + 1) for i in range(len(tokens) - n + 1))


def bleu_statistics(answer, references):
    """Matches and totals of 1- to 4-grams, the answer's length and that of the closest reference."""
    tokens = tokens_13a(answer)
    clipped, lengths = Counter(), []
    for reference in references:
        words = tokens_13a(reference)
        lengths.append(len(words))
        clipped |= ngrams_up_to(words, 4)
    matches, totals = [0] * 4, [0] * 4
    for gram, count in ngrams_up_to(tokens, 4).items():
        totals[len(gram) - 1] += count
        if gram in clipped:
            matches[len(gram) - 1] += min(count, clipped[gram])
    return matches + totals + [len(tokens), min(lengths, key=lambda length: (abs(len(tokens) - length), length))]


def bleu(sums):
    """compute_bleu with exponential smoothing."""
    if not any(sums[:4]):
        return 0.0
    smooth, logs = 1.0, 0.0
    for n in range(4):
        if sums[4 + n] == 0:
            return 0.0
        if sums[n] == 0:
            smooth *= 2
            precision = 1 / (smooth * sums[4 + n])
        else:
            precision = sums[n] / sums[4 + n]
        logs += math.log(precision)
    brevity = math.exp(1 - sums[9] / sums[8]) if sums[8] < sums[9] else 1.0
    return 100 * brevity * math.exp(logs / 4)


def corpus_bleu(segments):
    return bleu([sum(column) for column in zip(*(bleu_statistics(*segment) for segment in segments))])


def characters_up_to(text, orders):
    text = "".join(text.split())
    return [Counter(text[i:i + n] for i in range(len(text) - n + 1)) for n in range(1, orders + 1)]


def chrf_statistics(answer, references, orders=6):
    """(Answer's n-grams, reference's, matches) of each order, of the reference that scores best."""
    of_answer, best, found = characters_up_to(answer, orders), -1.0, None
    for reference in references:
        row = []
        for ours, theirs in zip(of_answer, characters_up_to(reference, orders)):
            there = sum(theirs.values())
            row += [sum(ours.values()) if there else 0, there, sum(min(count, theirs[gram]) for gram, count in ours.items() if gram in theirs)]
        if (score := chrf(row)) > best:
            best, found = score, row
    return found


def chrf(sums, beta=2):
    """_compute_f_score: mean precision and recall over the orders that both texts have."""
    precisions, recalls, orders = 0.0, 0.0, 0
    for answer, reference, matched in zip(*[iter(sums)] * 3):
        if answer and reference:
            precisions, recalls, orders = precisions + matched / answer, recalls + matched / reference, orders + 1
    if not orders or precisions + recalls == 0:
        return 0.0
    precision, recall = precisions / orders, recalls / orders
    return 100 * (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def corpus_chrf(segments):
    return chrf([sum(column) for column in zip(*(chrf_statistics(*segment) for segment in segments))])
