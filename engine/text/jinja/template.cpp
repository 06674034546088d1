#include "text/jinja/template.h"

#include <map>
#include <mutex>
#include <vector>

#include "text/jinja/compiler.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"
#include "text/jinja/undeclared.h"

namespace assay::text {

struct Template::State {
  Options options;
  jinja::SourcePtr source;

  jinja::SourcePtr compiled(std::string_view text, const std::string& name) const {
    auto parsed = jinja::parse_template(text, {options.trim_blocks, options.lstrip_blocks, name});
    jinja::compile(*parsed, options.strict, options.max_output);
    return parsed;
  }

  /// What the loader gives for `name`, parsed once; null when it has nothing.
  jinja::SourcePtr load(const std::string& name) const {
    if (!options.loader)
      throw jinja::Failure("no loader for this environment specified: this template cannot use others");
    const std::lock_guard lock(mutex_);
    const auto found = loaded_.find(name);
    if (found != loaded_.end()) return found->second;
    const auto text = options.loader(name);
    auto source = text ? compiled(*text, name) : nullptr;
    loaded_.emplace(name, source);
    return source;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, jinja::SourcePtr> loaded_;
};

Template Template::parse(std::string_view source, Options options) {
  auto state = std::make_shared<State>();
  state->options = std::move(options);
  state->source = state->compiled(source, state->options.name);
  return Template(std::move(state));
}

std::string Template::render(const OrderedJson& variables) const { return render_marked(variables).text; }

Template::Marked Template::render_marked(const OrderedJson& variables) const {
  const Options& options = state_->options;
  if (!variables.is_object()) throw TemplateError(options.name, 1, 1, "the variables of a template must be an object");
  jinja::Interpreter interpreter([state = state_](const std::string& name) { return state->load(name); });
  interpreter.strict = options.strict;
  interpreter.max_steps = options.max_steps;
  interpreter.max_output = options.max_output;
  interpreter.now = options.now;
  try {
    std::string text = interpreter.render(state_->source, jinja::Value::from_json(variables));
    return {std::move(text), std::move(interpreter.generated)};
  } catch (const jinja::Failure& failure) {
    throw TemplateError(options.name, 1, 1, failure.what());
  }
}

std::set<std::string> Template::undeclared_variables() const { return jinja::undeclared_names(*state_->source); }

std::set<std::string> Template::referenced_templates() const {
  std::set<std::string> all = jinja::named_templates(*state_->source);
  std::vector<std::string> open(all.begin(), all.end());
  while (!open.empty() && state_->options.loader) {
    const std::string name = std::move(open.back());
    open.pop_back();
    const jinja::SourcePtr source = state_->load(name);
    if (source == nullptr) continue;
    for (const std::string& next : jinja::named_templates(*source))
      if (all.insert(next).second) open.push_back(next);
  }
  return all;
}

std::set<std::string> Template::missing_templates() const {
  std::set<std::string> needed = jinja::needed_templates(*state_->source);
  for (const std::string& name : referenced_templates()) {
    const jinja::SourcePtr source = state_->options.loader ? state_->load(name) : nullptr;
    if (source != nullptr) needed.merge(jinja::needed_templates(*source));
  }
  std::erase_if(needed,
                [&](const std::string& name) { return state_->options.loader && state_->load(name) != nullptr; });
  return needed;
}

}  // namespace assay::text
