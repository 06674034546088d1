#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assay/sdk/json.h"
#include "text/jinja/template.h"

namespace assay::data {

/// A Jinja template over a row's fields. One that is exactly `{{ field }}` is looked up where the field holds a text, not
/// rendered.
class RowTemplate {
 public:
  using Loader = std::function<std::optional<std::string>(std::string_view)>;

  /// `key` is what errors about rows call it ("input"), `name` where its own text stands ("datasets.t.input", a file).
  /// `loader` finds the templates that it includes. @throws text::TemplateError where it does not parse.
  RowTemplate(std::string key, const std::string& source, std::string name, Loader loader = nullptr);

  /// `where` begins errors. @throws BadInput for a field that is not there (with the fields that are), and for what fails
  /// while rendering.
  [[nodiscard]] std::string render(const OrderedJson& row, const std::string& where) const;

  [[nodiscard]] const std::set<std::string>& variables() const { return variables_; }

 private:
  std::string key_;
  std::optional<std::string> field_;
  std::optional<text::Template> template_;
  std::set<std::string> variables_;
};

/// Whether a text that may be a field's name or a template is the latter.
bool is_template(const std::string& text);

/// The field `name` of `row`. @throws BadInput beginning with `where`, which says that `key` names it.
const OrderedJson& field(const OrderedJson& row, const std::string& key, const std::string& name,
                         const std::string& where);

}  // namespace assay::data
