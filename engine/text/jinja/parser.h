#pragma once
#include <memory>
#include <string_view>

#include "text/jinja/ast.h"

namespace assay::text::jinja {

/// @throws TemplateError
std::shared_ptr<Source> parse_template(std::string_view source, const LexerOptions& options);

}  // namespace assay::text::jinja
