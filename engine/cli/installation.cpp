#include "cli/installation.h"

namespace assay::cli {
namespace fs = std::filesystem;

fs::path this_program() { return fs::read_symlink("/proc/self/exe"); }

fs::path schema_folder() { return this_program().parent_path().parent_path() / "share/assay/schemas"; }

fs::path words_folder() { return this_program().parent_path().parent_path() / "share/assay/words"; }

fs::path prompt_folder() { return this_program().parent_path().parent_path() / "share/assay/prompts"; }

fs::path plugin_templates() { return this_program().parent_path().parent_path() / "share/assay/plugin_templates"; }

fs::path example_model() { return this_program().parent_path().parent_path() / "share/assay/experiments/models/nano"; }

fs::path torch_backend() { return this_program().parent_path().parent_path() / "lib/libassay_torch.so"; }

}  // namespace assay::cli
