#include "report/markdown_text.h"

#include <fmt/format.h>

#include "report/characters.h"

namespace assay::report {
namespace {

constexpr std::size_t kMostBytes = 2000;  // of one cell: past it a table is none

/// On one line, fit to be shown, and not too long.
std::string line_of(std::string_view text) {
  std::string out;
  for (const Character& c : characters(text)) {
    if (out.size() >= kMostBytes) break;
    if (c.code == '\n' || c.code == '\r' || c.code == '\t') {
      out += ' ';
    } else if (is_control(c.code) || turns_direction(c.code)) {
      out += fmt::format("U+{:04X}", c.code);
    } else {
      out += c.bytes;
    }
  }
  return out;
}

std::string cut_note(std::string_view text) {
  return text.size() > kMostBytes ? fmt::format(" … (of {} bytes)", text.size()) : "";
}

}  // namespace

std::string markdown_plain(std::string_view text) {
  std::string out;
  for (const char c : line_of(text)) {
    if (std::string_view("\\`*_[]<>|#&~{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out + cut_note(text);
}

std::string markdown_code(std::string_view text) {
  std::string out = "`";
  for (const char c : line_of(text)) {
    if (c == '|') out += '\\';
    out += c == '`' ? '\'' : c;
  }
  return out + cut_note(text) + "`";
}

void put_markdown_row(std::string& out, const std::vector<std::string>& cells) {
  out += "|";
  for (const std::string& cell : cells) out += " " + cell + " |";
  out += "\n";
}

void put_markdown_rule(std::string& out, std::size_t columns, std::size_t left) {
  out += "|";
  for (std::size_t i = 0; i < columns; ++i) out += i < left ? " --- |" : " ---: |";
  out += "\n";
}

}  // namespace assay::report
