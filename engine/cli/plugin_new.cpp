#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>

#include "assay/sdk/error.h"
#include "cli/command.h"
#include "cli/installation.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

/// "my_metric" as a class: "MyMetric".
std::string class_name(const std::string& name) {
  std::string text;
  bool up = true;
  for (const char c : name) {
    if (c != '_') text += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    up = c == '_';
  }
  return text;
}

std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& words) {
  for (const auto& [word, value] : words) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
      text.replace(at, word.size(), value);
  }
  return text;
}

/// Every file of `from`, its `@words@` replaced in text and in names.
void copy_folder(const fs::path& from, const fs::path& to,
                 const std::vector<std::pair<std::string, std::string>>& words) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    const fs::path place = to / replaced(entry.path().lexically_relative(from).string(), words);
    fs::create_directories(place.parent_path());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    std::ofstream out(place, std::ios::binary);
    out << replaced(text, words);
    out.close();
    if (!in || !out) throw Error(fmt::format("{}: cannot be written", place.string()));
  }
}

}  // namespace

int plugin_new_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"plugin new", "assay plugin new NAME --kind strategy|metric [--trains] [--folder DIR]",
       "Writes a folder with a plugin that builds and passes its tests at once: the source, CMakeLists.txt, a README "
       "with the\n"
       "commands, an example experiment with its data, .clang-format. Change the body from there.",
       "assay plugin new politeness --kind metric\nassay plugin new my_adapter --kind strategy --trains"});
  arguments.positional("NAME", "the word of the YAML, in lower_snake_case");
  namespace po = boost::program_options;
  arguments.add()("kind", po::value<std::string>()->value_name("KIND"), "strategy or metric");
  arguments.add()("trains", "a strategy that fine-tunes");
  arguments.add()("folder", po::value<std::string>()->value_name("DIR"),
                  "where to write; default: NAME in the working directory");
  if (!arguments.parse(args)) return all_done;
  const auto name = arguments.get<std::string>("NAME");
  if (!std::regex_match(name, std::regex("[a-z][a-z0-9_]*")))
    throw BadInput(fmt::format("'{}' is no plugin's name: lower_snake_case, for instance my_metric", name));
  const std::string kind = arguments.has("kind") ? arguments.get<std::string>("kind") : "";
  if (kind != "strategy" && kind != "metric") throw BadInput("--kind must be strategy or metric");
  if (kind == "metric" && arguments.has("trains"))
    throw BadInput("--trains: a metric does not train; leave it out or say --kind strategy");
  const fs::path folder = arguments.has("folder") ? arguments.get<std::string>("folder") : name;
  if (fs::exists(folder))
    throw BadInput(fmt::format("{}: it is there already; name another --folder", folder.string()));

  const fs::path templates = plugin_templates();
  const std::string which = arguments.has("trains") ? "training" : kind;
  const std::vector<std::pair<std::string, std::string>> words{
      {"@name@", name},
      {"@Class@", class_name(name)},
      {"@prefix@", fs::canonical(this_program().parent_path().parent_path()).string()},
      {"@model@", example_model().string()},
      {"dot-", "."}};
  copy_folder(templates / "common", folder, words);
  copy_folder(templates / which, folder, words);
  std::cout << fmt::format(
      "wrote {}/\n  cmake -S {} -B {}/build && cmake --build {}/build && ctest --test-dir {}/build "
      "--output-on-failure\n",
      folder.string(), folder.string(), folder.string(), folder.string(), folder.string());
  return all_done;
}

}  // namespace assay::cli
