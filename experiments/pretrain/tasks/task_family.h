#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "pretrain/lexicon.h"
#include "pretrain/rng.h"
#include "pretrain/tasks/frames.h"

namespace assay::synth {

struct TaskRow {
  std::string text;
  std::string target;
  std::vector<std::string> references;  ///< every right wording of the target; empty where there is one
};

struct TaskFamily {
  std::string name;
  std::string instruction;
  std::vector<std::string> choices;  ///< empty where the answer is written freely
  std::size_t groups = 1;            ///< rows are spread evenly over these: classes, step counts, wordings
  std::function<TaskRow(Rng& rng, std::size_t group)> draw;
};

// Each family keeps references to the lexicon and the frames.
TaskFamily routing_task(const Lexicon& lexicon, const Frames& frames);
TaskFamily support_task(const Lexicon& lexicon, const Frames& frames);
TaskFamily chain_task(const Lexicon& lexicon, const Frames& frames);
TaskFamily topic_task(const Lexicon& lexicon, const Frames& frames);
TaskFamily sentiment_task(const Lexicon& lexicon, const Frames& frames);
TaskFamily notice_task(const Lexicon& lexicon, const Frames& frames);

}  // namespace assay::synth
