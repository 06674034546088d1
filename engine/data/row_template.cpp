#include "data/row_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

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
  static const std::set<std::string> kWords{"true", "false", "none", "True", "False", "None", "not", "and",
                                            "or",   "in",    "is",   "if",   "else",  "loop", "self"};
  return kWords.count(name) ? std::nullopt : std::optional(name);
}

std::vector<std::string> names(const OrderedJson& row) {
  std::vector<std::string> list;
  for (const auto& [key, value] : row.items()) list.push_back(key);
  return list;
}

}  // namespace

RowTemplate::RowTemplate(std::string key, const std::string& source, std::string name, Loader loader)
    : key_(std::move(key)), field_(only_field(source)) {
  text::Template::Options options;
  options.strict = true;
  options.name = std::move(name);
  options.loader = std::move(loader);
  template_ = text::Template::parse(source, std::move(options));
  variables_ = template_->undeclared_variables();
}

std::string RowTemplate::render(const OrderedJson& row, const std::string& where) const {
  if (field_) {
    const auto found = row.find(*field_);
    if (found != row.end() && found->is_string()) return found->get<std::string>();
  }
  try {
    return template_->render(row);
  } catch (const text::TemplateError& error) {
    for (const std::string& name : variables_) {
      if (!row.contains(name)) {
        throw BadInput(
            fmt::format("{}: the template `{}` names the field '{}', which this row does not have; its fields: {}",
                        where, key_, name, fmt::join(names(row), ", ")));
      }
    }
    throw BadInput(fmt::format("{}: {}", where, error.what()));
  }
}

bool is_template(const std::string& text) {
  return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos;
}

const OrderedJson& field(const OrderedJson& row, const std::string& key, const std::string& name,
                         const std::string& where) {
  const auto found = row.find(name);
  if (found == row.end()) {
    throw BadInput(fmt::format("{}: `{}` names the field '{}', which this row does not have; its fields: {}", where,
                               key, name, fmt::join(names(row), ", ")));
  }
  return *found;
}

}  // namespace assay::data
