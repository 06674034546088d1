#include "data/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r") == std::string::npos; }

}  // namespace

RowReader::RowReader(const std::filesystem::path& file, std::string name)
    : name_(std::move(name)), in_(file, std::ios::binary) {
  const std::string kind = file.extension().string();
  if (kind != ".jsonl" && kind != ".csv" && kind != ".tsv")
    throw BadInput(name_ + ": a data file must end in .jsonl, .csv or .tsv");
  format_ = kind == ".jsonl" ? Format::jsonl : kind == ".csv" ? Format::csv : Format::tsv;
  if (!in_) throw BadInput(fmt::format("{}: cannot read this file: {}", name_, std::strerror(errno)));
  if (in_.peek() == 0xef) {
    char mark[3] = {};
    in_.read(mark, 3);
    if (std::memcmp(mark, "\xef\xbb\xbf", 3) != 0) in_.seekg(0);
  }
  if (format_ == Format::jsonl) return;
  if (!record()) throw BadInput(name_ + ": this file is empty; its first row must name the fields");
  header_ = split();
  std::set<std::string> seen;
  for (const std::string& field : header_) {
    if (field.empty()) throw BadInput(name_ + ": the header row has a field without a name");
    if (!seen.insert(field).second)
      throw BadInput(fmt::format("{}: the field '{}' stands twice in the header row", name_, field));
  }
}

bool RowReader::line(std::string& text) {
  if (!std::getline(in_, text)) {
    if (in_.bad()) throw BadInput(name_ + ": this file cannot be read to its end");
    return false;
  }
  ++line_;
  return true;
}

/// Gathers one record into raw_: a line, or for CSV as many as its quotes hold together.
bool RowReader::record() {
  std::string text;
  do {
    if (!line(text)) return false;
    if (format_ != Format::csv && text.ends_with('\r')) text.pop_back();
  } while (format_ == Format::tsv ? text.empty() : blank(text));
  first_line_ = line_;
  raw_ = std::move(text);
  if (format_ != Format::csv) return true;
  bool quoted = false, start = true;
  for (std::size_t i = 0;; ++i) {
    if (i == raw_.size()) {
      if (!quoted) break;
      std::string more;
      if (!line(more))
        throw BadInput(fmt::format("{}, line {}: a quote is opened in this row and never closed", name_, first_line_));
      raw_ += '\n';
      raw_ += more;
      continue;
    }
    const char c = raw_[i];
    if (quoted && c == '"' && i + 1 < raw_.size() && raw_[i + 1] == '"') {
      ++i;
    } else if (quoted && c == '"') {
      quoted = false;
      const bool ends = i + 1 == raw_.size() || raw_[i + 1] == ',' || (raw_[i + 1] == '\r' && i + 2 == raw_.size());
      if (!ends)
        throw BadInput(fmt::format("{}, line {}: text follows a closing quote; a quote inside quotes is written \"\"",
                                   name_, line_));
    } else if (!quoted && start && c == '"') {
      quoted = true;
    }
    start = !quoted && c == ',';
  }
  if (raw_.ends_with('\r')) raw_.pop_back();
  return true;
}

bool RowReader::next() {
  if (!record()) return false;
  ++row_;
  return true;
}

std::string RowReader::where() const {
  return row_ == first_line_ ? fmt::format("{}, row {}", name_, row_)
                             : fmt::format("{}, row {} (line {})", name_, row_, first_line_);
}

std::vector<std::string> RowReader::split() const {
  std::vector<std::string> fields(1);
  if (format_ == Format::tsv) {
    for (const char c : raw_) {
      if (c == '\t') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    return fields;
  }
  bool quoted = false, start = true;
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    const char c = raw_[i];
    if (quoted && c == '"' && i + 1 < raw_.size() && raw_[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (quoted && c == '"') {
      quoted = false;
    } else if (!quoted && start && c == '"') {
      quoted = true;
    } else if (!quoted && c == ',') {
      fields.emplace_back();
      start = true;
      continue;
    } else {
      fields.back() += c;
    }
    start = false;
  }
  return fields;
}

OrderedJson RowReader::fields() const {
  if (format_ == Format::jsonl) {
    try {
      OrderedJson row = OrderedJson::parse(raw_);
      if (!row.is_object())
        throw BadInput(fmt::format("{}: a row must be a JSON object, found {}", where(), row.type_name()));
      return row;
    } catch (const OrderedJson::out_of_range& error) {
      const std::string what = error.what();
      throw BadInput(fmt::format("{}: {}; write such a number as a string", where(), what.substr(what.find("] ") + 2)));
    } catch (const OrderedJson::parse_error& error) {
      std::string what = error.what();
      if (const auto at = what.find("column "); at != std::string::npos) what = what.substr(at);
      throw BadInput(fmt::format("{}: malformed JSON at {}", where(), what));
    }
  }
  const std::vector<std::string> values = split();
  if (values.size() != header_.size()) {
    throw BadInput(
        fmt::format("{}: this row has {} fields, the header row has {}", where(), values.size(), header_.size()));
  }
  OrderedJson row = OrderedJson::object();
  for (std::size_t i = 0; i < values.size(); ++i) row[header_[i]] = values[i];
  try {
    static_cast<void>(row.dump());
  } catch (const OrderedJson::type_error&) {
    throw BadInput(fmt::format("{}: this row is not UTF-8; convert the file", where()));
  }
  return row;
}

}  // namespace assay::data
