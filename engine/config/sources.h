#pragma once
#include <filesystem>
#include <string>

#include "config/schema.h"
#include "config/yaml.h"

namespace assay::config {

/// `written` as it stands in the file, made absolute by the experiment's folder; `${NAME}` is the environment variable's
/// value, nothing where it is not set (the checks below say so).
std::filesystem::path resolve(const std::filesystem::path& folder, const std::string& written);

/// What is wrong with the environment variables in a path as written: "" or words that follow its key.
std::string variables_problem(const std::string& written);

/// Checks that a dataset's files are there and are of a kind that can be read, and that its splits make sense.
void check_dataset(const Node& dataset, const std::string& name, const std::filesystem::path& folder,
                   Problems& problems);

/// Checks that a local model's folder holds configuration, tokenizer and whole weights. Reads headers only.
void check_model(const Node& model, const std::string& name, const std::filesystem::path& folder, Problems& problems);

}  // namespace assay::config
