"""scikit-learn's agreement of two judges: reads a list of {"judge", "people"} (grades) and prints Cohen's kappa, plain and weighted."""

import json
import sys

from sklearn.metrics import accuracy_score, cohen_kappa_score


def agreement(task):
    judge, people = task["judge"], task["people"]
    return {"agreement": accuracy_score(people, judge), "kappa": cohen_kappa_score(people, judge),
            "quadratic": cohen_kappa_score(people, judge, weights="quadratic")}


print(json.dumps([agreement(task) for task in json.load(sys.stdin)]))
