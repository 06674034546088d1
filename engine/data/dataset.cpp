#include "data/dataset.h"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <functional>
#include <set>

#include "assay/sdk/error.h"
#include "data/mapping.h"
#include "data/split.h"

namespace assay::data {
namespace {

std::string split_name(Split split) {
  return split == Split::train ? "train" : split == Split::validation ? "validation" : "test";
}

std::size_t count_rows_of_file(const std::string& file) {
  RowReader reader(file, file);
  while (reader.next()) {
  }
  return reader.row();
}

/// Maps a split's rows one after another; checks what only their sequence can tell.
void for_each_example(const DatasetSource& source, Split split,
                      const std::function<void(const RowReader&, sdk::Example)>& each) {
  const Mapping mapping(source);
  std::set<std::string> ids;
  std::size_t rows = 0;
  for_each_row(source, split, [&](const RowReader& reader, std::size_t index) {
    sdk::Example example = mapping.example(reader.fields(), reader.row(), index, reader.where());
    if (!source.id.empty() && !ids.insert(example.input.id).second) {
      throw BadInput(fmt::format("{}: the id '{}' stands twice in this split", reader.where(), example.input.id));
    }
    ++rows;
    each(reader, std::move(example));
  });
  if (rows == 0 && !rows_of(source, split).file.empty()) {
    if (split != Split::test && source.validation.empty() && source.validation_fraction > 0 && count_rows_of_file(source.train) == 1) {
      throw BadInput(fmt::format("dataset '{}': the {} split is empty: one row cannot be shared between training and validation; add rows, or "
                                 "give `validation` a file", source.name, split_name(split)));
    }
    throw BadInput(fmt::format("dataset '{}': the {} split is empty: {} has no rows for it", source.name, split_name(split),
                               std::filesystem::path(rows_of(source, split).file).filename().string()));
  }
}

std::size_t words(const std::string& text) {
  std::size_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space && !inside) ++count;
    inside = !space;
  }
  return count;
}

}  // namespace

Json to_json(const DatasetSource& source) {
  return {{"name", source.name},
          {"train", source.train},
          {"validation", source.validation},
          {"test", source.test},
          {"validation_fraction", source.validation_fraction},
          {"split_seed", source.split_seed},
          {"input", source.input},
          {"target", source.target},
          {"references", source.references},
          {"id", source.id},
          {"choices", source.choices},
          {"train_limit", source.train_limit},
          {"validation_limit", source.validation_limit},
          {"test_limit", source.test_limit},
          {"train_size", source.train_size}};
}

DatasetSource dataset_source(const Json& json) {
  DatasetSource source;
  json.at("name").get_to(source.name);
  json.at("train").get_to(source.train);
  json.at("validation").get_to(source.validation);
  json.at("test").get_to(source.test);
  json.at("validation_fraction").get_to(source.validation_fraction);
  json.at("split_seed").get_to(source.split_seed);
  json.at("input").get_to(source.input);
  json.at("target").get_to(source.target);
  json.at("references").get_to(source.references);
  json.at("id").get_to(source.id);
  json.at("choices").get_to(source.choices);
  json.at("train_limit").get_to(source.train_limit);
  json.at("validation_limit").get_to(source.validation_limit);
  json.at("test_limit").get_to(source.test_limit);
  json.at("train_size").get_to(source.train_size);
  return source;
}

std::vector<sdk::Example> load(const DatasetSource& source, Split split) {
  std::vector<sdk::Example> examples;
  for_each_example(source, split, [&](const RowReader&, sdk::Example example) { examples.push_back(std::move(example)); });
  return examples;
}

SplitSummary summarize(const DatasetSource& source, Split split, FileHashes* remembered) {
  const std::string file = split == Split::test                                      ? source.test
                           : split == Split::validation && !source.validation.empty() ? source.validation
                                                                                       : source.train;
  const bool absent = file.empty() || (split == Split::validation && source.validation.empty() && source.validation_fraction == 0);
  if (absent) return {};
  // What decides the examples besides the file's rows; the name, the paths and the other splits' limits do not.
  Json settings{{"input", source.input}, {"target", source.target}, {"references", source.references}, {"id", source.id},
                {"choices", source.choices}};
  const auto look = [&] {
    Sha256 sum;
    std::size_t rows = 0, input_words = 0, target_words = 0;
    for_each_example(source, split, [&](const RowReader& reader, const sdk::Example& example) {
      sum.add(fmt::format("{}:{}:", reader.row(), reader.raw().size()));
      sum.add(reader.raw());
      ++rows;
      input_words += words(example.input.text);
      target_words += words(example.target);
    });
    return Json{{"rows", rows}, {"input_words", input_words}, {"target_words", target_words}, {"sha256", sum.hex()}};
  };
  const bool drawn = split != Split::test && source.validation.empty() && source.validation_fraction > 0;
  const std::size_t size = split == Split::train ? source.train_size : 0;
  const Json question{{"split", drawn ? split_name(split) : "file"},
                      {"fraction", drawn ? source.validation_fraction : 0},
                      {"train_size", size},
                      {"split_seed", drawn || size > 0 ? source.split_seed : 0},
                      {"limit", split == Split::train ? source.train_limit : split == Split::validation ? source.validation_limit : source.test_limit},
                      {"extension", std::filesystem::path(file).extension().string()},
                      {"settings", settings}};
  const Json found = remembered ? remembered->remembered(file, "split " + sha256(question), look) : look();
  const auto rows = found.at("rows").get<std::size_t>();
  SplitSummary summary;
  summary.rows = rows;
  summary.input_words = found.at("input_words").get<double>() / static_cast<double>(rows);
  summary.target_words = found.at("target_words").get<double>() / static_cast<double>(rows);
  summary.fingerprint = sha256(Json{{"rows", found.at("sha256")}, {"settings", settings}, {"format", question.at("extension")}});
  return summary;
}

std::size_t count_rows(const DatasetSource& source, Split split) {
  std::size_t rows = 0;
  for_each_row(source, split, [&](const RowReader&, std::size_t) { ++rows; });
  return rows;
}

}  // namespace assay::data
