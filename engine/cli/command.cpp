#include "cli/command.h"

#include <fmt/format.h>

#include <iostream>
#include <sstream>

#include "assay/sdk/error.h"
#include "config/nearest.h"

namespace assay::cli {
namespace po = boost::program_options;

void Arguments::positional(const std::string& name, const std::string& what, bool required, bool many) {
  positionals_.push_back({name, what, required, many});
}

bool Arguments::parse(const std::vector<std::string>& arguments) {
  options_.add_options()("help,h", "print this page and exit");
  po::options_description all = options_;
  po::positional_options_description order;
  for (const Positional& positional : positionals_) {
    if (positional.many) {
      all.add_options()(positional.name.c_str(), po::value<std::vector<std::string>>());
    } else {
      all.add_options()(positional.name.c_str(), po::value<std::string>());
    }
    order.add(positional.name.c_str(), positional.many ? -1 : 1);
  }
  const std::string page = fmt::format("; 'assay {} --help' lists what is allowed", page_.name);
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(order).run(), values_);
    po::notify(values_);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> known;
    for (const auto& option : options_.options()) known.push_back(option->format_name());
    throw BadInput(fmt::format("unknown option {}{}", error.get_option_name(),
                               config::suggestion(error.get_option_name(), known)));
  } catch (const po::error& error) {
    throw BadInput(std::string(error.what()) + page);
  }
  if (has("help")) {
    print_help();
    return false;
  }
  for (const Positional& positional : positionals_) {
    if (positional.required && !has(positional.name)) {
      throw BadInput(fmt::format("{} is missing: {}{}", positional.name, page_.synopsis, page));
    }
  }
  return true;
}

namespace {
std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += line.empty() ? "\n" : "  " + line + "\n";
  return out;
}
}  // namespace

void Arguments::print_help() const {
  std::ostringstream options;
  options << options_;
  for (const Command& command : commands()) {
    if (command.name == page_.name) std::cout << fmt::format("NAME\n  assay {}: {}\n\n", command.name, command.summary);
  }
  std::cout << "SYNOPSIS\n" << indented(page_.synopsis) << "\nDESCRIPTION\n" << indented(page_.description);
  if (!positionals_.empty()) {
    std::cout << "\nARGUMENTS\n";
    for (const Positional& positional : positionals_) {
      std::cout << fmt::format("  {:<26}{}\n", positional.name, positional.what);
    }
  }
  std::cout << "\nOPTIONS\n" << options.str();
  std::cout << "\nEXIT STATUS\n" << indented(page_.exit_status);
  if (options_.find_nothrow("plugin-dir", false) != nullptr) {
    std::cout << "\nENVIRONMENT\n  ASSAY_PLUGIN_PATH         absolute folders with plugins, separated by colons\n";
  }
  if (options_.find_nothrow("results", false) != nullptr) {
    std::cout << "\nFILES\n"
                 "  DIR/assay.sqlite          all numbers: SELECT * FROM kpi\n"
                 "  DIR/bundles/              a folder of plain files for each finished stage\n"
                 "  DIR/<experiment>/<run>/   report.html, report.md, report.csv, report.json, report.xml\n";
  }
  if (!page_.examples.empty()) std::cout << "\nEXAMPLES\n" << indented(page_.examples);
}

}  // namespace assay::cli
