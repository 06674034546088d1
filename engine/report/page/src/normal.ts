/** The standard normal distribution's density integrated up to x, by Abramowitz and Stegun, Handbook, 26.2.17 (error < 7.5e-8). */
function cumulative(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return x >= 0 ? 1 - tail : tail;
}

/** The standard normal quantile of a share in (0.5, 1), by bisection. */
export function normalQuantile(share: number): number {
  let low = 0;
  let high = 8;
  for (let i = 0; i < 60; ++i) {
    const middle = (low + high) / 2;
    if (cumulative(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How many times wider an interval of `confidence` becomes when `comparisons` are made at once (Bonferroni). */
export function widening(confidence: number, comparisons: number): number {
  const level = 1 - confidence;
  return normalQuantile(1 - level / (2 * Math.max(1, comparisons))) / normalQuantile(1 - level / 2);
}
