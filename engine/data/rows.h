#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::data {

/// Streams the rows of a data file, one in memory at a time. By extension:
///   .jsonl  a JSON object a line; blank lines are skipped
///   .csv    RFC 4180 with a header row: quoted fields may hold commas, newlines and doubled quotes; a quote inside an
///           unquoted field is itself
///   .tsv    a header row, fields between tabs, no quoting (IANA text/tab-separated-values)
/// A byte-order mark and CRLF are accepted. Reading a row and making it JSON are apart, so that rows that are not used
/// cost little.
class RowReader {
 public:
  /// `name` is what errors call the file. @throws BadInput when it cannot be opened, or has no usable header row.
  RowReader(const std::filesystem::path& file, std::string name);

  /// Moves to the next row. @throws BadInput for a quote that is never closed, or what follows a closing quote.
  bool next();

  [[nodiscard]] std::size_t row() const { return row_; }         ///< from 1, the header not counted
  [[nodiscard]] const std::string& raw() const { return raw_; }  ///< the row's text without its line end
  [[nodiscard]] std::string where() const;                       ///< "train.csv, row 3 (line 4)"

  /// The row as an object, in the order of its fields. CSV's and TSV's values are strings.
  /// @throws BadInput: malformed JSON, no object, another number of fields than the header's, text that is no UTF-8.
  [[nodiscard]] OrderedJson fields() const;

 private:
  enum class Format { jsonl, csv, tsv };
  bool line(std::string& text);
  bool record();
  [[nodiscard]] std::vector<std::string> split() const;

  Format format_;
  std::string name_;
  std::ifstream in_;
  std::string raw_;
  std::size_t row_ = 0, line_ = 0, first_line_ = 0;
  std::vector<std::string> header_;
};

}  // namespace assay::data
