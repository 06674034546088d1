#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "assay/sdk/json.h"

namespace assay::data {

std::string sha256(std::string_view bytes);  ///< lower-case hex

/// SHA-256 of `value` printed with sorted keys and no spaces.
std::string sha256(const Json& value);

/// Remembers hashes of files by (device, inode, size, mtime, ctime), in a JSON file; safe to share between processes
/// (written whole by rename; a lost update costs a re-hash, never a wrong hash).
class FileHashes {
 public:
  explicit FileHashes(std::filesystem::path cache_file);  ///< an empty path remembers nothing on disk
  ~FileHashes();                                           ///< saves what is new
  /// @throws BadInput when the file cannot be read.
  std::string hash(const std::filesystem::path& file);
  void save();

 private:
  std::filesystem::path cache_file_;
  Json entries_;
  bool changed_ = false;
};

}  // namespace assay::data
