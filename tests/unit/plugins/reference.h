#pragma once
#include <assay/sdk/json.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "unit/models/temporary_folder.h"

namespace assay::test {

/// What tests/reference/`script` prints about `question`; nothing where python3 has no `module`.
inline std::optional<Json> ask_python(const std::string& script, const std::string& module, const Json& question) {
  const std::string known = fmt::format(
      "/usr/bin/python3 -c \"import importlib.util as u, sys; sys.exit(u.find_spec('{}') is None)\"", module);
  if (std::system(known.c_str()) != 0) return std::nullopt;
  const models::TemporaryFolder folder;
  const auto asked = folder.write("asked.json", question.dump());
  const auto told = folder.path() / "told.json";
  const std::string command = fmt::format("/usr/bin/python3 '{}/tests/reference/{}' < '{}' > '{}'", ASSAY_SOURCE_DIR,
                                          script, asked.string(), told.string());
  if (std::system(command.c_str()) != 0) return Json();
  std::ifstream in(told);
  return Json::parse(in);
}

}  // namespace assay::test
