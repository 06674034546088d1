#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "coverage/population.h"
#include "stats/proportions.h"

namespace assay::coverage {
namespace {

using Json = nlohmann::json;

struct Row {
  std::vector<double> first, second;
};

std::vector<double> statistics(const Json& row, const std::string& field) {
  if (!row.contains(field)) {
    std::string known;
    for (const auto& [name, value] : row.items()) known += (known.empty() ? "" : ", ") + name;
    throw std::runtime_error("there is no field '" + field + "' (fields: " + known +
                             "); --first and --second name those of the systems");
  }
  const Json& x = row.at(field);
  if (x.is_boolean()) return {x.get<bool>() ? 1.0 : 0.0};
  if (x.is_number()) return {x.get<double>()};
  const bool numbers = x.is_array() && std::all_of(x.begin(), x.end(), [](const Json& one) { return one.is_number(); });
  if (!numbers) throw std::runtime_error("the field '" + field + "' holds neither a number nor a list of numbers");
  return x.get<std::vector<double>>();
}

std::size_t width_of(const std::string& statistic) { return statistic == "f1" ? 3 : statistic == "bleu" ? 10 : 1; }

Kind kind_of(const std::string& statistic, const std::vector<double>& rows) {
  if (statistic == "f1") return Kind::f1;
  if (statistic == "bleu") return Kind::bleu;
  return stats::all_zero_or_one(rows) ? Kind::proportion : Kind::mean;
}

Row read_row(const std::string& line, const Fields& fields, std::string& cluster) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) throw std::runtime_error("this line is no JSON object");
  Row row{statistics(json, fields.first), {}};
  if (json.contains(fields.second)) row.second = statistics(json, fields.second);
  if (json.contains(fields.cluster)) cluster = json.at(fields.cluster).dump();
  const std::size_t width = width_of(fields.statistic);
  if (row.first.size() != width || (!row.second.empty() && row.second.size() != width))
    throw std::runtime_error("the statistic '" + fields.statistic + "' takes " + std::to_string(width) +
                             " number(s) a system");
  return row;
}

/// Rows by cluster, clusters in the order in which they are first met.
std::vector<std::vector<Row>> read_clusters(const std::filesystem::path& path, const Fields& fields, bool& clustered) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::vector<std::vector<Row>> clusters;
  std::map<std::string, std::size_t> places;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      std::string cluster;
      Row row = read_row(line, fields, cluster);
      clustered |= !cluster.empty();
      const auto place = cluster.empty() ? clusters.size() : places.try_emplace(cluster, clusters.size()).first->second;
      if (place == clusters.size()) clusters.emplace_back();
      clusters[place].push_back(std::move(row));
    } catch (const std::exception& error) {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  if (clusters.empty()) throw std::runtime_error(path.string() + ": has no rows");
  return clusters;
}

}  // namespace

Population read_population(const std::filesystem::path& path, const Fields& fields) {
  Population population{
      .name = path.filename().string(), .width = width_of(fields.statistic), .first = {}, .second = {}, .starts = {0}};
  std::size_t examples = 0;
  for (const std::vector<Row>& cluster : read_clusters(path, fields, population.clustered)) {
    for (const Row& row : cluster) {
      population.first.insert(population.first.end(), row.first.begin(), row.first.end());
      population.second.insert(population.second.end(), row.second.begin(), row.second.end());
    }
    population.starts.push_back(examples += cluster.size());
  }
  if (!population.second.empty() && population.second.size() != population.first.size())
    throw std::runtime_error(path.string() + ": some rows have '" + fields.second + "' and others do not");
  population.kind = kind_of(fields.statistic, population.first);
  if (population.kind == Kind::proportion && !population.second.empty())
    population.kind = kind_of(fields.statistic, population.second);
  return population;
}

}  // namespace assay::coverage
