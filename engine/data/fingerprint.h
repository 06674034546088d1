#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "assay/sdk/json.h"

namespace assay::data {

std::string sha256(std::string_view bytes);  ///< lower-case hex

/// SHA-256 of `value` printed with sorted keys and no spaces.
std::string sha256(const Json& value);

/// SHA-256 of text that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();  ///< ends it

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// Remembers what was found in files by (device, inode, size, mtime, ctime), in a JSON file that names no paths; safe to
/// share between processes (written whole by rename; a lost update costs a second look, never a wrong answer). What was
/// written within the last two seconds is not remembered: a clock tick may hide a change.
class FileHashes {
 public:
  explicit FileHashes(std::filesystem::path cache_file);  ///< an empty path remembers nothing on disk
  ~FileHashes();                                          ///< saves what is new, where it can
  FileHashes(const FileHashes&) = delete;
  FileHashes& operator=(const FileHashes&) = delete;

  /// SHA-256 of a file's bytes. @throws BadInput when the file cannot be read.
  std::string hash(const std::filesystem::path& file);

  /// `look`'s finding about `file`, or what it found before in the unchanged file. `question` tells findings apart.
  Json remembered(const std::filesystem::path& file, const std::string& question, const std::function<Json()>& look);

  void save();  ///< @throws Error when it cannot be written

 private:
  std::filesystem::path cache_file_;
  Json entries_;
  bool changed_ = false;
};

}  // namespace assay::data
