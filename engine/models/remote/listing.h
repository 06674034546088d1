#pragma once
#include <string>
#include <vector>

#include "models/remote/settings.h"

namespace assay::models::remote {

/// What a server says of a model before it is asked anything that costs money.
struct Listing {
  enum class What {
    served,    ///< it is listed, or known by its name
    unknown,   ///< the server says that it has no model of this name
    unlisted,  ///< other models are listed, and nothing is said of this one
    bad_key,
    untold,  ///< the server has no such list, does not show it to this key, or cannot be reached
  };
  What what = What::untold;
  std::string reason;  ///< for a person; empty where it is served
};

/// Asks the server of `settings` for its models (GET /models), and for each of `models` that it does not list by its name
/// (GET /models/NAME), as servers know other names than they list. One try each. @return one a model
std::vector<Listing> listed_models(const RemoteSettings& settings, const std::vector<std::string>& models);

}  // namespace assay::models::remote
