#include "config/load.h"
#include "config/schema.h"

namespace assay::config {
namespace {

bool fits(const Json& setting, const Json& condition) {
  return condition.is_boolean() ? condition.get<bool>() : judge(setting, condition).empty();
}

}  // namespace

bool PluginManifest::is_random(const Json& setting) const { return random && fits(setting, random_if); }

bool PluginManifest::asks_in_adapt_of(const Json& setting) const { return asks_in_adapt && fits(setting, asks_if); }

bool PluginManifest::consults_of(const Json& setting) const { return consults && fits(setting, asks_if); }

}  // namespace assay::config
