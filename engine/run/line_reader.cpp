#include "run/line_reader.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace assay::run {

bool LineReader::fill() {
  std::array<char, 65536> chunk{};
  ssize_t count = 0;
  do {
    count = ::read(descriptor_, chunk.data(), chunk.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return errno == EAGAIN;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::optional<std::string> LineReader::next() {
  const auto end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  scanned_ = 0;
  return line;
}

bool write_line(int descriptor, const std::string& line) {
  const std::string text = line + '\n';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + sent, text.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace assay::run
