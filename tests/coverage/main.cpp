// How often intervals cover and tests find what they should, in simulated experiments: tests/README.md.
#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <exception>
#include <iostream>

#include "coverage/checks.h"

namespace {

using namespace assay::coverage;
namespace po = boost::program_options;

constexpr std::size_t kFewestClusters = 50;
constexpr std::size_t kPowerFrom = 300;

/// Prints what was found; whether all of it lies within its bounds.
bool print(const std::string& population, std::size_t examples, const Findings& findings) {
  bool within = true;
  for (const auto& [what, count] : findings.counts()) {
    fmt::print("{:<24} {:>5}  {:<60} {:6.2f} %  ({:g}–{:g}){}\n", population, examples, what, count.percent(),
               count.bounds.low, count.bounds.high, count.within() ? "" : "  OUT OF BOUNDS");
    within &= count.within();
  }
  std::cout.flush();
  return within;
}

bool check(const Population& population, std::size_t examples, const Settings& settings) {
  if (population.clustered && examples * population.clusters() / population.examples() < kFewestClusters) return true;
  bool within = print(population.name, examples, intervals_and_tests(population, examples, settings));
  if (examples >= kPowerFrom)
    within &= print(population.name, examples, detectable_effects(population, examples, settings));
  return within;
}

int run(int argc, char** argv) {
  Settings settings;
  std::vector<std::size_t> sizes;
  std::string file;
  Fields fields;
  po::options_description options(
      "stats_coverage: simulates experiments and counts how often intervals and tests are right");
  options.add_options()("help", "print this and exit")                                                             //
      ("seed", po::value(&settings.seed)->default_value(settings.seed), "of all draws")                            //
      ("n", po::value(&sizes)->multitoken(), "examples an experiment (50, 300 and 1319 unless given)")             //
      ("replications", po::value(&settings.replications)->default_value(settings.replications), "experiments")     //
      ("resamples", po::value(&settings.resamples)->default_value(settings.resamples), "of each bootstrap")        //
      ("threads", po::value(&settings.threads)->default_value(settings.threads), "change nothing but the time")    //
      ("population", po::value(&file), "JSONL file whose rows experiments draw from, in place of simulated ones")  //
      ("first", po::value(&fields.first)->default_value(fields.first), "its field with a system's score")          //
      ("second", po::value(&fields.second)->default_value(fields.second),
       "its field with the other system's, if any")  //
      ("cluster", po::value(&fields.cluster)->default_value(fields.cluster),
       "its field with the row's cluster, if any")  //
      ("statistic", po::value(&fields.statistic)->default_value(fields.statistic),
       "mean, f1 or bleu, from sums of the fields");
  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, options), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << options << '\n';
    return 0;
  }
  if (sizes.empty()) sizes = {50, 300, 1319};
  const std::vector<Population> populations =
      file.empty() ? simulated_populations(settings.seed) : std::vector<Population>{read_population(file, fields)};
  bool within = true;
  for (const std::size_t examples : sizes) {
    for (const Population& population : populations) within &= check(population, examples, settings);
    if (!file.empty()) continue;
    within &= print("12 equal cells", examples, family_wise_errors(examples, settings));
    within &= print("seeds", examples, seed_intervals(examples, settings));
  }
  return within ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "stats_coverage: " << error.what() << '\n';
    return 2;
  }
}
