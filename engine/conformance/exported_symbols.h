#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace assay::conformance {

/// Names that a shared library defines for others (its .dynsym), sorted. @throws BadInput when it is no ELF library.
std::vector<std::string> exported_symbols(const std::filesystem::path& library);

}  // namespace assay::conformance
