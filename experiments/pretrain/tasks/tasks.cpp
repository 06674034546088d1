#include "pretrain/tasks/tasks.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fmt/format.h>

#include <array>
#include <numeric>
#include <unordered_set>

#include "pretrain/tasks/task_family.h"

namespace assay::synth {
namespace {

using MakeTask = TaskFamily (*)(const Lexicon&, const Frames&);
constexpr std::array<MakeTask, 6> kTasks = {routing_task, support_task,   chain_task,
                                            topic_task,   sentiment_task, notice_task};

/// Draws this many times before it says that the frames give no new text.
constexpr int kPatience = 2000;

/// The rows of one family, each text once.
class RowSource {
 public:
  RowSource(const TaskFamily& task, const Frames& frames, std::uint64_t seed)
      : task_(task), frames_(frames), seed_(seed) {}

  /// The next `count` rows as JSON lines, in random order.
  std::string split(std::string_view name, std::size_t count) {
    Rng order(seed_, fmt::format("tasks/{}/{}", task_.name, name), 0);
    // Which groups get one row more, where they do not divide the count, is drawn as well.
    std::vector<std::size_t> groups(task_.groups);
    std::iota(groups.begin(), groups.end(), std::size_t{0});
    order.shuffle(groups);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i) {
      Rng rng(seed_, fmt::format("tasks/{}/{}/row", task_.name, name), i);
      lines.push_back(line_of(fresh(rng, groups[i % groups.size()], name, count)));
    }
    order.shuffle(lines);
    std::string text;
    for (const auto& line : lines) text += line;
    return text;
  }

 private:
  TaskRow fresh(Rng& rng, std::size_t group, std::string_view split, std::size_t count) {
    for (int attempt = 0; attempt < kPatience; ++attempt) {
      TaskRow row = task_.draw(rng, group);
      if (seen_.insert(row.text).second) return row;
    }
    throw BadInput(fmt::format(
        "{}: the sentences for {} give too few different texts: {} found, and {} of its {} split asks for {} rows; "
        "add sentences, or slots to them",
        frames_.source(task_.name), task_.name, seen_.size(), task_.name, split, count));
  }

  static std::string line_of(const TaskRow& row) {
    OrderedJson json = {{"text", row.text}, {"target", row.target}};
    if (!row.references.empty()) json["references"] = row.references;
    return json.dump() + "\n";
  }

  const TaskFamily& task_;
  const Frames& frames_;
  std::uint64_t seed_;
  std::unordered_set<std::string> seen_;
};

std::string description_of(const TaskFamily& task) {
  OrderedJson json = {{"family", task.name}, {"instruction", task.instruction}};
  if (!task.choices.empty()) json["choices"] = task.choices;
  return json.dump(2) + "\n";
}

}  // namespace

std::vector<std::string> task_families() { return {"routing", "support", "chain", "topic", "sentiment", "notice"}; }

std::vector<TaskFile> make_tasks(const TaskOptions& options) {
  const Lexicon lexicon = Lexicon::load(options.words);
  const Frames frames = options.frames.empty() ? Frames::built_in() : Frames::read(options.frames);
  std::vector<TaskFile> files;
  for (const auto make : kTasks) {
    const TaskFamily task = make(lexicon, frames);
    RowSource rows(task, frames, options.data_seed);
    std::string test = rows.split("test", options.test);
    std::string validation = rows.split("validation", options.validation);
    files.push_back({task.name + "/task.json", description_of(task)});
    files.push_back({task.name + "/train.jsonl", rows.split("train", options.train)});
    files.push_back({task.name + "/validation.jsonl", std::move(validation)});
    files.push_back({task.name + "/test.jsonl", std::move(test)});
  }
  return files;
}

}  // namespace assay::synth
