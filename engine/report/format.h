#pragma once
#include <string>
#include <string_view>

#include "report/report_data.h"

namespace assay::report {

/// `digits` significant digits, thousands separated: 0.0123, 12.3, 1,230; "–" for NaN.
std::string significant(double value, int digits = 3);
std::string whole(double value);            ///< 12,288
std::string seconds_text(double seconds);   ///< "850 ms", "34.2 s", "3 min 20 s"
std::string dollars_text(double dollars);   ///< "$0.012", "$0"
std::string parameters_text(double count);  ///< "12,288", "1.23 M"

/// A value in the output's way of writing, without its unit: percent for shares, else 3 significant digits.
std::string number(const Output&, double value);
std::string signed_number(const Output&, double difference);          ///< with + or −
std::string unit(const Output&);                                      ///< "%", "ms", "" …
std::string interval(const Output&, double low, double high);         ///< "[95.0, 99.0]", "(no interval)"
std::string signed_interval(const Output&, double low, double high);  ///< "[+8.0, +16.1]"
std::string value_text(const Output&, const Value&);                  ///< "97.3 % [95.0, 99.0]"
std::string amount_text(const Output&, const Difference&);            ///< "12.3 points [8.0, 16.1]"
std::string seeds_text(const Output&, const Group&, const Value&);    ///< "3 (SD 0.8)", "3", "any"

/// A cell's name in running text, between backticks.
std::string named(const Group&);
/// "a, b and c".
std::string joined(const std::vector<std::string>& items, const char* last = "and");
/// A distance on the output's scale: "3.1 points", "12.4 ms".
std::string size_text(const Output&, double distance);

/// At most `bytes` of UTF-8 text, cut between characters, with a note of what was left out.
std::string shortened(std::string_view text, std::size_t bytes);

/// YAML of a JSON value, for people to read; strings are quoted where they must be.
std::string yaml(const Json&);

}  // namespace assay::report
