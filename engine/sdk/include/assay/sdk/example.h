#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::sdk {

/// What a strategy may see of an example while it asks: there is no target in it.
struct Input {
  std::string id;                    ///< unique within its split: the row's number unless the dataset names a field
  std::size_t index = 0;             ///< position within the rows used, from 0
  std::string text;                  ///< the dataset's rendered `input` template
  OrderedJson fields;                ///< the row's fields, without those that only the target is made from
  std::vector<std::string> choices;  ///< the answers allowed, empty for free text
};

/// A labelled example, as training and selection of shots see it.
struct Example {
  Input input;
  std::string target;                   ///< the rendered `target` template; the first reference
  std::vector<std::string> references;  ///< every acceptable target, at least one
  std::string rationale = {};  ///< the steps that lead to the target, by the dataset's `rationale`; empty without
};

}  // namespace assay::sdk
