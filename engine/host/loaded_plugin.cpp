#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <boost/dll/shared_library.hpp>

#include "host/catalog.h"

namespace assay::host {

struct LoadedPlugin::Rep {
  boost::dll::shared_library library;
  std::string kind;
  std::string name;

  template <class T>
  std::shared_ptr<T> make(const std::string& wanted, const sdk::Params& params, std::shared_ptr<Rep> self) const {
    if (kind != wanted) {
      throw BadInput(fmt::format("{}: '{}' is a {}, not a {}", library.location().string(), name, kind, wanted));
    }
    const auto create = library.get<T*(const sdk::Params*)>("assay_plugin_create");
    return std::shared_ptr<T>(create(&params), [self = std::move(self)](T* object) { delete object; });
  }
};

LoadedPlugin LoadedPlugin::load(const std::filesystem::path& library) {
  const Json manifest = read_manifest(library);
  LoadedPlugin loaded;
  loaded.rep_ = std::make_shared<Rep>();
  loaded.rep_->kind = manifest.at("kind").get<std::string>();
  loaded.rep_->name = manifest.at("name").get<std::string>();
  try {
    loaded.rep_->library.load(library.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    throw BadInput(
        fmt::format("{}: plugin '{}' cannot be loaded: {}", library.string(), loaded.rep_->name, error.what()));
  }
  if (!loaded.rep_->library.has("assay_plugin_create")) {
    throw BadInput(fmt::format("{}: plugin '{}' exports no assay_plugin_create; build it with assay_add_plugin",
                               library.string(), loaded.rep_->name));
  }
  return loaded;
}

std::shared_ptr<sdk::Strategy> LoadedPlugin::strategy(const sdk::Params& params) const {
  return rep_->make<sdk::Strategy>("strategy", params, rep_);
}

std::shared_ptr<sdk::Metric> LoadedPlugin::metric(const sdk::Params& params) const {
  return rep_->make<sdk::Metric>("metric", params, rep_);
}

}  // namespace assay::host
