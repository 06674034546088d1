#pragma once
#include <assay/sdk/json.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "unit/models/temporary_folder.h"

namespace assay::models {

/// What tests/reference/llama_numpy.py says about token sequences; nothing where python3 has no NumPy.
inline std::optional<Json> ask_numpy(const std::filesystem::path& model,
                                     const std::vector<std::vector<std::int32_t>>& sequences,
                                     const std::string& options = "") {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0) return std::nullopt;
  const TemporaryFolder folder;
  const auto questions = folder.write("ids.json", Json(sequences).dump());
  const auto answers = folder.path() / "answers.json";
  const std::string command = fmt::format(
      "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 '{}/tests/reference/llama_numpy.py' '{}' {} < '{}' > "
      "'{}'",
      ASSAY_SOURCE_DIR, model.string(), options, questions.string(), answers.string());
  if (std::system(command.c_str()) != 0) return Json();
  std::ifstream in(answers);
  return Json::parse(in);
}

}  // namespace assay::models
