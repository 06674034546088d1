#pragma once
#include <set>
#include <string>

#include "text/jinja/ast.h"

namespace assay::text::jinja {

/// The names that a template looks up in its variables: what it reads before (or without) binding it itself.
std::set<std::string> undeclared_names(const Source& source);

/// The templates that a source names in includes, extends and imports as literals.
std::set<std::string> named_templates(const Source& source);

/// Those of them without which it cannot be rendered: no alternatives, nothing that it may miss.
std::set<std::string> needed_templates(const Source& source);

}  // namespace assay::text::jinja
