#pragma once
#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <string>

namespace assay::text {

/// A template that cannot be parsed or rendered; what() begins with `file:line:column`.
class TemplateError : public BadInput {
 public:
  TemplateError(std::string template_name, std::size_t at_line, std::size_t at_column, const std::string& message)
      : BadInput(fmt::format("{}:{}:{}: {}", template_name, at_line, at_column, message)),
        file(std::move(template_name)),
        line(at_line),
        column(at_column) {}

  std::string file;
  std::size_t line;    ///< from 1
  std::size_t column;  ///< from 1, in characters
};

}  // namespace assay::text
