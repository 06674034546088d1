#include "text/jinja/filters.h"

#include <fmt/format.h>

#include "text/jinja/machine.h"

namespace assay::text::jinja {

Filter find_filter(std::string_view name) {
  for (const auto find :
       {find_text_filter, find_sequence_filter, find_selection_filter, find_value_filter, find_html_filter})
    if (const Filter found = find(name)) return found;
  return nullptr;
}

Value filtered(Machine& machine, std::string_view name, const Value& input, Arguments& arguments) {
  const Filter filter = find_filter(name);
  if (filter == nullptr) throw Failure(fmt::format("No filter named '{}'.", name));
  Value output = filter(machine, input, arguments);
  if (output.is_text()) machine.check_size(output.text().size());
  return output;
}

}  // namespace assay::text::jinja
