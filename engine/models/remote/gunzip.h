#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace assay::models::remote {

/// Unpacks gzip or zlib data that comes in pieces.
class Gunzip {
 public:
  explicit Gunzip(std::size_t most);  ///< bytes that it unpacks to at most
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// What `packed` adds. @throws Error for data that is damaged or unpacks to more
  std::string feed(std::string_view packed);
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
  std::size_t left_;
  bool finished_ = false;
};

}  // namespace assay::models::remote
