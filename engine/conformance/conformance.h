#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::conformance {

enum class Outcome { passed, failed, skipped };

/// What one check came to. Names are words of docs/plugins.md: "deterministic", "honours_stop".
struct Finding {
  std::string check;
  Outcome outcome = Outcome::passed;
  std::string detail;  ///< why it failed or was skipped
};

/// The library that is asked, and with what.
struct Subject {
  std::filesystem::path library;
  Json params = Json::object();  ///< beside the defaults; paths in it are absolute
  std::filesystem::path
      model;  ///< a Hugging Face folder that strategies which train are tried on; empty: that is skipped
  std::string libtorch_version;  ///< of the engine; empty: it trains nothing
  double seconds = 60;           ///< that one check may take
  /// Filled by `check`: the names that the plugin asked its parameters for.
  std::shared_ptr<std::set<std::string>> asked_parameters = std::make_shared<std::set<std::string>>();
};

/// Runs every check that is meant for the plugin's kind, each in a process of its own: one that crashes, hangs or ends its
/// process fails that check and no other. `found` hears of each as it is done; all are returned.
/// Call it from a process without further threads.
std::vector<Finding> check(const Subject& subject, const std::function<void(const Finding&)>& found = {});

}  // namespace assay::conformance
