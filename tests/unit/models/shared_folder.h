#pragma once
#include <assay/sdk/json.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace assay::models {

/// The folder that an environment variable names; empty when it is not there.
inline std::filesystem::path shared_folder(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::filesystem::is_directory(value) ? std::filesystem::path(value)
                                                                  : std::filesystem::path();
}

inline Json read_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  return Json::parse(in);
}

}  // namespace assay::models
