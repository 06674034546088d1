// Corpus scores by a metric's plugin: metrics_bench PLUGIN PARAMETERS SEGMENTS THREADS, where SEGMENTS is JSONL of
// {"prediction", "references"}. Prints the best of five times of scoring every segment and computing the value, an instance of
// the metric a thread, and the value: tests/bench/metrics.py.
#include <assay/sdk/metric.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/catalog.h"
#include "stats/threads.h"

namespace {

using namespace assay;

struct Segment {
  std::string answer;
  std::vector<std::string> references;
};

std::vector<Segment> read(const std::string& file) {
  std::vector<Segment> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    all.push_back({json.at("prediction"), json.at("references")});
  }
  return all;
}

void score(const sdk::Metric& metric, const Segment& segment, std::span<double> row) {
  static const sdk::Input kInput;
  static const Json kDetails = Json::object();
  static const sdk::Usage kUsage;
  metric.score({kInput, segment.references.front(), segment.references, segment.answer, {}, kDetails, kUsage, 0, 0}, {},
               row);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: metrics_bench PLUGIN PARAMETERS SEGMENTS THREADS\n");
    return 2;
  }
  const host::LoadedPlugin plugin = host::LoadedPlugin::load(argv[1]);
  const std::vector<Segment> segments = read(argv[3]);
  const int threads = std::stoi(argv[4]);
  const std::vector<double> weights(segments.size(), 1.0);
  double best = 1e9, value = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> table;
    const auto metric = plugin.metric(sdk::Params(Json::parse(argv[2])));
    metric->begin({});
    const std::size_t width = metric->width();
    table.resize(segments.size() * width);
    stats::in_parallel(segments.size(), threads, [&](std::size_t begin, std::size_t end) {
      const auto own = plugin.metric(sdk::Params(Json::parse(argv[2])));
      own->begin({});
      for (std::size_t i = begin; i < end; ++i) score(*own, segments[i], std::span(table).subspan(i * width, width));
    });
    std::vector<double> values(metric->outputs().size());
    metric->values(sdk::Rows(table, width, weights), values);
    value = values.front();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print(R"({{"seconds": {}, "value": {}}})"
             "\n",
             best, value);
  return 0;
}
