#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace assay::data {

/// A prompt file's name and those of every file that it includes, extends or imports, relative to its folder, sorted.
/// @throws BadInput where a file is missing or is no template, with its place.
std::vector<std::string> prompt_file_names(const std::filesystem::path& file);

/// What is wrong with the Jinja format in which answers are written (`prompt.answer`); empty when nothing is.
std::string answer_problem(const std::string& answer);

/// What is wrong with the Jinja that reads answers out of outputs (`prompt.read`); empty when nothing is.
std::string read_problem(const std::string& read);

/// The text of a file of the same folder, or nothing: the loader of its includes. Names that leave the folder are refused.
std::optional<std::string> read_prompt_file(const std::filesystem::path& folder, const std::string& name);

}  // namespace assay::data
