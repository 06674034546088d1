#include "data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "assay/sdk/error.h"
#include "data/mapping.h"
#include "data/row_template.h"
#include "data/split.h"
#include "text/words.h"

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

/// Which rows ask the same. The limit counts groups.
class GroupPlaces {
 public:
  explicit GroupPlaces(const DatasetSource& source) : field_(source.group_by), limit_(source.test_limit) {}

  /// The place of the row's group, the next one for a new group; none where the limit leaves it out.
  [[nodiscard]] std::optional<std::size_t> place(const OrderedJson& row, const std::string& where) {
    const auto found = row.find(field_);
    if (found == row.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : row.items()) names.push_back(name);
      throw BadInput(fmt::format("{}: `group_by` names the field '{}', which this row does not have; its fields: {}",
                                 where, field_, fmt::join(names, ", ")));
    }
    const std::string key = found->dump();
    if (const auto known = places_.find(key); known != places_.end()) return known->second;
    if (limit_ != 0 && places_.size() == limit_) return std::nullopt;
    return places_.emplace(key, places_.size()).first->second;
  }

  [[nodiscard]] const std::string& field() const { return field_; }

 private:
  std::string field_;
  std::size_t limit_;
  std::map<std::string, std::size_t> places_;
};

/// Rows that ask the same, gathered into one example each.
class Groups {
 public:
  explicit Groups(const DatasetSource& source) : places_(source) {}

  /// Whether `row` belongs to a group that is used.
  [[nodiscard]] bool takes(const OrderedJson& row, const std::string& where) {
    const auto place = places_.place(row, where);
    if (place) place_ = *place;
    return place.has_value();
  }

  /// Adds the row that `takes` was asked about.
  void add(sdk::Example example, const std::string& where) {
    if (place_ == examples_.size()) {
      example.input.index = examples_.size();
      examples_.push_back(std::move(example));
      return;
    }
    sdk::Example& group = examples_[place_];
    if (example.input.text != group.input.text) {
      throw BadInput(fmt::format(
          "{}: this row asks something else than the first with the same '{}' (row {}): make `input` of fields that "
          "a group shares",
          where, places_.field(), group.input.id));
    }
    for (std::string& reference : example.references) {
      const auto known = std::find(group.references.begin(), group.references.end(), reference);
      if (known == group.references.end()) group.references.push_back(std::move(reference));
    }
  }

  [[nodiscard]] std::vector<sdk::Example>& examples() { return examples_; }

 private:
  GroupPlaces places_;
  std::size_t place_ = 0;
  std::vector<sdk::Example> examples_;
};

/// Maps a split's rows one after another; checks what only their sequence can tell. `seen` is called for each row that an
/// example is made of.
void for_each_example(const DatasetSource& source, Split split, const std::function<void(const RowReader&)>& seen,
                      const std::function<void(sdk::Example)>& each) {
  const Mapping mapping(source);
  std::optional<Groups> groups;
  if (split == Split::test && !source.group_by.empty()) groups.emplace(source);
  std::set<std::string> ids;
  std::size_t rows = 0;
  for_each_row(source, split, [&](const RowReader& reader, std::size_t index) {
    OrderedJson row = reader.fields();
    if (groups && !groups->takes(row, reader.where())) return;
    sdk::Example example = mapping.example(std::move(row), reader.row(), index, reader.where());
    if (!source.id.empty() && !ids.insert(example.input.id).second) {
      throw BadInput(fmt::format("{}: the id '{}' stands twice in this split", reader.where(), example.input.id));
    }
    ++rows;
    seen(reader);
    if (groups) {
      groups->add(std::move(example), reader.where());
    } else {
      each(std::move(example));
    }
  });
  if (groups) {
    for (sdk::Example& example : groups->examples()) each(std::move(example));
  }
  if (rows == 0 && !rows_of(source, split).file.empty()) {
    if (split != Split::test && source.validation.empty() && source.validation_fraction > 0 &&
        count_rows_of_file(source.train) == 1) {
      throw BadInput(fmt::format(
          "dataset '{}': the {} split is empty: one row cannot be shared between training and validation; add rows, or "
          "give `validation` a file",
          source.name, split_name(split)));
    }
    throw BadInput(fmt::format("dataset '{}': the {} split is empty: {} has no rows for it", source.name,
                               split_name(split),
                               std::filesystem::path(rows_of(source, split).file).filename().string()));
  }
}

RowRange rows_of_split(const DatasetSource& source, Split split) {
  return split == Split::train        ? source.train_rows
         : split == Split::validation ? source.validation_rows
                                      : source.test_rows;
}

Json to_json(const RowRange& range) { return {range.begin, range.end}; }

RowRange row_range(const Json& json) { return {json.at(0).get<std::size_t>(), json.at(1).get<std::size_t>()}; }

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
          {"rationale", source.rationale},
          {"id", source.id},
          {"group_by", source.group_by},
          {"choices", source.choices},
          {"train_rows", to_json(source.train_rows)},
          {"validation_rows", to_json(source.validation_rows)},
          {"test_rows", to_json(source.test_rows)},
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
  json.at("rationale").get_to(source.rationale);
  json.at("id").get_to(source.id);
  json.at("group_by").get_to(source.group_by);
  json.at("choices").get_to(source.choices);
  source.train_rows = row_range(json.at("train_rows"));
  source.validation_rows = row_range(json.at("validation_rows"));
  source.test_rows = row_range(json.at("test_rows"));
  json.at("train_limit").get_to(source.train_limit);
  json.at("validation_limit").get_to(source.validation_limit);
  json.at("test_limit").get_to(source.test_limit);
  json.at("train_size").get_to(source.train_size);
  return source;
}

std::vector<sdk::Example> load(const DatasetSource& source, Split split) {
  std::vector<sdk::Example> examples;
  for_each_example(
      source, split, [](const RowReader&) {}, [&](sdk::Example example) { examples.push_back(std::move(example)); });
  return examples;
}

std::vector<std::string> labels(const DatasetSource& source, Split split, const std::string& key,
                                const std::string& what) {
  const RowTemplate label(key, is_template(what) ? what : "{{ " + what + " }}",
                          fmt::format("datasets.{}.{}", source.name, key));
  std::optional<GroupPlaces> groups;
  if (split == Split::test && !source.group_by.empty()) groups.emplace(source);
  std::vector<std::string> found;
  for_each_row(source, split, [&](const RowReader& reader, std::size_t) {
    const OrderedJson row = reader.fields();
    const auto place = groups ? groups->place(row, reader.where()) : found.size();
    if (place && *place == found.size()) found.push_back(label.render(row, reader.where()));
  });
  return found;
}

SplitSummary summarize(const DatasetSource& source, Split split, FileHashes* remembered) {
  const std::string file = split == Split::test                                       ? source.test
                           : split == Split::validation && !source.validation.empty() ? source.validation
                                                                                      : source.train;
  const bool absent =
      file.empty() || (split == Split::validation && source.validation.empty() && source.validation_fraction == 0);
  if (absent) return {};
  // What decides the examples besides the file's rows; the name, the paths and the other splits' limits do not.
  Json settings{{"input", source.input},
                {"target", source.target},
                {"references", source.references},
                {"id", source.id},
                {"choices", source.choices}};
  if (split != Split::test && !source.rationale.empty()) settings["rationale"] = source.rationale;
  if (split == Split::test && !source.group_by.empty()) settings["group_by"] = source.group_by;
  const auto look = [&] {
    Sha256 sum;
    std::size_t rows = 0, input_words = 0, target_words = 0;
    const auto seen = [&](const RowReader& reader) {
      sum.add(fmt::format("{}:{}:", reader.row(), reader.raw().size()));
      sum.add(reader.raw());
    };
    for_each_example(source, split, seen, [&](const sdk::Example& example) {
      ++rows;
      input_words += text::count_words(example.input.text);
      target_words += text::count_words(example.target);
    });
    return Json{{"rows", rows}, {"input_words", input_words}, {"target_words", target_words}, {"sha256", sum.hex()}};
  };
  const bool drawn = split != Split::test && source.validation.empty() && source.validation_fraction > 0;
  // A validation split that is drawn shares the training rows' range.
  const RowRange range = rows_of_split(source, drawn ? Split::train : split);
  const std::size_t size = split == Split::train ? source.train_size : 0;
  Json question{{"split", drawn ? split_name(split) : "file"},
                {"fraction", drawn ? source.validation_fraction : 0},
                {"train_size", size},
                {"split_seed", drawn || size > 0 ? source.split_seed : 0},
                {"limit", split == Split::train        ? source.train_limit
                          : split == Split::validation ? source.validation_limit
                                                       : source.test_limit},
                {"extension", std::filesystem::path(file).extension().string()},
                {"settings", settings}};
  if (range != RowRange{}) question["rows"] = to_json(range);
  const Json found = remembered ? remembered->remembered(file, "split " + sha256(question), look) : look();
  const auto rows = found.at("rows").get<std::size_t>();
  SplitSummary summary;
  summary.rows = rows;
  summary.input_words = found.at("input_words").get<double>() / static_cast<double>(rows);
  summary.target_words = found.at("target_words").get<double>() / static_cast<double>(rows);
  summary.fingerprint =
      sha256(Json{{"rows", found.at("sha256")}, {"settings", settings}, {"format", question.at("extension")}});
  return summary;
}

}  // namespace assay::data
