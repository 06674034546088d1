#include <fmt/format.h>

#include <iostream>

#include "cli/experiment_input.h"
#include "config/nearest.h"

namespace assay::cli {
namespace {

/// "integer, 1 to 1000, default 4": what a JSON Schema property allows, in words.
std::string allowed(const Json& property) {
  std::string text;
  if (property.contains("enum")) {
    text = "one of";
    for (const Json& value : property["enum"])
      text += " " + (value.is_string() ? value.get<std::string>() : value.dump());
  } else if (property.contains("type")) {
    text = property["type"].is_string() ? property["type"].get<std::string>() : property["type"].dump();
  } else {
    text = "any value";
  }
  const auto bound = [&](const char* key, const char* word) {
    if (property.contains(key)) text += fmt::format(", {} {}", word, property[key].dump());
  };
  bound("minimum", "at least"), bound("exclusiveMinimum", "above"), bound("maximum", "at most"),
      bound("exclusiveMaximum", "below");
  bound("default", "default");
  return text;
}

void describe(const config::PluginManifest& plugin) {
  std::cout << fmt::format("{} {} ({}, {})\n  {}\n\nPARAMETERS\n", plugin.name, plugin.version, plugin.kind,
                           plugin.builtin ? "built in" : plugin.library.filename().string(), plugin.summary);
  const Json properties = plugin.params.value("properties", Json::object());
  if (properties.empty()) std::cout << "  none\n";
  for (const auto& [name, property] : properties.items()) {
    std::cout << fmt::format("  {}\n      {}\n", name, allowed(property));
    if (property.contains("description")) std::cout << "      " << property["description"].get<std::string>() << "\n";
  }
  std::string parts;
  for (const auto& [flag, word] : {std::pair{plugin.adapts, "adapts"},
                                   {plugin.trains, "trains"},
                                   {plugin.composes, "composes"},
                                   {plugin.drives, "drives"},
                                   {plugin.reads, "reads"},
                                   {plugin.consults, "asks before composing"},
                                   {plugin.tries, "tries prompts while adapting"},
                                   {plugin.random, "depends on the seed"},
                                   {plugin.needs_train, "needs a training split"},
                                   {plugin.needs_validation, "needs a validation split"},
                                   {plugin.needs_choices, "needs choices"},
                                   {plugin.measures, "reads measured timings"},
                                   {plugin.asks, "asks a judge"}}) {
    if (flag) parts += (parts.empty() ? "" : ", ") + std::string(word);
  }
  if (!parts.empty()) std::cout << "\nWHAT IT DOES\n  " << parts << "\n";
}

Json to_json(const config::PluginManifest& plugin) {
  return {{"name", plugin.name},       {"kind", plugin.kind},       {"version", plugin.version},
          {"summary", plugin.summary}, {"builtin", plugin.builtin}, {"params", plugin.params}};
}

}  // namespace

int plugins_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"plugins", "assay plugins [OPTIONS]\nassay plugins describe NAME [OPTIONS]",
       "Lists the strategies and metrics that experiments may use, or prints one's parameters with their types,\n"
       "defaults and ranges. Plugins are read, not loaded. They are looked for in --plugin-dir, in the folders of\n"
       "ASSAY_PLUGIN_PATH (separated by colons), in an experiment's `plugins:`, and where assay is installed; never\n"
       "in the working directory.",
       "assay plugins describe lora"});
  arguments.positional("describe", "the word 'describe'", false);
  arguments.positional("NAME", "a plugin's name", false);
  arguments.add()("plugin-dir", boost::program_options::value<std::vector<std::string>>()->value_name("DIR"),
                  "search this folder too; may be repeated");
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const auto plugins = find_manifests(arguments, {});
  if (!arguments.has("describe")) {
    Json all = Json::array();
    for (const auto& plugin : plugins) {
      all.push_back(to_json(plugin));
      if (!arguments.has("json")) {
        std::cout << fmt::format("{:<9} {:<18} {:<6} {}\n", plugin.kind, plugin.name, plugin.version, plugin.summary);
      }
    }
    if (arguments.has("json")) std::cout << all.dump(2) << "\n";
    return all_done;
  }
  if (arguments.get<std::string>("describe") != "describe" || !arguments.has("NAME")) {
    const auto word = arguments.get<std::string>("describe");
    throw BadInput(fmt::format("say 'assay plugins describe {}', or 'assay plugins' for a list",
                               word == "describe" ? "NAME" : word));
  }
  std::vector<std::string> names;
  for (const auto& plugin : plugins) {
    if (plugin.name == arguments.get<std::string>("NAME")) {
      if (arguments.has("json")) {
        std::cout << to_json(plugin).dump(2) << "\n";
      } else {
        describe(plugin);
      }
      return all_done;
    }
    names.push_back(plugin.name);
  }
  const auto name = arguments.get<std::string>("NAME");
  throw BadInput(fmt::format("no plugin is named '{}'{}", name, config::suggestion(name, names)));
}

}  // namespace assay::cli
