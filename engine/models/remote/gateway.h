#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "models/remote/endpoint.h"

namespace assay::models::remote {

/// All remote models of a process: one thread that keeps what they ask in flight, so that limits, money and equal requests
/// are judged in one place.
class Gateway {
 public:
  struct Options {
    std::filesystem::path journal;  ///< file of the AnswerJournal
    std::int64_t run = 0;
    std::optional<double> dollars;  ///< that the run may spend on all of them
  };
  /// @throws Error where the journal cannot be written
  explicit Gateway(const Options&);
  ~Gateway();  ///< what is in flight is dropped
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// From any thread. Models of equal identity share their limits: those of the first.
  void ask(const RemoteSettings&, std::vector<Ask>);

  /// Holds so much of the run's budget for what is no request, beside what is set aside for requests in flight. Waits.
  /// @return false where there is no room, unless `anyway`
  [[nodiscard]] bool hold(double dollars, bool anyway = false);
  void release(double held);
  /// What the run spent elsewhere, which counts against its budget: on models of this machine, and before it was resumed.
  void spent_elsewhere(double dollars);
  /// What the run spent on remote models, in dollars. Waits.
  [[nodiscard]] double spent();
  /// Counts what was spent otherwise than by a request; once for each `key`, whatever run it is: `what` is kept in the journal.
  void pay(const std::string& key, double dollars, const Json& what);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models::remote
