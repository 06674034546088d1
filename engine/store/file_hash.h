#pragma once
#include <filesystem>
#include <string>

namespace assay::store {

/// SHA-256 (lower-case hex) of a file's bytes, read in pieces. @throws Error when it cannot be read.
std::string file_sha256(const std::filesystem::path& file);

}  // namespace assay::store
