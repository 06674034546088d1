#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "cli/experiment_input.h"
#include "cli/installation.h"
#include "cli/line_diff.h"
#include "config/nearest.h"
#include "data/fingerprint.h"
#include "data/prompt_file.h"
#include "data/prompt_library.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

void add_library_option(Arguments& arguments) {
  arguments.add()("library", boost::program_options::value<std::vector<std::string>>()->value_name("DIR"),
                  "a folder with prompts, before those that come with assay; may be repeated");
}

std::vector<fs::path> library_folders(const Arguments& arguments) {
  std::vector<fs::path> folders;
  for (const std::string& folder : arguments.list("library")) {
    if (!fs::is_directory(folder)) throw BadInput("--library " + folder + ": there is no such folder");
    folders.emplace_back(folder);
  }
  folders.push_back(prompt_folder());
  return folders;
}

/// By its file, by name@version, or by its name alone.
fs::path prompt_named(const Arguments& arguments, const std::string& word) {
  if (fs::is_regular_file(word)) return word;
  if (word.find('/') != std::string::npos || word.ends_with(".j2"))
    throw BadInput(word + ": there is no such prompt file");
  return data::PromptLibrary(library_folders(arguments)).find(word).file;
}

std::string needs(const data::FrontMatter& about) {
  std::vector<std::string> words;
  for (const data::PromptVariable& variable : about.variables) {
    if (variable.required) words.push_back(variable.name);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

Json front_matter_json(const data::FrontMatter& about) {
  Json out{{"name", about.name},
           {"version", about.version},
           {"description", about.description},
           {"output", about.output},
           {"variables", Json::object()}};
  for (const data::PromptVariable& variable : about.variables)
    out["variables"][variable.name] = variable.required ? "required" : "optional";
  return out;
}

int list(const std::vector<std::string>& args) {
  Arguments arguments({"prompt list", "assay prompt list [OPTIONS]",
                       "Lists the prompts that experiments may name: name@version, what the answer is, what the prompt "
                       "is for, and the\n"
                       "variables that it requires.",
                       "assay prompt list --library prompts"});
  add_library_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const data::PromptLibrary library(library_folders(arguments));
  Json all = Json::array();
  for (const data::LibraryPrompt& prompt : library.prompts()) {
    all.push_back(front_matter_json(prompt.about));
    if (arguments.has("json")) continue;
    std::cout << fmt::format("{:<26} {:<7} {}  (requires {})\n", prompt.about.reference(), prompt.about.output,
                             prompt.about.description, needs(prompt.about));
  }
  if (arguments.has("json")) std::cout << all.dump(2) << "\n";
  return all_done;
}

int show(const std::vector<std::string>& args) {
  Arguments arguments(
      {"prompt show", "assay prompt show PROMPT [OPTIONS]",
       "Prints a prompt with all the files that it is made of. PROMPT is a file, name@version, or a name for its\n"
       "highest version.",
       "assay prompt show classification@1"});
  arguments.positional("PROMPT", "a file, name@version, or a name");
  add_library_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const fs::path file = prompt_named(arguments, arguments.get<std::string>("PROMPT"));
  for (const std::string& name : data::prompt_file_names(file)) {
    std::cout << fmt::format("── {}\n{}", (file.parent_path() / name).string(),
                             data::read_prompt_file(file.parent_path(), name).value());
  }
  data::FileHashes hashes{fs::path()};
  std::cout << "── hash " << data::prompt_hash(file, hashes) << "\n";
  const auto problems = data::variable_problems(file);
  for (const std::string& problem : problems) std::cerr << "warning: " << problem << "\n";
  return all_done;
}

int diff(const std::vector<std::string>& args) {
  Arguments arguments({"prompt diff", "assay prompt diff A B [OPTIONS]",
                       "Prints what changes from prompt A to prompt B, line by line, and in the files of one name that "
                       "they are made of.",
                       "assay prompt diff classification@1 prompts/mine.j2", "0 equal   1 they differ   2 bad input"});
  arguments.positional("A", "a file, name@version, or a name");
  arguments.positional("B", "likewise");
  add_library_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const fs::path a = prompt_named(arguments, arguments.get<std::string>("A")),
                 b = prompt_named(arguments, arguments.get<std::string>("B"));
  /// Its text under "", what it is made of under their names.
  const auto texts = [](const fs::path& file) {
    std::map<std::string, std::string> all;
    for (const std::string& name : data::prompt_file_names(file)) {
      all[name == file.filename() ? "" : name] = data::read_prompt_file(file.parent_path(), name).value();
    }
    return all;
  };
  auto before = texts(a), after = texts(b);
  std::map<std::string, std::string> names = before;
  names.insert(after.begin(), after.end());
  bool differ = false;
  for (const auto& [name, text] : names) {
    const std::string changes = line_diff(before[name], after[name]);
    if (changes.empty()) continue;
    differ = true;
    std::cout << fmt::format("── {} → {}\n{}", name.empty() ? a.string() : name, name.empty() ? b.string() : name,
                             changes);
  }
  return differ ? some_failed : all_done;
}

}  // namespace

int prompt_command(const std::vector<std::string>& args) {
  const std::vector<std::pair<std::string, int (*)(const std::vector<std::string>&)>> actions{
      {"list", list}, {"show", show}, {"diff", diff}, {"render", prompt_render_command}};
  std::vector<std::string> names;
  for (const auto& [name, action] : actions) {
    if (!args.empty() && args[0] == name) return action({args.begin() + 1, args.end()});
    names.push_back(name);
  }
  if (args.empty() || args[0].starts_with('-')) {
    Arguments arguments({"prompt", "assay prompt list|show|diff|render [ARGUMENTS]",
                         "Looks at prompts: lists the library's, shows one, compares two, or renders what an "
                         "experiment's cell asks about a\n"
                         "row. 'assay prompt ACTION --help' explains one.",
                         "assay prompt list\nassay prompt show classification@1\nassay prompt render "
                         "experiments/quickstart.yaml --only few_shot"});
    if (!arguments.parse(args)) return all_done;
    throw BadInput("say what to do: assay prompt " + fmt::format("{}", fmt::join(names, "|")));
  }
  throw BadInput(
      fmt::format("'{}' is nothing that 'assay prompt' does{}", args[0], config::suggestion(args[0], names)));
}

}  // namespace assay::cli
