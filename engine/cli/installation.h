#pragma once
#include <filesystem>

namespace assay::cli {

/// Where an installed (or built) assay keeps its parts, found from the running binary, so that a prefix can be moved.
std::filesystem::path this_program();
std::filesystem::path schema_folder();  ///< <prefix>/share/assay/schemas
std::filesystem::path words_folder();   ///< <prefix>/share/assay/words: word lists of the corpus and task generators
std::filesystem::path prompt_folder();  ///< <prefix>/share/assay/prompts: the prompts that come with assay
std::filesystem::path torch_backend();  ///< <prefix>/lib/libassay_torch.so
std::filesystem::path
plugin_templates();                     ///< <prefix>/share/assay/plugin_templates: what `assay plugin new` begins with
std::filesystem::path example_model();  ///< <prefix>/share/assay/experiments/models/nano, which an installation has

}  // namespace assay::cli
