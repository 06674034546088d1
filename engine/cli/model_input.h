#pragma once
#include <string>

#include "cli/command.h"
#include "models/local/local_model.h"

namespace assay::cli {

/// The positional argument MODEL with --dtype, --threads and --adapter, as the commands that run a model take them.
void add_model_options(Arguments& arguments);

/// Opens the model that they name. @throws BadInput when there is no such folder, or its files cannot be used.
models::LocalModel open_model(const Arguments& arguments);

/// MODEL, which must be a folder.
std::filesystem::path model_folder(const Arguments& arguments);

/// A file's whole text, or standard input's for "-".
std::string read_text(const std::string& file);

}  // namespace assay::cli
