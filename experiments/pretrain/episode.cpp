#include <algorithm>

#include "family.h"

namespace assay::synth {
namespace {

struct Layout {
  const char* before_input;
  const char* after_input;
};

// The arrow is what prompts use; the others keep the model from hanging everything on one token.
constexpr Layout kArrow{"", " =>"};
constexpr Layout kOthers[] = {{" q :", "\n a :"}, {" input :", "\n output :"}, {" text :", "\n label :"}};

}  // namespace

Document episode(const Task& task, Rng& rng, int max_words) {
  constexpr double kOtherLayouts = 0.3;
  const Layout layout = rng.chance(kOtherLayouts) ? kOthers[rng.below(3)] : kArrow;
  const int shots = rng.chance(task.alone) ? rng.between(1, 2) : rng.between(std::min(2, task.most), task.most);
  Document document;
  int words = 0;
  const auto add = [&](std::string text, float weight) {
    words += words_in(text);
    document.push_back({std::move(text), weight});
  };
  if (!task.instruction.empty()) add(" " + task.instruction + "\n", kInputWeight);
  for (int i = 0; i < shots; ++i) {
    const Example example = task.draw(rng);
    std::string input = std::string(layout.before_input) + " " + example.input + layout.after_input;
    std::string target = " " + example.target + "\n";
    if (i > 0 && words + words_in(input) + words_in(target) > max_words) break;
    add(std::move(input), kInputWeight);
    add(std::move(target), kAnswerWeight);
  }
  return document;
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace assay::synth
