#pragma once
#include <functional>
#include <map>
#include <memory>

#include "models/remote/gateway.h"
#include "run/workbench.h"

namespace assay::run {

/// The gateway's side of a worker: stages on remote models, each lane's one after the other in a thread with a workbench of
/// its own, all asking through one gateway. The threads live as long as the process.
class GatewayLanes {
 public:
  using Run = std::function<void(const Json& message, Workbench&)>;
  explicit GatewayLanes(Run run);
  ~GatewayLanes();

  /// The one gateway; made of the first message's `remote`: {"journal": file, "run": id, "dollars": cap or null,
  /// "elsewhere": dollars spent otherwise}, of which each message tells the last anew.
  std::shared_ptr<models::remote::Gateway> gateway(const Json& remote);
  void give(const Json& message);  ///< to the lane that it names

 private:
  struct Lane;
  Run run_;
  std::shared_ptr<models::remote::Gateway> gateway_;
  std::map<int, std::unique_ptr<Lane>> lanes_;
};

}  // namespace assay::run
