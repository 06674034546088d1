#include "family.h"

namespace assay::synth {

std::string frame(const World& world, Rng& rng, std::string_view rule) {
  return world.grammar.say(rule, rng, {{"n", "@"}});
}

std::string fill(const std::string& frame, const std::string& noun) {
  std::string text;
  std::size_t start = 0;
  for (auto at = frame.find('@'); at != std::string::npos; at = frame.find('@', start)) {
    text.append(frame, start, at - start);
    if ((text == "a " || text.ends_with(" a ")) && article_for(noun) == "an") {
      text.back() = 'n';
      text += ' ';
    }
    text += noun;
    start = at + 1;
  }
  return text.append(frame, start);
}

std::string word_salad(const World& world, Rng& rng, const std::string& noun, int most) {
  static const std::vector<std::string> lists = {"verb", "verbed", "adj", "place", "name", "kin", "past", "number"};
  const int others = rng.between(0, most);
  const int position = rng.between(0, others);
  const double unknown = rng.chance(0.12) ? 0.35 : 0.04;
  std::string text;
  for (int i = 0; i <= others; ++i) {
    if (!text.empty()) text += ' ';
    if (i == position) {
      text += noun;
    } else if (rng.chance(unknown)) {
      text += pseudo_word(world, rng);
    } else {
      text += rng.pick(world.lexicon.list(rng.chance(0.7) ? "filler" : rng.pick(lists)));
    }
  }
  return text;
}

Wording draw_wording(const World& world, Rng& rng) {
  const double manner = rng.uniform();
  if (manner < 0.08) return [](Rng&, const std::string& noun) { return noun; };
  if (manner < 0.2) {
    std::vector<std::string> frames;
    for (int i = rng.between(1, 4); i > 0; --i) frames.push_back(frame(world, rng, "about"));
    return [frames](Rng& r, const std::string& noun) { return fill(r.pick(frames), noun); };
  }
  const double salads = manner < 0.6 ? 0.0 : manner < 0.75 ? 1.0 : 0.5;
  return [&world, salads](Rng& r, const std::string& noun) {
    return r.chance(salads) ? word_salad(world, r, noun, 9) : world.grammar.say("about", r, {{"n", noun}});
  };
}

std::string message(const World& world, Rng& rng, const std::string& intent, const std::string& noun, bool dressed) {
  const auto said = world.grammar.say(intent, rng, {{"n", noun}});
  return dressed ? world.grammar.say("around", rng, {{"said", said}}) : said;
}

}  // namespace assay::synth
