#include "store/ingest.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>

namespace assay::store {
namespace {

/// A number, or NaN where JSON says null: undefined values are written so.
double number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : std::nan("");
}

constexpr const char* kInsertValue = "INSERT OR REPLACE INTO stage_values VALUES (?,?,?,?,?,?,?)";

void ingest_predictions(Database& database, const std::string& stage, const Bundle& bundle) {
  bundle.rows("predictions.jsonl", [&](const Json& row) {
    const Json usage = row.value("usage", Json::object());
    const std::string error = row.value("error", "");
    database.execute("INSERT OR REPLACE INTO stage_predictions VALUES (?,?,?,?,?,?,?)", stage,
                     row.at("index").get<std::int64_t>(), row.at("id").get<std::string>(),
                     row.at("answer").get<std::string>(),
                     error.empty() ? std::optional<std::string>{} : std::optional<std::string>{error},
                     usage.value("prompt_tokens", std::int64_t{0}), usage.value("completion_tokens", std::int64_t{0}));
  });
}

void ingest_scores(Database& database, const std::string& stage, const Bundle& bundle) {
  const Json scores = bundle.json("scores.json");
  const auto metric = scores.at("metric").get<std::string>();
  const Json& outputs = scores.at("outputs");
  std::vector<std::string> per_example;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Json& output = outputs[i];
    const Json& value = scores.at("values").at(i);
    database.execute(kInsertValue, stage, metric, output.at("name").get<std::string>(), static_cast<std::int64_t>(i),
                     output.at("unit").get<std::string>(), value.is_number() ? value.get<double>() : std::nan(""),
                     output.at("higher_is_better").get<bool>());
    if (output.at("per_example").get<bool>()) per_example.push_back(output.at("name").get<std::string>());
  }
  if (per_example.empty()) return;
  std::int64_t position = 0;
  bundle.rows("values.jsonl", [&](const Json& row) {
    for (std::size_t i = 0; i < per_example.size(); ++i) {
      const Json& value = row.at(i);
      database.execute("INSERT OR REPLACE INTO stage_scores VALUES (?,?,?,?,?)", stage, position, metric,
                       per_example[i], value.is_number() ? value.get<double>() : std::nan(""));
    }
    ++position;
  });
}

void ingest_choice(Database& database, const std::string& stage, const Bundle& bundle) {
  const Json choice = bundle.json("choice.json");
  const auto chosen = choice.at("chosen").get<std::int64_t>();
  for (const Json& trial : choice.at("trials")) {
    const auto at = trial.at("number").get<std::int64_t>();
    database.execute("INSERT OR REPLACE INTO choices VALUES (?,?,?,?,?)", stage, at,
                     choice.at("name").get<std::string>(), number(trial, "value"), at == chosen);
  }
}

void ingest_fragility(Database& database, const std::string& stage, const Bundle& bundle) {
  const Json fragility = bundle.json("fragility.json");
  for (const Json& output : fragility.at("outputs")) {
    std::int64_t position = 0;
    for (const Json& variant : output.at("variants")) {
      database.execute("INSERT OR REPLACE INTO variant_values VALUES (?,?,?,?,?,?,?,?,?)", stage,
                       variant.at("name").get<std::string>(), fragility.at("metric").get<std::string>(),
                       output.at("name").get<std::string>(), position++, number(variant, "value"),
                       number(variant, "difference"), number(variant, "low"), number(variant, "high"));
    }
  }
}

void ingest_comparison(Database& database, const std::string& stage, const Bundle& bundle) {
  const Json comparison = bundle.json("compare.json");
  const auto metric = comparison.at("metric").get<std::string>();
  const auto dataset = comparison.at("dataset").get<std::string>();
  for (const Json& group : comparison.at("cells")) {
    for (const Json& output : group.at("outputs")) {
      const auto name = output.at("name").get<std::string>();
      database.execute("INSERT OR REPLACE INTO group_values VALUES (?,?,?,?,?,?,?,?)", stage,
                       group.at("group").get<std::string>(), metric, name, number(output, "value"),
                       number(output, "low"), number(output, "high"), number(output, "seed_sd"));
      for (const Json& seed : output.at("by_cell")) {
        database.execute("INSERT OR REPLACE INTO intervals VALUES (?,?,?,?,?,?)", stage,
                         seed.at("cell").get<std::string>(), metric, name, number(seed, "low"), number(seed, "high"));
      }
    }
  }
  for (const Json& pair : comparison.at("pairs")) {
    for (const Json& output : pair.at("outputs")) {
      database.execute("INSERT OR REPLACE INTO differences VALUES (?,?,?,?,?,?,?,?,?,?)", stage, dataset,
                       pair.at("a").get<std::string>(), pair.at("b").get<std::string>(), metric,
                       output.at("name").get<std::string>(), number(output, "difference"), number(output, "low"),
                       number(output, "high"), number(output, "p_value"));
    }
  }
}

void ingest_all(Database& database, const Bundle& bundle, const std::filesystem::path& results) {
  const Json& header = bundle.header();
  const auto stage = header.at("key").get<std::string>();
  const auto kind = header.at("kind").get<std::string>();
  const Json timing = header.value("timing", Json::object());
  database.execute("INSERT OR REPLACE INTO stages VALUES (?,?,?,?,?,?,?)", stage, kind,
                   bundle.folder().lexically_relative(results).generic_string(), number(timing, "seconds"),
                   timing.value("peak_rss", std::int64_t{0}), timing.dump(), bundle.signature());
  std::int64_t position = 0;
  for (const auto& [name, kpi] : header.at("kpis").items()) {
    database.execute(kInsertValue, stage, std::string(), name, position++, kpi.value("unit", std::string()),
                     number(kpi, "value"), kpi.value("higher_is_better", true));
  }
  if (kind == "generate") ingest_predictions(database, stage, bundle);
  if (kind == "score") ingest_scores(database, stage, bundle);
  if (kind == "choose") ingest_choice(database, stage, bundle);
  if (kind == "compare") ingest_comparison(database, stage, bundle);
  if (kind == "fragility") ingest_fragility(database, stage, bundle);
}

}  // namespace

void ingest(Database& database, const Bundle& bundle, const std::filesystem::path& results) {
  try {
    ingest_all(database, bundle, results);
  } catch (const Json::exception& error) {
    throw Corrupted(
        fmt::format("{}: this result is damaged ({}); it will be made again", bundle.folder().string(), error.what()));
  }
}

void forget(Database& database, const std::string& stage) {
  database.execute("DELETE FROM stages WHERE stage=?", stage);
  database.execute("DELETE FROM stage_values WHERE stage=?", stage);
  database.execute("DELETE FROM stage_predictions WHERE stage=?", stage);
  database.execute("DELETE FROM stage_scores WHERE stage=?", stage);
  database.execute("DELETE FROM intervals WHERE stage=?", stage);
  database.execute("DELETE FROM group_values WHERE stage=?", stage);
  database.execute("DELETE FROM differences WHERE stage=?", stage);
  database.execute("DELETE FROM choices WHERE stage=?", stage);
  database.execute("DELETE FROM variant_values WHERE stage=?", stage);
}

}  // namespace assay::store
