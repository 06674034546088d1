#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "report/report_data.h"
#include "report/stage_results.h"

namespace assay::report {

/// How much of a run's examples a page carries. What is left out is counted on the page.
struct ExampleLimits {
  std::size_t cells = 120;              ///< of a dataset; past it the first seed of each group, best groups first
  std::size_t answers = 600'000;        ///< examples × cells of a dataset
  std::size_t block_rows = 250;         ///< of one compressed block …
  std::size_t block_bytes = 4U << 20U;  ///< … which ends earlier where its rows are long
};

/// What the page shows of one dataset, besides the compressed blocks: the entries of `page` in the contract that
/// page/src/data.ts states.
struct DatasetExamples {
  OrderedJson examples;  ///< null where no cell has predictions
  OrderedJson confusions = OrderedJson::array();
  OrderedJson calibration = OrderedJson::array();
};

/// Called with an element's id and its base64 text, in order; the text is not kept.
using PutBlock = std::function<void(const std::string& id, const std::string& text)>;

/// Walks the predictions of a dataset's cells side by side, holding one block's rows at a time.
/// @throws Corrupted naming a bundle's file
DatasetExamples write_examples(const Dataset& dataset, std::size_t number, const plan::Plan& plan, StageResults& stages,
                               const ExampleLimits& limits, const PutBlock& put);

}  // namespace assay::report
