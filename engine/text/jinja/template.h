#pragma once
#include <assay/sdk/json.h>

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/template_error.h"

namespace assay::text {

/// A Jinja template, rendered as Python's jinja2 renders it in an immutable sandbox with loop controls: the way
/// transformers renders chat templates (tojson without HTML escaping, raise_exception, strftime_now, generation blocks).
///
/// Differences from jinja2: integers have 64 bits (more is an error), `random` and `lipsum` do not exist, since
/// rendering is a pure function of its inputs, and a constant that is infinite or no number can be used. Cheap to copy;
/// const calls are thread-safe.
class Template {
 public:
  struct Options {
    bool strict = false;  ///< an undefined name or attribute is an error wherever its value is used
    bool trim_blocks = true;
    bool lstrip_blocks = true;
    std::string name = "<template>";  ///< what errors call it
    /// The source of a template that this one includes, extends or imports; nullopt when there is none of that name.
    std::function<std::optional<std::string>(std::string_view name)> loader;
    std::size_t max_steps = 10'000'000;  ///< evaluated nodes and produced items
    std::size_t max_output = 64U << 20;  ///< bytes of the text, and of any single string on the way
    std::optional<std::time_t> now;      ///< what strftime_now takes for now; the clock when absent
  };

  /// @throws TemplateError when the source does not parse.
  static Template parse(std::string_view source, Options options);

  /// `variables` must be an object.
  /// @throws TemplateError naming the place that failed.
  std::string render(const OrderedJson& variables) const;

  /// The same, and where `{% generation %}` blocks wrote: byte offsets [begin, end), in order. transformers marks an
  /// assistant's turns so. Blocks inside macros and captured text are left out.
  struct Marked {
    std::string text;
    std::vector<std::pair<std::size_t, std::size_t>> generated;
  };
  Marked render_marked(const OrderedJson& variables) const;

  /// Names that rendering looks up in its variables, as jinja2.meta.find_undeclared_variables finds them (but a name that
  /// every branch of a condition binds is none): what the templates that it includes look up is theirs.
  std::set<std::string> undeclared_variables() const;

  /// Names of the templates that this one includes, extends or imports, and those do, as far as they are written as
  /// literals. A name that the loader does not know is listed too.
  std::set<std::string> referenced_templates() const;

  /// Those that it, or one that it names, cannot do without and the loader does not know.
  std::set<std::string> missing_templates() const;

 private:
  struct State;
  explicit Template(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace assay::text
