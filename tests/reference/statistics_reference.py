"""What SciPy and statsmodels say of the questions on standard input, a JSON object a line; prints an answer a line.

A question names its function below and gives its arguments by name.
"""

import json
import math
import sys

import numpy as np
import pandas
import scipy.stats
import statsmodels.api as sm
from scipy.stats import _resampling
from statsmodels.formula.api import ols
from statsmodels.stats import contingency_tables, multitest, power, proportion, weightstats


def wilson(successes, trials, confidence):
    return proportion.proportion_confint(successes, trials, alpha=1 - confidence, method="wilson")


def mcnemar(first_only, second_only):
    table = [[3, first_only], [second_only, 5]]
    few, n = min(first_only, second_only), first_only + second_only
    exact = contingency_tables.mcnemar(table, exact=True).pvalue if n else 1.0
    mid_p = exact - scipy.stats.binom.pmf(few, n, 0.5) if first_only != second_only else 1.0
    return [exact, mid_p]


def paired(differences, confidence):
    """The paired t test with its interval, Wilcoxon's test and the sign test."""
    d = np.array(differences)
    t = weightstats.DescrStatsW(d)
    signs = d[d != 0]
    sign = scipy.stats.binomtest(int((signs > 0).sum()), len(signs)).pvalue
    ties = len(set(np.abs(d))) < len(d) or (d == 0).any() or len(d) > 50
    wilcoxon = scipy.stats.wilcoxon(d, correction=bool(ties), mode="approx" if ties else "exact").pvalue
    return {"t": scipy.stats.ttest_1samp(d, 0).pvalue, "interval": t.tconfint_mean(1 - confidence), "wilcoxon": wilcoxon, "sign": sign}


def welch(first, second, confidence):
    compared = weightstats.CompareMeans.from_data(first, second)
    return {"p": scipy.stats.ttest_ind(first, second, equal_var=False).pvalue,
            "interval": compared.tconfint_diff(1 - confidence, usevar="unequal")}


def clustered_mean(values, clusters):
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": np.array(clusters)}, use_t=True)
    return {"value": fit.params[0], "error": fit.bse[0], "interval": list(fit.conf_int(0.05)[0]), "p": fit.pvalues[0]}


def seeds(scores):
    """Mean squares of seeds, examples and residuals by ANOVA, and the standard error that they give."""
    table = np.array(scores)
    s, n = table.shape
    frame = pandas.DataFrame([(table[j, i], j, i) for j in range(s) for i in range(n)], columns=["y", "seed", "example"])
    squares = sm.stats.anova_lm(ols("y ~ C(seed) + C(example)", frame).fit())
    ms = squares["mean_sq"]
    variance = (ms["C(seed)"] + ms["C(example)"] - ms["Residual"]) / (s * n)
    parts = [(ms[name] / (s * n), squares["df"][name]) for name in ("C(seed)", "C(example)", "Residual")]
    return {"mean": table.mean(), "error": math.sqrt(variance), "degrees": variance**2 / sum(v * v / f for v, f in parts),
            "seed": math.sqrt(max(0, ms["C(seed)"] - ms["Residual"]) / n)}


def adjusted(p_values):
    return [list(multitest.multipletests(p_values, method=method)[1]) for method in ("holm", "fdr_bh")]


def paired_mean_power(effect, n):
    return power.TTestPower().power(effect, n, 0.05)


def unpaired_mean_power(effect, n):
    return power.TTestIndPower().power(effect, n, 0.05)


def unpaired_proportion_power(difference, baseline, n):
    return proportion.power_proportions_2indep(difference, baseline, n).power


def detectable(n):
    return [power.TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8),
            power.TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=0.8)]


def needed(effect):
    return [power.TTestPower().solve_power(effect, alpha=0.05, power=0.8),
            power.TTestIndPower().solve_power(effect, alpha=0.05, power=0.8)]


def equivalence(first, second, margin):
    return weightstats.ttost_paired(np.array(first), np.array(second), -margin, margin)[0]


def bca(values, resampled, confidence):
    """Bounds of the mean from given resamples: SciPy's own levels, then NumPy's quantiles."""
    resampled = np.array(resampled)
    low, high, *_ = _resampling._bca_interval((np.array(values),), np.mean, -1, (1 - confidence) / 2, resampled, None)
    return list(np.quantile(resampled, [low, high]))


for line in sys.stdin:
    question = json.loads(line)
    answer = globals()[question.pop("function")](**question)
    print(json.dumps(answer, default=float))
