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
    std::filesystem::path journal;   ///< file of the AnswerJournal
    std::int64_t run = 0;
    std::optional<double> dollars;   ///< that the run may spend on all of them
  };
  /// @throws Error where the journal cannot be written
  explicit Gateway(const Options&);
  ~Gateway();  ///< what is in flight is dropped
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// From any thread. Models of equal identity share their limits: those of the first.
  void ask(const RemoteSettings&, std::vector<Ask>);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models::remote
