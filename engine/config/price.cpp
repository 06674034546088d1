#include "config/price.h"

namespace assay::config {

std::optional<Price> token_price(const Json& price) {
  if (!price.is_object() || !price.contains("input") || !price.contains("output")) return std::nullopt;
  const double input = price.at("input");
  const double charged = price.value("batch", false) ? 1 - price.value("batch_discount", 0.0) : 1;
  return Price{charged * price.value("cache_write", input), charged * price.value("cached_input", input),
               charged * price.at("output").get<double>()};
}

double dollars(const Price& price, double prompt, double cached, double completion) {
  return ((prompt - cached) * price.input + cached * price.cached_input + completion * price.output) / 1e6;
}

}  // namespace assay::config
