#pragma once
#include <string>
#include <vector>

#include "assay/sdk/example.h"

namespace assay::data {

enum class Split { train, validation, test };

/// How rows are read and mapped; config::DatasetSpec in plain words, so that workers need no config.
struct DatasetSource {
  std::string name;
  std::string train, validation, test;  ///< paths; empty = none
  double validation_fraction = 0;
  std::uint64_t split_seed = 0;
  std::string input, target, references, id;  ///< templates over a row's fields; `id` is a field's name
  std::vector<std::string> choices;
  std::size_t train_limit = 0, validation_limit = 0, test_limit = 0;
};
Json to_json(const DatasetSource&);
DatasetSource dataset_source(const Json&);

/// The rows of one split as examples. JSONL, CSV (RFC 4180) or TSV by the file's extension.
/// @throws BadInput naming file and row: a malformed row, a template that names an absent field (with the fields that
/// are there), an empty split, a target outside `choices`.
std::vector<sdk::Example> load(const DatasetSource&, Split);

/// SHA-256 (hex) over everything that decides a split's examples: the rows used, templates, choices. Files that have not
/// changed (device, inode, size, mtime, ctime) are not read again when a cache file is given.
std::string fingerprint(const DatasetSource&, Split);

/// Rows used of a split, without rendering templates.
std::size_t count_rows(const DatasetSource&, Split);

}  // namespace assay::data
