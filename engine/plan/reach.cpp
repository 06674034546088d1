#include "plan/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/power.h"

namespace assay::plan {
namespace {

// What two systems have in common is not known before a run: half, where both are right on half of the examples and
// independent, is the most that there can be; a fifth is usual between strategies over one model.
constexpr double kDiscordant[] = {0.5, 0.2};

std::string points(double share) { return std::isnan(share) ? "none" : fmt::format("{:.1f}", share * 100); }

}  // namespace

void reckon(Reach& reach, bool correct, const std::optional<double>& detect) {
  const auto n = static_cast<double>(reach.units());
  const double strict =
      correct ? reach.alpha / static_cast<double>(std::max<std::size_t>(1, reach.comparisons)) : reach.alpha;
  for (const double discordant : kDiscordant) {
    Reach::Assumption made;
    made.discordant = discordant;
    made.alone = stats::detectable_difference(stats::paired_proportion_power(discordant, reach.alpha), n);
    made.corrected = stats::detectable_difference(stats::paired_proportion_power(discordant, strict), n);
    if (detect) made.needed = stats::needed_examples(stats::paired_proportion_power(discordant, reach.alpha), *detect);
    reach.shares.push_back(made);
  }
  reach.deviations_alone = stats::detectable_difference(stats::paired_mean_power(1, reach.alpha), n);
  reach.deviations_corrected = stats::detectable_difference(stats::paired_mean_power(1, strict), n);
}

std::vector<std::string> text_of(const Reach& reach) {
  const std::string units = reach.clusters > 0
                                ? fmt::format("{} clusters of {} test examples", reach.clusters, reach.examples)
                                : fmt::format("{} test examples", reach.examples);
  std::vector<std::string> lines{fmt::format(
      "{}: {}; true differences found four times in five at {:g} %, alone and as the first of {} corrected comparisons",
      reach.dataset, units, reach.alpha * 100, reach.comparisons)};
  for (const Reach::Assumption& made : reach.shares) {
    std::string line = fmt::format("  shares (accuracy), answers that differ on {:.0f} % of them: {} and {} points",
                                   made.discordant * 100, points(made.alone), points(made.corrected));
    if (made.needed)
      line += std::isfinite(*made.needed) ? fmt::format("; the difference to detect needs {:.0f}", *made.needed)
                                          : "; the difference to detect is larger than such answers allow";
    lines.push_back(std::move(line));
  }
  lines.push_back(
      fmt::format("  means of other scores: {:.2f} and {:.2f} standard deviations of their paired differences",
                  reach.deviations_alone, reach.deviations_corrected));
  return lines;
}

}  // namespace assay::plan
