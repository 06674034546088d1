#pragma once
#include <span>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace assay::config {

/// A cell as patterns see it.
struct CellPoint {
  const std::string& model;
  const std::string& dataset;
  const std::string& entry;  ///< `entry_name`
  const std::string& label;
  const std::vector<StrategySetting>& parts;
  std::uint64_t seed;
  const std::string& id;
};

bool matches(const CellPattern&, const CellPoint&);
bool matches_any(std::span<const CellPattern>, const CellPoint&);

/// Whether `pattern` alone decides, by model, dataset and entry, that no cell of these is left.
bool drops_entry(const CellPattern& pattern, const std::string& model, const std::string& dataset,
                 const std::string& entry);

/// Reads `matrix.exclude`: a list of maps with `model`, `dataset`, `strategy`, `seed`, `parameters`, each a value or a
/// list.
std::vector<CellPattern> read_exclude(const Node& list, Problems& problems);

/// Reads an option: `strategy=lora,seed=1,rank=8` (a parameter by its name or by strategy.name; a key that stands twice
/// means any of its values), or a word alone: a strategy or the first letters of a cell's id.
/// `option` names it in messages. @throws InvalidExperiment
CellPattern read_pattern(const std::string& text, const std::string& option);

}  // namespace assay::config
