"""scikit-learn's scores of predictions: reads a list of {"targets", "answers", "labels", "probabilities"} and prints what it makes of each.

`labels` are the task's classes; an answer may be none of them. `probabilities` has a row an example and a column a label.
"""

import json
import sys

import numpy
from sklearn import metrics


def of_answers(targets, answers, labels):
    every = labels + [answer for answer in sorted(set(answers)) if answer not in labels]
    return {
        "f1": {average: metrics.f1_score(targets, answers, labels=labels, average=average, zero_division=0)
               for average in ("macro", "micro", "weighted")},
        "per_class": [list(values) for values in zip(*metrics.precision_recall_fscore_support(
            targets, answers, labels=labels, zero_division=0)[:3])],
        "mcc": metrics.matthews_corrcoef(targets, answers),
        "accuracy": metrics.accuracy_score(targets, answers),
        "confusion": {str(how).lower(): metrics.confusion_matrix(targets, answers, labels=every, normalize=how).tolist()
                      for how in (None, "true", "pred", "all")},
    }


def of_probabilities(targets, labels, probabilities):
    truth = numpy.array([[target == label for label in labels] for target in targets], dtype=float)
    told = {"log_loss": metrics.log_loss(targets, probabilities, labels=labels),
            "brier": float(((probabilities - truth) ** 2).sum(axis=1).mean())}
    if len(labels) == 2:
        told["brier_positive"] = metrics.brier_score_loss(truth[:, 1], probabilities[:, 1])
        told["auroc"] = metrics.roc_auc_score(truth[:, 1], probabilities[:, 1])
    else:
        for average in ("macro", "weighted"):
            told["auroc_" + average] = metrics.roc_auc_score(targets, probabilities, labels=labels, multi_class="ovr", average=average)
    return told


def scores(task):
    told = of_answers(task["targets"], task["answers"], task["labels"])
    if "probabilities" in task:
        told.update(of_probabilities(task["targets"], task["labels"], numpy.array(task["probabilities"])))
    return told


print(json.dumps([scores(task) for task in json.load(sys.stdin)]))
