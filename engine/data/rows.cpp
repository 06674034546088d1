#include "data/rows.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

[[noreturn]] void malformed(const std::string& file, std::size_t line, const std::string& what) {
  throw BadInput(fmt::format("{}:{}: {}", file, line, what));
}

void skip_byte_order_mark(std::istream& in) {
  if (in.peek() != 0xEF) return;
  char mark[3];
  in.read(mark, 3);
  if (std::string_view(mark, 3) != "\xEF\xBB\xBF") in.seekg(0);
}

void read_jsonl(const std::string& file, std::istream& in, const std::function<bool(Row&)>& each) {
  Row row;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    row.line = number;
    try {
      row.fields = OrderedJson::parse(line);
    } catch (const OrderedJson::parse_error& error) {
      malformed(file, number, fmt::format("this row is no JSON (byte {}); every line must hold one JSON object", error.byte));
    }
    if (!row.fields.is_object()) malformed(file, number, "a row must be a JSON object, found " + std::string(row.fields.type_name()));
    if (!each(row)) return;
  }
}

/// Reads one record of RFC 4180 into `fields`; false at the end of the file. `line` counts lines consumed.
bool read_record(const std::string& file, std::istream& in, std::size_t& line, std::vector<std::string>& fields) {
  fields.clear();
  if (in.peek() == std::char_traits<char>::eof()) return false;
  const std::size_t first = line + 1;
  std::string field;
  bool quoted = false, was_quoted = false;
  for (int c = 0; (c = in.get()) != std::char_traits<char>::eof();) {
    if (quoted) {
      if (c == '"' && in.peek() == '"') {
        field += '"', in.get();
      } else if (c == '"') {
        quoted = false;
      } else {
        if (c == '\n') ++line;
        field += static_cast<char>(c);
      }
    } else if (c == '"' && field.empty() && !was_quoted) {
      quoted = was_quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear(), was_quoted = false;
    } else if (c == '\n' || (c == '\r' && in.peek() == '\n')) {
      if (c == '\r') in.get();
      break;
    } else if (was_quoted) {
      malformed(file, first, "a quoted field is followed by text; a quote inside quotes must be doubled");
    } else {
      field += static_cast<char>(c);
    }
  }
  if (quoted) malformed(file, first, "a quoted field is not closed");
  ++line;
  fields.push_back(std::move(field));
  return true;
}

bool read_line_of_tabs(std::istream& in, std::size_t& line, std::vector<std::string>& fields) {
  fields.clear();
  std::string text;
  if (!std::getline(in, text)) return false;
  ++line;
  if (!text.empty() && text.back() == '\r') text.pop_back();
  for (std::size_t start = 0;;) {
    const auto tab = text.find('\t', start);
    fields.push_back(text.substr(start, tab - start));
    if (tab == std::string::npos) return true;
    start = tab + 1;
  }
}

void read_table(const std::string& file, std::istream& in, bool tabs, const std::function<bool(Row&)>& each) {
  skip_byte_order_mark(in);
  std::size_t line = 0;
  std::vector<std::string> names, fields;
  const auto next = [&](std::vector<std::string>& into) {
    return tabs ? read_line_of_tabs(in, line, into) : read_record(file, in, line, into);
  };
  if (!next(names)) return;
  while (true) {
    const std::size_t first = line + 1;
    if (!next(fields)) return;
    if (fields.size() == 1 && fields[0].empty() && names.size() > 1) continue;  // a blank line
    if (fields.size() != names.size()) {
      malformed(file, first, fmt::format("this row has {} fields where the first line names {}", fields.size(), names.size()));
    }
    Row row{OrderedJson::object(), first};
    for (std::size_t i = 0; i < names.size(); ++i) row.fields[names[i]] = std::move(fields[i]);
    if (!each(row)) return;
  }
}

}  // namespace

void read_rows(const std::string& file, const std::function<bool(Row&)>& each) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadInput("cannot read " + file);
  const std::string extension = std::filesystem::path(file).extension().string();
  if (extension == ".jsonl" || extension == ".ndjson") {
    read_jsonl(file, in, each);
  } else if (extension == ".csv") {
    read_table(file, in, false, each);
  } else if (extension == ".tsv") {
    read_table(file, in, true, each);
  } else {
    throw BadInput(file + ": datasets are read as .jsonl, .csv or .tsv, not '" + extension + "'");
  }
}

}  // namespace assay::data
