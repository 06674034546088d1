#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>

#include "assay/sdk/json.h"

namespace assay::models::remote {

/// What was answered and paid for, a line each: written at once, so that a kill of this process loses none that was
/// counted, and put on the disk every 5 ms while there is something new, so that a power cut loses no more than that.
/// Several processes may add to one file; each knows what was there when it opened it, and its own.
///
/// Used from one thread. In memory are keys and places, not answers.
class AnswerJournal {
 public:
  /// Sums what answers cost that name `run`. A line that was not written to its end is not there.
  /// @throws Error where the file cannot be written
  AnswerJournal(std::filesystem::path file, std::int64_t run);
  ~AnswerJournal();
  AnswerJournal(const AnswerJournal&) = delete;
  AnswerJournal& operator=(const AnswerJournal&) = delete;

  /// `key`: hex digits that name a request. @return what it was answered
  [[nodiscard]] std::optional<Json> find(const std::string& key) const;
  /// @throws Error where it cannot be written
  void add(const std::string& key, double dollars, const Json& answer);

  [[nodiscard]] double dollars_of_run() const { return dollars_; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::uint64_t offset;
    std::uint32_t size;
  };
  void read_all();
  void sync();

  std::filesystem::path file_;
  std::int64_t run_;
  int descriptor_ = -1;
  double dollars_ = 0;
  std::unordered_map<std::string, Place> places_;  ///< by the first 32 digits of the key
  std::mutex mutex_;
  std::condition_variable changed_;
  bool dirty_ = false, ends_ = false;
  std::thread syncer_;
};

/// What the answers of a journal cost that name these runs; 0 where there is no such file.
double dollars_of_runs(const std::filesystem::path& file, const std::set<std::int64_t>& runs);

/// SHA-256 in hex digits.
std::string hash_text(std::string_view text);

}  // namespace assay::models::remote
