#include "report/xml.h"

#include <fmt/format.h>

#include "report/characters.h"

namespace assay::report {

std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const Character& c : characters(text)) {
    switch (c.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      // An attribute's line ends are read as blanks unless they are written as references.
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += is_control(c.code) || c.code == 0xFFFE || c.code == 0xFFFF ? "\xEF\xBF\xBD" : c.bytes;
    }
  }
  return out;
}

}  // namespace assay::report
