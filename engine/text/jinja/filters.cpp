#include "text/jinja/filters.h"

namespace assay::text::jinja {

Filter find_filter(std::string_view name) {
  for (const auto find : {find_text_filter, find_sequence_filter, find_selection_filter, find_value_filter, find_html_filter})
    if (const Filter found = find(name)) return found;
  return nullptr;
}

}  // namespace assay::text::jinja
