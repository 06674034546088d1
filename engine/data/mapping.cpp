#include "data/mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "assay/sdk/error.h"
#include "data/row_template.h"

namespace assay::data {
namespace {

std::string place(const DatasetSource& source, const char* key) {
  return fmt::format("datasets.{}.{}", source.name, key);
}

}  // namespace

struct Mapping::Rep {
  RowTemplate input, target;
  std::optional<RowTemplate> references, rationale;
  std::string references_field, id;
  std::vector<std::string> choices;
  std::set<std::string> hidden;  ///< fields that only the answer is made from

  explicit Rep(const DatasetSource& source)
      : input("input", source.input, place(source, "input")),
        target("target", source.target, place(source, "target")),
        id(source.id),
        choices(source.choices) {
    hidden = target.variables();
    if (is_template(source.references)) {
      references.emplace("references", source.references, place(source, "references"));
      hidden.insert(references->variables().begin(), references->variables().end());
    } else if (!source.references.empty()) {
      references_field = source.references;
      hidden.insert(source.references);
    }
    if (!source.rationale.empty()) {
      rationale.emplace("rationale", source.rationale, place(source, "rationale"));
      hidden.insert(rationale->variables().begin(), rationale->variables().end());
    }
    for (const std::string& name : input.variables()) hidden.erase(name);
  }

  void add_references(const OrderedJson& row, std::vector<std::string>& list, const std::string& where) const {
    OrderedJson more;
    if (references) {
      const std::string rendered = references->render(row, where);
      more = OrderedJson::parse(rendered, nullptr, false);
      if (more.is_discarded())
        throw BadInput(
            fmt::format("{}: `references` renders to no JSON list (use the tojson filter): {}", where, rendered));
    } else if (!references_field.empty()) {
      more = field(row, "references", references_field, where);
      if (more.is_string()) {  // CSV holds lists as JSON text
        const OrderedJson parsed = OrderedJson::parse(more.get<std::string>(), nullptr, false);
        more = parsed.is_array() ? parsed : OrderedJson::array({more});
      }
    } else {
      return;
    }
    if (!more.is_array())
      throw BadInput(fmt::format("{}: `references` must be a list of texts, found {}", where, more.type_name()));
    for (const OrderedJson& one : more) {
      if (!one.is_string())
        throw BadInput(fmt::format("{}: `references` must be a list of texts, found {} in it", where, one.type_name()));
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
      static_cast<void>(RowTemplate(key, text, place(source, key)));
    } catch (const text::TemplateError& error) {
      problems.emplace(key, error.what());
    }
  };
  check("input", source.input);
  check("target", source.target);
  if (!source.rationale.empty()) check("rationale", source.rationale);
  if (is_template(source.references)) check("references", source.references);
  return problems;
}

sdk::Example Mapping::example(OrderedJson row, std::size_t number, std::size_t index, const std::string& where) const {
  sdk::Example example;
  example.input.index = index;
  example.input.text = rep_->input.render(row, where);
  example.input.choices = rep_->choices;
  example.target = rep_->target.render(row, where);
  if (!rep_->choices.empty() &&
      std::find(rep_->choices.begin(), rep_->choices.end(), example.target) == rep_->choices.end()) {
    throw BadInput(fmt::format("{}: the target '{}' is none of the dataset's choices: {}", where, example.target,
                               fmt::join(rep_->choices, ", ")));
  }
  if (rep_->rationale) example.rationale = rep_->rationale->render(row, where);
  example.references = {example.target};
  rep_->add_references(row, example.references, where);
  if (rep_->id.empty()) {
    example.input.id = std::to_string(number);
  } else {
    const OrderedJson& id = field(row, "id", rep_->id, where);
    example.input.id = id.is_string() ? id.get<std::string>() : id.dump();
  }
  for (const std::string& name : rep_->hidden) row.erase(name);
  example.input.fields = std::move(row);
  return example;
}

}  // namespace assay::data
