#pragma once
#include <optional>
#include <string>

namespace assay::run {

/// Lines from a descriptor, which it does not close.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  /// Reads once what is there (blocks when the descriptor does); false at its end.
  bool fill();
  /// The next whole line that was read, without its end.
  std::optional<std::string> next();

 private:
  int descriptor_;
  std::string buffer_;
  std::size_t scanned_ = 0;
};

/// Writes `line` and a newline, all of it. False when the other side is gone.
bool write_line(int descriptor, const std::string& line);

}  // namespace assay::run
