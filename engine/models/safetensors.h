#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/dtype.h"

namespace assay::models {

/// A tensor inside a mapped file, row-major, little-endian. The bytes live as long as the SafetensorsFile, and may be
/// unaligned for their type: read them with memcpy or `to_float`.
struct TensorView {
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  [[nodiscard]] std::int64_t elements() const noexcept;
};

/// The values as float. F64 is rounded; F16, BF16 and F8 are not accepted beyond F16 and BF16.
/// @throws BadInput for types that hold no real numbers.
[[nodiscard]] std::vector<float> to_float(const TensorView& tensor);
/// The values as double, every floating type widened without loss.
[[nodiscard]] std::vector<double> to_double(const TensorView& tensor);

/// The index of the first value that is NaN or infinite; nothing when all are finite, or the type has no such values.
[[nodiscard]] std::optional<std::int64_t> first_not_finite(const TensorView& tensor);

/// "[2, 3]"
[[nodiscard]] std::string shape_text(std::span<const std::int64_t> shape);

/// A safetensors file mapped read-only (format: 8 bytes of header length, a JSON header, the tensors' bytes without
/// gaps). Thread-safe after `open`.
class SafetensorsFile {
 public:
  /// Maps and validates the whole layout: nothing of a tensor's bytes is read.
  /// @throws BadInput naming the file and what is wrong: unreadable, truncated, header length out of bounds, malformed
  ///         header, unknown dtype, duplicate name, size that does not match the shape, offsets that overlap, leave gaps
  ///         or pass the end.
  static SafetensorsFile open(const std::filesystem::path& path);

  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
  ~SafetensorsFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool contains(const std::string& name) const noexcept;
  /// @throws BadInput naming the file and the tensor when there is none of that name.
  [[nodiscard]] const TensorView& at(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, TensorView>& tensors() const noexcept;
  /// The header's `__metadata__`.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept;

 private:
  struct Rep;
  explicit SafetensorsFile(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

/// A tensor to be written; `bytes` is row-major and borrowed until `write_safetensors` returns.
struct NamedTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes tensors in descending order of alignment, then by name (as the reference implementation), the header padded
/// to 8 bytes; equal input gives equal bytes. The file appears whole: it is written beside `path` and renamed.
/// @throws Error when the disk refuses; BadInput for a name given twice or bytes that do not match dtype and shape.
void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace assay::models
