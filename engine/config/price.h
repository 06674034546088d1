#pragma once
#include <optional>

#include "assay/sdk/json.h"
#include "config/experiment.h"

namespace assay::config {

/// What requests cost by a model's `price:`; nothing where it lacks `input` or `output`. Where writing into the server's cache is
/// charged, every prompt token that was not read from it is written: usage as OpenAI's API returns it does not count these apart.
std::optional<Price> token_price(const Json& price);

/// US dollars of so many tokens; `cached` is a part of `prompt`.
double dollars(const Price&, double prompt, double cached, double completion);

}  // namespace assay::config
