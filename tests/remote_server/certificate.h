#pragma once
#include <filesystem>
#include <string>

namespace assay::test {

/// Writes cert.pem and key.pem into `folder`: signed by itself, for one name, from two days ago to `days` from now.
void make_certificate(const std::filesystem::path& folder, const std::string& name, int days);

}  // namespace assay::test
