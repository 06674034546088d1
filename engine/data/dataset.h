#pragma once
#include <string>
#include <vector>

#include "assay/sdk/example.h"
#include "data/fingerprint.h"

namespace assay::data {

enum class Split { train, validation, test };

/// Part of a file's rows, by position from 0, the header not counted.
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< one past the last; 0 = the file's end
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// How rows are read and mapped; config::DatasetSpec in plain words, so that workers need no config.
struct DatasetSource {
  std::string name;
  std::string train, validation, test;  ///< paths; empty = none
  double validation_fraction = 0;
  std::uint64_t split_seed = 0;
  std::string input, target, references, id;  ///< templates over a row's fields; `id` is a field's name
  std::string rationale = {};                 ///< template; empty = none
  std::string group_by = {};                  ///< field whose equal values make test rows one example; empty = none
  std::vector<std::string> choices;
  RowRange train_rows = {}, validation_rows = {}, test_rows = {};
  std::size_t train_limit = 0, validation_limit = 0, test_limit = 0;
  /// Training rows used of those that the split has: the first of an order drawn by `split_seed`, so that the smaller set
  /// is a part of the larger one; they keep the file's order. 0 = all.
  std::size_t train_size = 0;
};
Json to_json(const DatasetSource&);
DatasetSource dataset_source(const Json&);

/// The rows of one split as examples. JSONL, CSV (RFC 4180) or TSV by the file's extension.
/// @throws BadInput naming file and row: a malformed row, a template that names an absent field (with the fields that
/// are there), an empty split, a target outside `choices`, an id that stands twice, rows of one group that ask different
/// things. A split that does not exist (no file, no fraction) is empty and no error.
///
/// With `group_by`, test rows that ask the same are one example, in the place of the first of them: its references are
/// the targets and references of all. Training and validation rows stay as they are, each a text to learn from.
std::vector<sdk::Example> load(const DatasetSource&, Split);

/// A label for each example of the split, in the order of `load`: `what` is a field or a template over the row's fields,
/// those that only the target is made from as well; of rows that are one example the first one's counts. `key` is what
/// errors call it. @throws BadInput naming the row without such a field, text::TemplateError where it does not parse.
std::vector<std::string> labels(const DatasetSource&, Split, const std::string& key, const std::string& what);

/// What planning needs to know of a split, found in one pass that holds one row at a time.
struct SplitSummary {
  std::string fingerprint;  ///< SHA-256 (hex) of all that decides its examples: the rows used, templates, choices
  std::size_t rows = 0;     ///< examples: groups of rows where the test rows are grouped
  double input_words = 0;   ///< mean words of a rendered input
  double target_words = 0;
};

/// Reads and maps every row used. A split that does not exist has no rows and the fingerprint "". Files that have not
/// changed since are not read again where `remembered` is given.
/// @throws BadInput as `load` does.
SplitSummary summarize(const DatasetSource&, Split, FileHashes* remembered = nullptr);

}  // namespace assay::data
