#include <assay/sdk/error.h>
#include <assay/sdk/vectors.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

namespace assay::sdk {
namespace {

constexpr std::size_t kAskedTogether = 1024;  // between two looks at whether to stop
constexpr std::string_view kVectorsMagic = "ASSAYVEC";
static_assert(std::endian::native == std::endian::little, "vectors are written as they lie in memory");

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::vector<float> unit(std::span<const float> row) {
  const double length = std::sqrt(dot(row, row));
  if (!std::isfinite(length)) throw Error("a vector holds a number that is not finite");
  std::vector<float> scaled(row.begin(), row.end());
  if (length > 0) {
    for (float& x : scaled) x = static_cast<float>(static_cast<double>(x) / length);
  }
  return scaled;
}

}  // namespace

void Vectors::add(std::span<const float> row) {
  if (row.empty() || (width_ != 0 && row.size() != width_)) {
    throw Error("a vector has " + std::to_string(row.size()) + " numbers where " + std::to_string(width_) +
                " are needed");
  }
  width_ = row.size();
  const std::vector<float> scaled = unit(row);
  values_.insert(values_.end(), scaled.begin(), scaled.end());
}

double Vectors::cosine(std::size_t a, std::size_t b) const { return dot(row(a), row(b)); }

std::vector<double> Vectors::cosines(std::span<const float> query) const {
  if (size() > 0 && query.size() != width_) {
    throw Error("a query's vector has " + std::to_string(query.size()) + " numbers where the index has " +
                std::to_string(width_));
  }
  const std::vector<float> scaled = unit(query);
  std::vector<double> cosines(size());
  for (std::size_t i = 0; i < cosines.size(); ++i) cosines[i] = dot(scaled, row(i));
  return cosines;
}

std::vector<Ranked> Vectors::nearest(std::span<const float> query, std::size_t count) const {
  return best_of(cosines(query), count);
}

void Vectors::save(const std::filesystem::path& file) const {
  std::ofstream out(file, std::ios::binary);
  const std::uint64_t shape[] = {size(), width_};
  out.write(kVectorsMagic.data(), static_cast<std::streamsize>(kVectorsMagic.size()));
  out.write(reinterpret_cast<const char*>(shape), sizeof shape);
  out.write(reinterpret_cast<const char*>(values_.data()),
            static_cast<std::streamsize>(values_.size() * sizeof(float)));
  out.close();
  if (!out) throw Error(file.string() + ": cannot be written; is the disk full?");
}

Vectors Vectors::load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string magic(kVectorsMagic.size(), '\0');
  std::uint64_t shape[2] = {0, 0};
  in.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  in.read(reinterpret_cast<char*>(shape), sizeof shape);
  std::error_code unreadable;
  const std::uint64_t bytes = std::filesystem::file_size(file, unreadable);
  constexpr std::uint64_t kHeader = 8 + sizeof shape;
  const bool fits = in && !unreadable && magic == kVectorsMagic && bytes >= kHeader && shape[0] <= bytes &&
                    shape[1] <= bytes && shape[0] * shape[1] * sizeof(float) == bytes - kHeader;
  Vectors vectors;
  if (fits) {
    vectors.width_ = shape[1];
    vectors.values_.resize(shape[0] * shape[1]);
    in.read(reinterpret_cast<char*>(vectors.values_.data()),
            static_cast<std::streamsize>(vectors.values_.size() * sizeof(float)));
  }
  if (!fits || !in)
    throw Corrupted(file.string() + ": no vectors of this version, or torn; remove it to have it made again");
  return vectors;
}

Vectors embed(std::span<const std::string> texts, Pooling pooling, AdaptContext& context,
              const std::function<std::string(std::size_t)>& name) {
  LanguageModel* model = context.model();
  if (model == nullptr || !model->info().embeds) {
    throw UnsupportedModel("model '" + (model == nullptr ? std::string() : model->info().name) +
                           "' gives no vectors for texts; use bm25");
  }
  Vectors vectors;
  for (std::size_t begin = 0; begin < texts.size(); begin += kAskedTogether) {
    if (context.stop_requested()) throw Stopped("stopped while texts were embedded");
    const std::size_t end = std::min(begin + kAskedTogether, texts.size());
    std::vector<Request> requests;
    for (std::size_t i = begin; i < end; ++i)
      requests.push_back({Embed{texts[i], pooling}, {context.seed(), i, 0}, name(i)});
    std::vector<Completion> completions = ask_all(*model, std::move(requests));
    for (std::size_t i = begin; i < end; ++i) {
      Completion& one = completions[i - begin];
      if (!one.error.empty()) throw UnsupportedModel(name(i) + " cannot be embedded: " + one.error);
      vectors.add(one.embedding);
    }
  }
  return vectors;
}

}  // namespace assay::sdk
