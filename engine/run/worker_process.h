#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "assay/sdk/json.h"
#include "run/journal.h"
#include "run/line_reader.h"

namespace assay::run {

/// How a worker ended.
struct WorkerEnd {
  int signal = 0;  ///< 0: it exited by itself
  int status = 0;
};

/// One `assay worker` process, in a process group of its own so that Ctrl-C reaches only its host. Killed on destruction.
class WorkerProcess {
 public:
  /// What the worker and its plugins print goes to `log`.
  WorkerProcess(const std::filesystem::path& program, std::filesystem::path log, int number);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  bool send(const Json& message);  ///< false when it is gone
  [[nodiscard]] int output() const { return output_; }
  /// Reads what came; the messages are taken by `next`. False once the worker is gone and all was read.
  bool fill() { return reader_.fill(); }
  std::optional<std::string> next() { return reader_.next(); }

  void terminate();                                                       ///< asks it to end
  void wait_until(std::chrono::steady_clock::time_point deadline) const;  ///< for its end, no longer than that
  void kill();
  WorkerEnd wait();  ///< for its end

  [[nodiscard]] std::int64_t anonymous_bytes() const;  ///< RssAnon: mapped weights do not count
  [[nodiscard]] std::string plugin() const { return journal_.plugin(); }
  void mark_log();                             ///< the tail begins here
  [[nodiscard]] std::string log_tail() const;  ///< last lines printed since the mark
  [[nodiscard]] std::string name() const;

 private:
  std::filesystem::path log_;
  int number_;
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1;
  LineReader reader_{-1};
  Journal journal_;
  std::uintmax_t log_start_ = 0;
};

/// "SIGSEGV" for 11.
std::string signal_name(int signal);

}  // namespace assay::run
