#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "assay/sdk/json.h"

namespace assay::data {

/// One record of a file: fields in the order written, and the line on which it begins (from 1).
struct Row {
  OrderedJson fields;
  std::size_t line = 0;
};

/// Calls `each` for every row of a JSONL, CSV (RFC 4180, first record = names) or TSV file, by its extension, holding one
/// at a time; stops when it returns false. Values of CSV and TSV are strings. TSV has no quotes.
/// @throws BadInput "file:line: …" for a malformed row, an unknown extension, an unreadable file.
void read_rows(const std::string& file, const std::function<bool(Row&)>& each);

}  // namespace assay::data
