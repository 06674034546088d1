#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace assay::synth {

struct TaskOptions {
  std::uint64_t data_seed = 1;
  std::filesystem::path frames;  ///< other sentence frames (JSON, see frames.h); empty for the built-in ones
  std::filesystem::path words;   ///< the lexicon's folder
  std::size_t train = 500;       ///< rows of each split of each family
  std::size_t validation = 100;
  std::size_t test = 300;
};

struct TaskFile {
  std::string path;  ///< relative: "routing/test.jsonl"
  std::string text;
};

/// The families' names, in the order in which they are written.
std::vector<std::string> task_families();

/// Fresh rows of every family: `<family>/{train,validation,test}.jsonl` with rows {"text", "target"} (and "references"
/// where several wordings are right), and `<family>/task.json` with the family's instruction and choices.
///
/// The same options give the same bytes everywhere. Within a family no text occurs twice, so no test text is trained
/// on; each split is balanced over the family's classes up to one row. Another size of one split changes no row of the
/// splits before it in the order test, validation, train.
///
/// @throws BadInput  when the lexicon or the frames cannot be used, or the frames are too few for that many rows.
std::vector<TaskFile> make_tasks(const TaskOptions& options);

}  // namespace assay::synth
