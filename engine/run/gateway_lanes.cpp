#include "run/gateway_lanes.h"

#include <assay/sdk/error.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace assay::run {

struct GatewayLanes::Lane {
  Lane(const Run& run, const std::shared_ptr<models::remote::Gateway>& gateway) : bench(journal) {
    bench.use_gateway(gateway);
    thread = std::thread([this, &run] {
      for (;;) {
        std::unique_lock lock(mutex);
        came.wait(lock, [&] { return !messages.empty(); });
        const Json message = std::move(messages.front());
        messages.pop_front();
        lock.unlock();
        try {
          run(message, bench);
        } catch (const Stopped&) {
          ::_exit(0);
        }
      }
    });
    thread.detach();
  }

  /// A page that the host does not see: whose code ran when several stages died together cannot be told.
  Journal journal;
  Workbench bench;
  std::mutex mutex;
  std::condition_variable came;
  std::deque<Json> messages;
  std::thread thread;
};

GatewayLanes::GatewayLanes(Run run) : run_(std::move(run)) {}

GatewayLanes::~GatewayLanes() {
  if (!lanes_.empty()) ::_exit(0);  // threads in the middle of stages: nothing of theirs is kept
}

std::shared_ptr<models::remote::Gateway> GatewayLanes::gateway(const Json& remote) {
  if (!gateway_) {
    models::remote::Gateway::Options options;
    options.journal = remote.at("journal").get<std::string>();
    options.run = remote.at("run");
    if (!remote.at("dollars").is_null()) options.dollars = remote.at("dollars").get<double>();
    gateway_ = std::make_shared<models::remote::Gateway>(options);
  }
  gateway_->spent_elsewhere(remote.value("elsewhere", 0.0));
  return gateway_;
}

void GatewayLanes::give(const Json& message) {
  auto& lane = lanes_[message.at("lane").get<int>()];
  if (!lane) lane = std::make_unique<Lane>(run_, gateway_);
  const std::lock_guard lock(lane->mutex);
  lane->messages.push_back(message);
  lane->came.notify_one();
}

}  // namespace assay::run
