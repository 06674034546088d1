#include "data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "data/digest.h"
#include "data/rows.h"
#include "text/jinja/template.h"

namespace assay::data {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DatasetSource, name, train, validation, test, validation_fraction, split_seed, input, target,
                                   references, id, choices, train_limit, validation_limit, test_limit)

Json to_json(const DatasetSource& source) {
  Json json;
  to_json(json, source);
  return json;
}

DatasetSource dataset_source(const Json& json) { return json.get<DatasetSource>(); }

namespace {

/// A template over a row's fields. `{{ field }}` alone, the usual case, needs no engine.
class Mapping {
 public:
  Mapping(const std::string& what, const std::string& source) : what_(what) {
    const auto inner = source.find_first_not_of(" \t", 2);
    if (source.starts_with("{{") && source.ends_with("}}") && inner != std::string::npos) {
      std::string name = source.substr(inner, source.size() - 2 - inner);
      while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
      const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; }) &&
                         !std::isdigit(static_cast<unsigned char>(name[0]));
      if (plain) {
        field_ = name;
        names_ = {name};
        return;
      }
    }
    text::Template::Options options;
    options.strict = true;
    options.name = what;
    template_ = text::Template::parse(source, options);
    names_ = template_->undeclared_variables();
  }

  [[nodiscard]] const std::set<std::string>& names() const { return names_; }

  [[nodiscard]] std::string render(const OrderedJson& fields, const std::string& place) const {
    for (const std::string& name : names_) {
      if (fields.contains(name)) continue;
      std::vector<std::string> there;
      for (const auto& [key, value] : fields.items()) there.push_back(key);
      throw BadInput(fmt::format("{}: {} names the field '{}', which this row does not have; it has {}", place, what_, name, fmt::join(there, ", ")));
    }
    if (field_.empty()) return template_->render(fields);
    const OrderedJson& value = fields[field_];
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : text::Template::parse("{{ " + field_ + " }}", {}).render(fields);
  }

 private:
  std::string what_;
  std::string field_;
  std::optional<text::Template> template_;
  std::set<std::string> names_;
};

struct Mappings {
  explicit Mappings(const DatasetSource& source)
      : input(fmt::format("dataset {}'s `input`", source.name), source.input),
        target(fmt::format("dataset {}'s `target`", source.name), source.target) {
    hidden = target.names();
    if (source.references.find("{{") != std::string::npos || source.references.find("{%") != std::string::npos) {
      references.emplace(fmt::format("dataset {}'s `references`", source.name), source.references);
      hidden.insert(references->names().begin(), references->names().end());
    } else if (!source.references.empty()) {
      hidden.insert(source.references);
    }
    for (const std::string& name : input.names()) hidden.erase(name);
  }

  Mapping input, target;
  std::optional<Mapping> references;
  std::set<std::string> hidden;  ///< fields that only the target is made from; no Input shows them
};

std::string text_of(const OrderedJson& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<std::string> further_references(const DatasetSource& source, const Mappings& mappings, const OrderedJson& fields,
                                            const std::string& place) {
  if (source.references.empty()) return {};
  OrderedJson list;
  if (mappings.references) {
    list = OrderedJson::parse(mappings.references->render(fields, place), nullptr, false);
  } else if (fields.contains(source.references)) {
    list = fields[source.references];
  } else {
    throw BadInput(fmt::format("{}: `references` names the field '{}', which this row does not have", place, source.references));
  }
  if (!list.is_array()) throw BadInput(place + ": `references` must come to a JSON list of texts");
  std::vector<std::string> all;
  for (const OrderedJson& one : list) all.push_back(text_of(one));
  return all;
}

sdk::Example example_of(const DatasetSource& source, const Mappings& mappings, Row& row, std::size_t number, const std::string& place) {
  sdk::Example example;
  example.input.text = mappings.input.render(row.fields, place);
  example.target = mappings.target.render(row.fields, place);
  example.references = {example.target};
  for (std::string& reference : further_references(source, mappings, row.fields, place)) {
    if (reference != example.target) example.references.push_back(std::move(reference));
  }
  example.input.choices = source.choices;
  if (!source.choices.empty() && std::find(source.choices.begin(), source.choices.end(), example.target) == source.choices.end()) {
    throw BadInput(fmt::format("{}: the target '{}' is none of dataset {}'s choices: {}", place, example.target, source.name, fmt::join(source.choices, ", ")));
  }
  if (source.id.empty()) {
    example.input.id = std::to_string(number);
  } else if (row.fields.contains(source.id)) {
    example.input.id = text_of(row.fields[source.id]);
  } else {
    throw BadInput(fmt::format("{}: `id` names the field '{}', which this row does not have", place, source.id));
  }
  for (const std::string& name : mappings.hidden) row.fields.erase(name);
  example.input.fields = std::move(row.fields);
  return example;
}

/// Which file a split is read from, and which of its rows are the split's.
struct Selection {
  std::string file;
  std::size_t limit = 0;
  bool carved = false;               ///< train and validation share the file
  bool wants_validation = false;
  std::vector<bool> is_validation;   ///< a row of the file each, where carved
};

std::size_t rows_in(const std::string& file) {
  std::size_t count = 0;
  read_rows(file, [&](Row&) { return ++count, true; });
  return count;
}

Selection select(const DatasetSource& source, Split split) {
  Selection selection;
  if (split == Split::test) return {source.test, source.test_limit, false, false, {}};
  selection.wants_validation = split == Split::validation;
  selection.limit = selection.wants_validation ? source.validation_limit : source.train_limit;
  if (selection.wants_validation && !source.validation.empty()) {
    selection.file = source.validation;
    return selection;
  }
  selection.file = source.train;
  if (source.train.empty() || !source.validation.empty() || source.validation_fraction <= 0) {
    if (selection.wants_validation) selection.file.clear();
    return selection;
  }
  selection.carved = true;
  const std::size_t total = rows_in(source.train);
  std::vector<std::size_t> order(total);
  std::iota(order.begin(), order.end(), std::size_t{0});
  sdk::Random(source.split_seed, "validation split").shuffle(std::span(order));
  const auto take = static_cast<std::size_t>(source.validation_fraction * static_cast<double>(total));
  selection.is_validation.assign(total, false);
  for (std::size_t i = 0; i < take; ++i) selection.is_validation[order[i]] = true;
  return selection;
}

/// Calls `each` with every row of the split and its number within the file, from 0.
void for_each_row(const DatasetSource& source, Split split, const std::function<void(Row&, std::size_t number, const std::string& file)>& each) {
  const Selection selection = select(source, split);
  if (selection.file.empty()) return;
  std::size_t number = 0, used = 0;
  read_rows(selection.file, [&](Row& row) {
    const std::size_t here = number++;
    if (selection.carved && selection.is_validation[here] != selection.wants_validation) return true;
    if (selection.limit != 0 && used == selection.limit) return false;
    ++used;
    each(row, here, selection.file);
    return true;
  });
}

const char* name_of(Split split) {
  return split == Split::train ? "training" : split == Split::validation ? "validation" : "test";
}

}  // namespace

std::vector<sdk::Example> load(const DatasetSource& source, Split split) {
  const Mappings mappings(source);
  std::vector<sdk::Example> examples;
  std::set<std::string> ids;
  for_each_row(source, split, [&](Row& row, std::size_t number, const std::string& file) {
    const std::string place = fmt::format("{}:{}", file, row.line);
    examples.push_back(example_of(source, mappings, row, number, place));
    examples.back().input.index = examples.size() - 1;
    if (!source.id.empty() && !ids.insert(examples.back().input.id).second) {
      throw BadInput(fmt::format("{}: the id '{}' stands twice", place, examples.back().input.id));
    }
  });
  const bool required = split != Split::validation;
  if (examples.empty() && required) {
    const std::string& file = split == Split::test ? source.test : source.train;
    throw BadInput(file.empty() ? fmt::format("dataset {} has no {} split", source.name, name_of(split))
                                : fmt::format("{}: dataset {}'s {} split has no rows", file, source.name, name_of(split)));
  }
  return examples;
}

std::string fingerprint(const DatasetSource& source, Split split) {
  // Rows are checked here as well: a plan exists only for data that can be read and mapped.
  const Mappings mappings(source);
  Digest digest;
  digest.add_sized(Json{source.input, source.target, source.references, source.id, source.choices}.dump());
  std::size_t used = 0;
  for_each_row(source, split, [&](Row& row, std::size_t number, const std::string& file) {
    ++used;
    digest.add_sized(row.fields.dump());
    digest.add_sized(std::to_string(number));
    static_cast<void>(example_of(source, mappings, row, number, fmt::format("{}:{}", file, row.line)));
  });
  if (used == 0 && split != Split::validation) static_cast<void>(load(source, split));  // says what is missing
  return digest.hex();
}

std::size_t count_rows(const DatasetSource& source, Split split) {
  std::size_t count = 0;
  for_each_row(source, split, [&](Row&, std::size_t, const std::string&) { ++count; });
  return count;
}

}  // namespace assay::data
