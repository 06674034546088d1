#pragma once
#include <assay/sdk/json.h>
#include <sys/types.h>

#include <string>
#include <vector>

/// A program that is spoken to in lines over its standard input and output; killed with all that it started when this goes.
class ScorerProcess {
 public:
  /// `command` is looked up in PATH. @throws assay::BadInput where it cannot be started.
  explicit ScorerProcess(std::vector<std::string> command);
  ~ScorerProcess();
  ScorerProcess(const ScorerProcess&) = delete;
  ScorerProcess& operator=(const ScorerProcess&) = delete;

  /// Sends a message and waits for the one that answers it. What the program writes to its standard error meanwhile is read, too.
  /// @throws assay::Error saying why there is no answer: it ended, took more than `seconds`, wrote no JSON or too much; with the
  /// last lines of its standard error.
  assay::Json exchange(const assay::Json& message, double seconds);

  /// An error about this program, its last lines of standard error behind the reason.
  [[noreturn]] void fail(const std::string& reason);

 private:
  void write_some(std::string_view& rest);
  void read_errors();
  bool read_answer();  ///< false at its end
  std::string how_it_ended();

  std::vector<std::string> command_;
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;
  std::string answer_, errors_;
  std::size_t error_bytes_ = 0;  ///< written to standard error since the last answer
};
