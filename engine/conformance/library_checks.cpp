#include "conformance/library_checks.h"

#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <fmt/core.h>

#include <algorithm>
#include <regex>
#include <set>

#include "config/schema.h"
#include "conformance/exported_symbols.h"
#include "host/catalog.h"

namespace assay::conformance {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

Finding finding(const char* check, const std::vector<std::string>& problems) {
  return {check, problems.empty() ? Outcome::passed : Outcome::failed, joined(problems)};
}

std::vector<std::string> site_problems(const Json& manifest) {
  static const std::set<std::string> known{"weight_delta",      "scaling",         "prefix_keys_and_values",
                                           "prefix_embeddings", "residual_module", "fine_tuning_job"};
  std::vector<std::string> problems;
  std::string site;
  for (const char c : manifest.at("sites").get<std::string>() + ",") {
    if (c != ',' && c != ' ') site += c;
    if (c != ',') continue;
    if (!site.empty() && !known.contains(site))
      problems.push_back(fmt::format("`sites` names '{}', which is no site", site));
    site.clear();
  }
  const bool trains = manifest.at("trains");
  if (trains && manifest.at("sites") == "") problems.emplace_back("it `trains` and names no `sites`");
  const bool here = manifest.at("sites") != "fine_tuning_job";  // a provider trains without libtorch
  if (trains && here && manifest.at("torch") == "")
    problems.emplace_back("it `trains` and does not include assay/torch/fine_tuning.h");
  return problems;
}

/// What the manifest says that cannot be so.
std::vector<std::string> manifest_problems(const Subject& subject, const Json& manifest) {
  std::vector<std::string> problems;
  const auto name = manifest.at("name").get<std::string>();
  if (!std::regex_match(name, std::regex("[a-z][a-z0-9_]*")))
    problems.push_back(fmt::format("the name '{}' is not in lower_snake_case", name));
  if (subject.library.stem() != name)
    problems.push_back(fmt::format("the file is named {}, the plugin {}", subject.library.stem().string(), name));
  for (const char* field : {"version", "summary"}) {
    if (manifest.at(field) == "") problems.push_back(fmt::format("`{}` is empty", field));
  }
  const bool strategy = manifest.at("kind") == "strategy";
  const auto refuse = [&](std::initializer_list<const char*> flags, const char* other) {
    for (const char* flag : flags) {
      if (manifest.at(flag) == true) problems.push_back(fmt::format("`{}` is a {}'s word", flag, other));
    }
  };
  strategy ? refuse({"measures", "throughput", "asks", "prices"}, "metric")
           : refuse({"adapts", "trains", "composes", "drives", "reads", "consults", "tries", "needs_train",
                     "needs_validation", "needs_choices"},
                    "strategy");
  if (strategy) {
    const auto more = site_problems(manifest);
    problems.insert(problems.end(), more.begin(), more.end());
    if (manifest.at("asks_in_adapt") == true && manifest.at("adapts") != true)
      problems.emplace_back("it `asks_in_adapt` and does not say `adapts`");
  }
  return problems;
}

std::vector<std::string> schema_problems(const Json& schema, const Json& params) {
  std::vector<std::string> problems;
  if (schema.value("type", Json()) != "object") problems.emplace_back("`params` is no schema of an object");
  if (schema.value("additionalProperties", Json(true)) != false)
    problems.emplace_back("`additionalProperties` must be false, or misspelt parameters are not seen");
  const Json required = schema.value("required", Json::array());
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    if (!property.is_object() || !property.contains("description"))
      problems.push_back(fmt::format("the parameter '{}' has no description", name));
    if (needed && !params.contains(name))
      problems.push_back(fmt::format("the parameter '{}' is required: give it by --params", name));
  }
  if (!problems.empty()) return problems;
  try {
    for (const std::string& line : config::judge(params, schema)) problems.push_back(line);
  } catch (const std::exception& error) {
    problems.push_back(fmt::format("it is no JSON Schema: {}", error.what()));
  }
  return problems;
}

Finding version(const char* check, const std::string& built_for, const std::string& ours, const char* what) {
  if (built_for == ours) return {check, Outcome::passed, ""};
  return {check, Outcome::failed,
          fmt::format("built for {} {}, this assay has {}; build it again against this assay", what, built_for,
                      ours.empty() ? "none" : ours)};
}

Finding symbols(const std::filesystem::path& library) {
  std::vector<std::string> problems, others, exported;
  try {
    exported = exported_symbols(library);
  } catch (const BadInput& error) {
    return {"symbols", Outcome::failed, error.what()};
  }
  for (const char* needed : {"assay_manifest_json", "assay_plugin_create"}) {
    if (!std::binary_search(exported.begin(), exported.end(), needed))
      problems.push_back(fmt::format("{} is not exported", needed));
  }
  for (const std::string& name : exported) {
    if (name != "assay_manifest_json" && name != "assay_plugin_create" && !name.starts_with("__"))
      others.push_back(name);
  }
  if (!others.empty()) {
    problems.push_back(
        fmt::format("{} more symbols are exported, {} the first; build it with assay_add_plugin, which hides them",
                    others.size(), others.front()));
  }
  return finding("symbols", problems);
}

}  // namespace

std::vector<Finding> check_library(const Subject& subject) {
  Json manifest;
  try {
    manifest = host::read_manifest(subject.library);
  } catch (const BadInput& error) {
    return {{"manifest", Outcome::failed, error.what()}};
  }
  std::vector<Finding> found;
  found.push_back(version("sdk_number", manifest.at("sdk").dump(), std::to_string(ASSAY_SDK_VERSION), "SDK"));
  if (found.back().outcome == Outcome::failed) return found;  // the rest of its manifest may mean something else
  found.push_back(version("abi_tag", manifest.at("abi"), ASSAY_ABI_TAG, "the C++ ABI"));
  if (manifest.at("torch") != "")
    found.push_back(version("libtorch", manifest.at("torch"), subject.libtorch_version, "libtorch"));
  if (const std::string field = host::unreadable_field(manifest); !field.empty()) {
    found.push_back({"manifest", Outcome::failed, fmt::format("it lacks a readable '{}'", field)});
    return found;
  }
  found.push_back(finding("manifest", manifest_problems(subject, manifest)));
  found.push_back(symbols(subject.library));
  found.push_back(finding("parameter_schema", schema_problems(manifest.at("params"), subject.params)));
  return found;
}

}  // namespace assay::conformance
