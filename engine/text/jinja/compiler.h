#pragma once
#include <cstddef>

#include "text/jinja/ast.h"

namespace assay::text::jinja {

/// Settles what jinja2's compiler settles before a template runs: the values of constant expressions, where escaping is
/// on, and that each filter and test exists, unless it stands in a condition or after what rendering cannot pass.
/// No text of more than `longest_text` bytes is made; what would take more is left to rendering.
/// @throws TemplateError
void compile(Source& source, bool strict, std::size_t longest_text);

}  // namespace assay::text::jinja
