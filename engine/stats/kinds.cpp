#include "stats/kinds.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace assay::stats {
namespace {

std::optional<Kinds> crossed(const Kinds& a, const Kinds& b, std::size_t most) {
  Kinds both;
  both.of.reserve(a.of.size());
  std::unordered_map<std::uint64_t, std::uint32_t> numbers;
  for (std::size_t i = 0; i < a.of.size(); ++i) {
    const std::uint64_t pair = static_cast<std::uint64_t>(a.of[i]) << 32U | b.of[i];
    const auto [known, fresh] = numbers.try_emplace(pair, static_cast<std::uint32_t>(both.first.size()));
    if (fresh) {
      if (both.first.size() == most) return {};
      both.first.push_back(static_cast<std::uint32_t>(i));
    }
    both.of.push_back(known->second);
  }
  return both;
}

}  // namespace

void Kinds::sum(std::span<const double> weights, std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t i = 0; i < of.size(); ++i) out[of[i]] += weights[i];
}

std::optional<Kinds> kinds_of_rows(std::span<const double> rows, std::size_t width, std::size_t most) {
  if (width == 0) return {};
  Kinds kinds;
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (std::size_t i = 0; i < rows.size() / width; ++i) {
    const std::string_view bytes(reinterpret_cast<const char*>(&rows[i * width]), width * sizeof(double));
    const auto [known, fresh] = numbers.try_emplace(bytes, static_cast<std::uint32_t>(kinds.first.size()));
    if (fresh) {
      if (kinds.first.size() == most) return {};
      kinds.first.push_back(static_cast<std::uint32_t>(i));
    }
    kinds.of.push_back(known->second);
  }
  return kinds;
}

std::optional<Kinds> joint(std::span<const Kinds* const> parts, std::size_t most) {
  if (parts.empty() || parts.front()->size() > most) return {};
  std::optional<Kinds> all = *parts.front();
  for (std::size_t p = 1; p < parts.size() && all; ++p) all = crossed(*all, *parts[p], most);
  return all;
}

}  // namespace assay::stats
