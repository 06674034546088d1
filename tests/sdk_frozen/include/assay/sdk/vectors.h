#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/bm25.h"
#include "assay/sdk/strategy.h"

namespace assay::sdk {

/// Rows of floats of one width, each scaled to length 1, searched one by one: exact, and the same on every machine that
/// computes IEEE numbers. A row of zeros stays one and is like nothing.
class Vectors {
 public:
  /// @throws Error for a width other than the rows before have, or a number that is not finite.
  void add(std::span<const float> row);

  [[nodiscard]] std::size_t size() const noexcept { return width_ == 0 ? 0 : values_.size() / width_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] std::span<const float> row(std::size_t position) const {
    return std::span(values_).subspan(position * width_, width_);
  }

  /// The cosine between two rows.
  [[nodiscard]] double cosine(std::size_t a, std::size_t b) const;

  /// The cosine between `query` and every row. @throws Error where its width is another.
  [[nodiscard]] std::vector<double> cosines(std::span<const float> query) const;

  /// The `count` nearest rows by cosine, nearest first; of equals the earlier.
  [[nodiscard]] std::vector<Ranked> nearest(std::span<const float> query, std::size_t count) const;

  /// A binary file, little-endian: "ASSAYVEC", uint64 rows, uint64 width, then the rows as float32.
  /// @throws Error where it cannot be written.
  void save(const std::filesystem::path& file) const;
  /// @throws Corrupted where it is no such file.
  static Vectors load(const std::filesystem::path& file);

 private:
  std::size_t width_ = 0;
  std::vector<float> values_;
};

/// The vectors of `texts`, asked of `context.model()` many at a time. `name(i)` tells a person which text failed.
/// @throws UnsupportedModel where the model gives none or a text does not fit it; Stopped.
Vectors embed(std::span<const std::string> texts, Pooling pooling, AdaptContext& context,
              const std::function<std::string(std::size_t)>& name);

}  // namespace assay::sdk
