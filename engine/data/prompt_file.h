#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/fingerprint.h"
#include "data/front_matter.h"
#include "text/jinja/template.h"

namespace assay::data {

/// A prompt file in its two parts. @throws BadInput when it cannot be read, or its front matter with its place
PromptSource read_prompt(const std::filesystem::path& file);

/// Finds the templates that a prompt file includes, in its folder, without their front matter.
std::function<std::optional<std::string>(std::string_view)> prompt_loader(const std::filesystem::path& folder);

/// A prompt file as a strict template, whose includes are files of its folder; errors name the file, and lines count as
/// they stand in it, front matter included.
/// @throws BadInput as `read_prompt`; text::TemplateError where it does not parse.
text::Template open_prompt(const std::filesystem::path& file);

/// A prompt file's name and those of every file that it includes, extends or imports, relative to its folder, sorted.
/// @throws BadInput where a file is missing or is no template, with its place.
std::vector<std::string> prompt_file_names(const std::filesystem::path& file);

/// Names that a prompt file, or what it includes or extends, looks up in its variables. @throws BadInput as `prompt_file_names`
std::set<std::string> prompt_variables(const std::filesystem::path& file);

/// The same of a Jinja text that stands alone. @throws text::TemplateError where it does not parse.
std::set<std::string> jinja_variables(const std::string& text);

/// SHA-256 (hex) over a prompt file and all that it is made of, by the names that it knows them by; its own name does not
/// matter. @throws BadInput as `prompt_file_names`
std::string prompt_hash(const std::filesystem::path& file, FileHashes& hashes);

/// What is wrong with the Jinja format in which answers are written (`prompt.answer`); empty when nothing is.
std::string answer_problem(const std::string& answer);

/// What is wrong with the Jinja that reads answers out of outputs (`prompt.read`); empty when nothing is.
std::string read_problem(const std::string& read);
/// The same of any Jinja text, called `name`; which variables it names is not looked at.
std::string jinja_problem(const std::string& name, const std::string& text);

/// The text of a file of the same folder, or nothing: the loader of its includes. Names that leave the folder are refused.
std::optional<std::string> read_prompt_file(const std::filesystem::path& folder, const std::string& name);

}  // namespace assay::data
