#include "conformance/samples.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fmt/core.h>

#include <array>
#include <cmath>
#include <fstream>

namespace assay::conformance {
namespace {

constexpr std::array<const char*, 3> kLabels{"billing", "outage", "account"};
constexpr std::array<const char*, 8> kWords{"invoice", "network", "password", "total",
                                            "router",  "mail",    "refund",   "signal"};
constexpr std::size_t kTraining = 60, kValidation = 9, kTest = 60;  // more than fifty: some err now and then

struct Drawn {
  std::string text, label, why;
};

/// One row, drawn from a stream of its own.
Drawn row(const std::string& split, std::size_t i, Task task, Examples examples) {
  sdk::Random random(examples == Examples::other ? 2 : 1, split, i);
  const auto word = [&] { return std::string(kWords[random.below(kWords.size())]); };
  Drawn drawn;
  const std::size_t label = random.below(kLabels.size());
  drawn.text = fmt::format("{} {} {} about {} number {}", split, word(), word(), word(), i);
  if (examples == Examples::other) drawn.text = "another " + drawn.text;
  drawn.label = task == Task::labels ? std::string(kLabels[label]) : fmt::format("{} and {}", word(), word());
  if (task == Task::numbers) drawn.label = std::to_string(random.below(20));
  if (task == Task::objects) {
    drawn.text = fmt::format("name[{}], food[{}]", word(), word());
    drawn.label = Json{{"name", word()}, {"count", random.below(5)}}.dump();
  }
  drawn.why = fmt::format("It speaks of {}. So it is {}.", word(), drawn.label);
  if (examples == Examples::odd && split == "test") {
    const std::array<std::string, 4> odd{"", std::string(20000, 'x'), "{{ unclosed {% if",
                                         "Grüße \xE2\x98\x83\n\n\tend"};
    drawn.text = odd[i % odd.size()];
  }
  return drawn;
}

void write(const std::filesystem::path& file, const std::string& split, std::size_t count, Task task,
           Examples examples) {
  std::ofstream out(file, std::ios::binary);
  for (std::size_t i = 0; i < count; ++i) {
    const Drawn drawn = row(split, i, task, examples);
    out << Json{{"text", drawn.text}, {"label", drawn.label}, {"why", drawn.why}}.dump() << '\n';
  }
  out.close();
  if (!out) throw Error(fmt::format("{}: cannot be written; is the disk full?", file.string()));
}

/// What was answered: mostly the target, now and then another label, other words, or nothing.
std::string answered(const Drawn& drawn, std::size_t i, Task task) {
  if (i % 7 == 3) return "";
  if (i % 3 != 1) return drawn.label;
  if (task == Task::numbers) return std::to_string(i);
  return task == Task::labels ? kLabels[i % kLabels.size()] : drawn.label + " too";
}

void make_odd(AnsweredSample& sample, std::size_t i) {
  const std::array<std::string, 5> odd{"", std::string(20000, 'y'), "\xFF\xFE no UTF-8", "none of the choices",
                                       "{\"a\": [1, nan"};
  sample.answer = odd[i % odd.size()];
  sample.outputs = i % 2 == 0 ? std::vector<std::string>{} : std::vector<std::string>{sample.answer};
  if (i % 3 == 0) sample.target.clear(), sample.references = {""};
  if (i % 4 == 0) sample.choice_scores.clear();
  if (i % 5 == 0) sample.dollars = std::nan("");
  sample.usage = {};
  sample.milliseconds = 0;
}

}  // namespace

data::DatasetSource sample_rows(const std::filesystem::path& folder, Task task, Examples examples) {
  std::filesystem::create_directories(folder);
  const bool odd = examples == Examples::odd;
  write(folder / "train.jsonl", "train", odd ? 1 : kTraining, task, examples);
  write(folder / "validation.jsonl", "validation", odd ? 1 : kValidation, task, examples);
  write(folder / "test.jsonl", "test", odd ? 4 : kTest, task, examples);
  data::DatasetSource source;
  source.name = "samples";
  source.train = (folder / "train.jsonl").string();
  source.validation = (folder / "validation.jsonl").string();
  source.test = (folder / "test.jsonl").string();
  source.input = "{{ text }}";
  source.target = "{{ label }}";
  source.rationale = "{{ why }}";
  if (task == Task::labels) source.choices.assign(kLabels.begin(), kLabels.end());
  return source;
}

bool AnsweredSample::operator==(const AnsweredSample& other) const {
  const auto as_number = [](double x) { return std::isnan(x) ? -1.0 : x; };
  return input.id == other.input.id && input.text == other.input.text && input.fields == other.input.fields &&
         input.choices == other.input.choices && target == other.target && answer == other.answer &&
         references == other.references && outputs == other.outputs && details == other.details &&
         usage.prompt_tokens == other.usage.prompt_tokens && usage.completion_tokens == other.usage.completion_tokens &&
         milliseconds == other.milliseconds && as_number(dollars) == as_number(other.dollars) &&
         choice_scores == other.choice_scores;
}

std::vector<AnsweredSample> sample_answers(Task task, Examples examples) {
  std::vector<AnsweredSample> samples(kTest);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Drawn drawn = row("test", i, task, examples == Examples::other ? Examples::other : Examples::usual);
    AnsweredSample& sample = samples[i];
    sample.input = {.id = fmt::format("row-{}", i),
                    .index = i,
                    .text = drawn.text,
                    .fields = {{"text", drawn.text}},
                    .choices = {}};
    if (task == Task::labels) sample.input.choices.assign(kLabels.begin(), kLabels.end());
    sample.target = drawn.label;
    sample.references = {drawn.label};
    if (task == Task::labels || task == Task::texts) sample.references.push_back(drawn.label + " indeed");
    sample.answer = answered(drawn, i, task);
    sample.outputs = {"the answer is " + sample.answer};
    sample.details["samples"] = {sample.answer, i % 4 == 0 ? "another" : sample.answer, drawn.label};
    sample.usage = {.prompt_tokens = 20 + static_cast<std::int64_t>(i),
                    .cached_prompt_tokens = 2,
                    .completion_tokens = 1 + static_cast<std::int64_t>(i % 5)};
    sample.milliseconds = 5.0 + static_cast<double>(i * 7 % 11);
    sample.dollars = 1e-4 * static_cast<double>(1 + i % 4);
    for (std::size_t c = 0; c < sample.input.choices.size(); ++c) {
      sample.choice_scores.push_back((sample.input.choices[c] == sample.answer ? -0.3 : -2.0) -
                                     0.1 * static_cast<double>((i + c) % 5));
    }
    if (examples == Examples::odd) make_odd(sample, i);
  }
  return samples;
}

}  // namespace assay::conformance
