#pragma once
#include <string>
#include <vector>

#include "config/experiment.h"

namespace assay::cli {

/// Where models of one experiment end their answers differently as it names no stop: a local model without a chat template,
/// or whose template writes a line break after a turn, ends at the line's end; a remote one of messages where its server has
/// it end. A line a remote model, with its place; none under a `prompt.template`, or where answers are all chosen.
/// @throws BadInput where a local model's tokenizer cannot be read
std::vector<std::string> stop_notes(const config::Experiment&);

}  // namespace assay::cli
