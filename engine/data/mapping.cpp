#include "data/mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "assay/sdk/error.h"
#include "text/jinja/template.h"

namespace assay::data {
namespace {

bool is_template(const std::string& text) { return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos; }

/// The field's name where `text` is exactly `{{ name }}`.
std::optional<std::string> only_field(const std::string& text) {
  if (!text.starts_with("{{") || !text.ends_with("}}") || text.size() < 5) return {};
  const std::size_t from = text.find_first_not_of(' ', 2);
  const std::size_t to = text.find_last_not_of(' ', text.size() - 3);
  if (from == std::string::npos || to < from) return {};
  const std::string name = text.substr(from, to - from + 1);
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(name[0])) return {};
  if (!std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); })) return {};
  // Literals and operators of the language are no fields.
  static const std::set<std::string> kWords{"true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else", "loop", "self"};
  return kWords.count(name) ? std::nullopt : std::optional(name);
}

std::vector<std::string> names(const OrderedJson& row) {
  std::vector<std::string> list;
  for (const auto& [key, value] : row.items()) list.push_back(key);
  return list;
}

class Field {
 public:
  Field(std::string key, const std::string& source, const std::string& dataset) : key_(std::move(key)), field_(only_field(source)) {
    text::Template::Options options;
    options.strict = true;
    options.name = fmt::format("datasets.{}.{}", dataset, key_);
    template_ = text::Template::parse(source, options);
    variables_ = template_->undeclared_variables();
  }

  [[nodiscard]] std::string render(const OrderedJson& row, const std::string& where) const {
    if (field_) {
      const auto found = row.find(*field_);
      if (found != row.end() && found->is_string()) return found->get<std::string>();
    }
    try {
      return template_->render(row);
    } catch (const text::TemplateError& error) {
      for (const std::string& name : variables_) {
        if (!row.contains(name)) {
          throw BadInput(fmt::format("{}: the template `{}` names the field '{}', which this row does not have; its fields: {}", where,
                                     key_, name, fmt::join(names(row), ", ")));
        }
      }
      throw BadInput(fmt::format("{}: {}", where, error.what()));
    }
  }

  [[nodiscard]] const std::set<std::string>& variables() const { return variables_; }

 private:
  std::string key_;
  std::optional<std::string> field_;
  std::optional<text::Template> template_;
  std::set<std::string> variables_;
};

}  // namespace

struct Mapping::Rep {
  Field input, target;
  std::optional<Field> references;
  std::string references_field, id;
  std::vector<std::string> choices;
  std::set<std::string> hidden;  ///< fields that only the answer is made from

  explicit Rep(const DatasetSource& source)
      : input("input", source.input, source.name), target("target", source.target, source.name), id(source.id), choices(source.choices) {
    hidden = target.variables();
    if (is_template(source.references)) {
      references.emplace("references", source.references, source.name);
      hidden.insert(references->variables().begin(), references->variables().end());
    } else if (!source.references.empty()) {
      references_field = source.references;
      hidden.insert(source.references);
    }
    for (const std::string& name : input.variables()) hidden.erase(name);
  }

  [[nodiscard]] const OrderedJson& field(const OrderedJson& row, const std::string& key, const std::string& name, const std::string& where) const {
    const auto found = row.find(name);
    if (found == row.end()) {
      throw BadInput(fmt::format("{}: `{}` names the field '{}', which this row does not have; its fields: {}", where, key, name,
                                 fmt::join(names(row), ", ")));
    }
    return *found;
  }

  void add_references(const OrderedJson& row, std::vector<std::string>& list, const std::string& where) const {
    OrderedJson more;
    if (references) {
      const std::string rendered = references->render(row, where);
      more = OrderedJson::parse(rendered, nullptr, false);
      if (more.is_discarded()) throw BadInput(fmt::format("{}: `references` renders to no JSON list (use the tojson filter): {}", where, rendered));
    } else if (!references_field.empty()) {
      more = field(row, "references", references_field, where);
      if (more.is_string()) {  // CSV holds lists as JSON text
        const OrderedJson parsed = OrderedJson::parse(more.get<std::string>(), nullptr, false);
        more = parsed.is_array() ? parsed : OrderedJson::array({more});
      }
    } else {
      return;
    }
    if (!more.is_array()) throw BadInput(fmt::format("{}: `references` must be a list of texts, found {}", where, more.type_name()));
    for (const OrderedJson& one : more) {
      if (!one.is_string()) throw BadInput(fmt::format("{}: `references` must be a list of texts, found {} in it", where, one.type_name()));
      std::string text = one;
      if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
    }
  }
};

Mapping::Mapping(const DatasetSource& source) {
  try {
    rep_ = std::make_unique<Rep>(source);
  } catch (const text::TemplateError& error) {
    throw BadInput(error.what());
  }
}

Mapping::~Mapping() = default;

std::map<std::string, std::string> mapping_problems(const DatasetSource& source) {
  std::map<std::string, std::string> problems;
  const auto check = [&](const char* key, const std::string& text) {
    try {
      static_cast<void>(Field(key, text, source.name));
    } catch (const text::TemplateError& error) {
      problems.emplace(key, error.what());
    }
  };
  check("input", source.input);
  check("target", source.target);
  if (is_template(source.references)) check("references", source.references);
  return problems;
}

sdk::Example Mapping::example(OrderedJson row, std::size_t number, std::size_t index, const std::string& where) const {
  sdk::Example example;
  example.input.index = index;
  example.input.text = rep_->input.render(row, where);
  example.input.choices = rep_->choices;
  example.target = rep_->target.render(row, where);
  if (!rep_->choices.empty() && std::find(rep_->choices.begin(), rep_->choices.end(), example.target) == rep_->choices.end()) {
    throw BadInput(fmt::format("{}: the target '{}' is none of the dataset's choices: {}", where, example.target, fmt::join(rep_->choices, ", ")));
  }
  example.references = {example.target};
  rep_->add_references(row, example.references, where);
  if (rep_->id.empty()) {
    example.input.id = std::to_string(number);
  } else {
    const OrderedJson& id = rep_->field(row, "id", rep_->id, where);
    example.input.id = id.is_string() ? id.get<std::string>() : id.dump();
  }
  for (const std::string& name : rep_->hidden) row.erase(name);
  example.input.fields = std::move(row);
  return example;
}

}  // namespace assay::data
