#include "config/load.h"
#include "config/schema.h"

namespace assay::config {
namespace {

bool meets(const Json& setting, const Json& condition) {
  return condition.is_boolean() ? condition.get<bool>() : judge(setting, condition).empty();
}

}  // namespace

bool PluginManifest::is_random(const Json& setting) const { return random && meets(setting, random_if); }

bool PluginManifest::asks_in_adapt_of(const Json& setting) const { return asks_in_adapt && meets(setting, asks_if); }

bool PluginManifest::consults_of(const Json& setting) const { return consults && meets(setting, asks_if); }

}  // namespace assay::config
