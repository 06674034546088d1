#include "report/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "report/characters.h"

namespace assay::report {
namespace {

constexpr std::size_t kNarrowestName = 16;
constexpr std::size_t kGap = 2;

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         kGap * (widths.empty() ? 0 : widths.size() - 1);
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string fit = fitted(text, width);
  const std::string blanks(width - std::min(width, width_of(fit)), ' ');
  return left ? fit + blanks : blanks + fit;
}

}  // namespace

std::string terminal_plain(std::string_view text) {
  std::string out;
  for (const Character& c : characters(text)) {
    if (c.code == '\n' || c.code == '\t') {
      out += ' ';
    } else if (!is_control(c.code) && !turns_direction(c.code)) {
      out += c.bytes;
    }
  }
  return out;
}

std::string terminal_table(const std::vector<std::vector<std::string>>& rows, std::size_t left, std::size_t width) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  if (const std::size_t all = total(widths); all > width) {
    const std::size_t spare = widths.front() > kNarrowestName ? widths.front() - kNarrowestName : 0;
    widths.front() -= std::min(spare, all - width);
  }
  while (widths.size() > 1 && total(widths) > width) widths.pop_back();
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += (i == 0 ? "" : std::string(kGap, ' ')) + padded(row[i], widths[i], i < left);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string terminal_paragraph(std::string_view text, std::size_t width, std::size_t indent) {
  std::istringstream words{std::string(text)};
  std::string out, line;
  const std::string margin(indent, ' ');
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + width_of(line) + 1 + width_of(word) > width) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? out : out + margin + line + "\n";
}

}  // namespace assay::report
