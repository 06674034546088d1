// Classification by one part of a sentence, by one word, by whether a word is there.
#include <algorithm>
#include <array>

#include "family.h"

namespace assay::synth {
namespace {

enum class Part { time, gender, form, number, mood, opener, verb, place, name, colour, noun, noun_class };

/// What the label of a slot task depends on: each label has its values of one part of the sentence.
struct Rule {
  Part part;
  std::vector<std::vector<std::string>> values;
  std::vector<std::string> natural;  // empty where only invented labels make sense
  std::string question;
};

std::vector<std::vector<std::string>> singles(std::vector<std::string> words) {
  std::vector<std::vector<std::string>> out;
  for (auto& word : words) out.push_back({std::move(word)});
  return out;
}

Rule draw_rule(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto some = [&](const std::vector<std::string>& words) {
    return rng.sample(words, rng.pick({2UL, 2UL, 3UL, 4UL}));
  };
  const auto word_rule = [&](Part part, const std::vector<std::string>& words, const char* question) {
    auto drawn = some(words);
    return Rule{part, singles(drawn), drawn, question};
  };
  switch (static_cast<Part>(rng.below(12))) {
    case Part::time:
      return {Part::time, {lexicon.list("past"), lexicon.list("future")}, {"past", "future"}, "past or future ?"};
    case Part::gender:
      return {Part::gender, {lexicon.list("man"), lexicon.list("woman")}, {"man", "woman"}, "man or woman ?"};
    case Part::form:
      if (rng.chance(0.5))
        return {Part::form, {{"statement"}, {"question"}}, {"statement", "question"}, "question or statement ?"};
      return {
          Part::form, {{"statement"}, {"question"}, {"command"}}, {"statement", "question", "command"}, "which form ?"};
    case Part::number:
      return {Part::number,
              {{"one", "a single", "just one"}, {"two", "three", "many", "several"}},
              {"one", "many"},
              "one or many ?"};
    case Part::mood:
      return {
          Part::mood, {lexicon.list("positive"), lexicon.list("negative")}, {"positive", "negative"}, "sentiment ?"};
    case Part::opener: {
      const auto first = some({"well", "so", "oh", "yes", "look", "listen", "hm"});
      return {Part::opener, singles(first), first, "the first word ?"};
    }
    case Part::verb:
      return word_rule(Part::verb, lexicon.list("verb"), "which verb ?");
    case Part::place:
      return word_rule(Part::place, lexicon.list("place"), "which place ?");
    case Part::name:
      return word_rule(Part::name, lexicon.list("name"), "who ?");
    case Part::colour:
      return word_rule(Part::colour, lexicon.noun_class("colour").words, "which colour ?");
    case Part::noun:
      return word_rule(Part::noun, lexicon.list("noun"), "which thing ?");
    case Part::noun_class:
      break;
  }
  const auto classes = rng.sample(lexicon.classes(Tier::taught), 2);
  return {Part::noun_class, {classes[0]->words, classes[1]->words}, {}, {}};
}

/// A sentence whose parts are drawn independently; `value` fills the part that decides.
std::string slotted_sentence(const World& world, Rng& rng, Part part, const std::string& value,
                             const std::vector<bool>& with, const std::vector<std::string>& nouns) {
  const auto& lexicon = world.lexicon;
  const auto part_or = [&](Part p, std::string_view list) { return p == part ? value : rng.pick(lexicon.list(list)); };
  const auto shown = [&](Part p) { return p == part || with[static_cast<std::size_t>(p)]; };
  std::vector<std::string> object;
  object.push_back(shown(Part::number) ? (part == Part::number ? value : std::string(rng.pick({"one", "two", "three"})))
                                       : "the");
  if (shown(Part::mood)) object.push_back(part_or(Part::mood, "adj"));
  if (shown(Part::colour))
    object.push_back(part == Part::colour ? value : rng.pick(lexicon.noun_class("colour").words));
  object.push_back(part == Part::noun || part == Part::noun_class ? value : rng.pick(nouns));
  const std::string thing = join(object);
  const std::string name = part == Part::gender ? value : part_or(Part::name, "name");
  const std::string verb = part_or(Part::verb, "verb");
  const std::string place = shown(Part::place) ? " at the " + part_or(Part::place, "place") : "";
  const std::string time = part == Part::time  ? value
                           : shown(Part::time) ? rng.pick(lexicon.list(rng.chance(0.5) ? "past" : "future"))
                                               : std::string();
  const bool time_first = !time.empty() && rng.chance(0.4);
  const std::string late = !time.empty() && !time_first ? " " + time : "";
  const std::string form =
      part == Part::form ? value : rng.pick({"statement", "statement", "statement", "question", "command"});
  std::string text;
  if (part == Part::opener) text += value + " , ";
  if (time_first) text += time + " ";
  if (form == "question") {
    text +=
        rng.pick({"did ", "will ", "can ", "must ", "should "}) + name + " " + verb + " " + thing + place + late + " ?";
  } else if (form == "command") {
    text += rng.pick({"please ", "", "do ", "dear "});
    if (text.ends_with("dear ")) text += name + " , ";
    text += verb + " " + thing + place + late + (part == Part::name || part == Part::gender ? " for " + name : "") +
            rng.pick({" !", "", " !"});
  } else {
    text += name + rng.pick({" must ", " can ", " will ", " may ", " wants to ", " has to "}) + verb + " " + thing +
            place + late + rng.pick({"", "", " ."});
  }
  return text;
}

Task slot(const World& world, Rng& rng, bool coded) {
  Rule rule = draw_rule(world, rng);
  while (!coded && rule.natural.empty()) rule = draw_rule(world, rng);
  const auto labels = coded ? arbitrary_labels(world, rng, rule.values.size()) : rule.natural;
  Task task;
  if (coded) {
    task.instruction = label_instruction(world, rng, labels, "ask_label", 0.35);
    task.alone = 0;
  } else {
    task.instruction = label_instruction(world, rng, labels, "", 0.05);
    if (!task.instruction.empty() && rng.chance(0.7)) task.instruction = rule.question + " " + task.instruction;
    task.alone = 0.3;
  }
  std::vector<bool> with(12);
  for (std::size_t i = 0; i < with.size(); ++i) with[i] = rng.chance(0.5);
  const auto nouns = bursty(rng, {world.lexicon.list("noun")}).front();
  task.draw = [&world, rule, labels, with, nouns](Rng& r) -> Example {
    const auto i = r.below(labels.size());
    return {slotted_sentence(world, r, rule.part, r.pick(rule.values[i]), with, nouns), labels[i]};
  };
  return task;
}

}  // namespace

Task slot_named(const World& world, Rng& rng) { return slot(world, rng, false); }
Task slot_coded(const World& world, Rng& rng) { return slot(world, rng, true); }

/// One marker, a known or an unknown word, decides; the rest is noise.
Task marker_coded(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto count = rng.pick({2UL, 2UL, 3UL, 4UL});
  const auto each = rng.pick({1UL, 1UL, 2UL, 3UL});
  const auto markers = rng.chance(0.35)
                           ? pseudo_words(world, rng, count * each)
                           : rng.sample(lexicon.list(rng.pick({"noun", "adj", "verb", "name"})), count * each);
  const auto labels = arbitrary_labels(world, rng, count);
  std::vector<std::string> noise =
      rng.chance(0.25) ? pseudo_words(world, rng, 20) : lexicon.list(rng.pick({"word", "filler", "place", "noun"}));
  std::erase_if(
      noise, [&](const std::string& word) { return std::find(markers.begin(), markers.end(), word) != markers.end(); });
  Task task;
  task.instruction = label_instruction(world, rng, labels, "ask_label", 0.3);
  task.alone = 0;
  task.most = 16;
  task.draw = [&world, markers, labels, noise, each, most = rng.between(0, 5),
               sentences = rng.chance(0.4)](Rng& r) -> Example {
    const auto i = r.below(labels.size());
    const auto& marker = markers[i * each + r.below(each)];
    if (sentences) return {world.grammar.say("about", r, {{"n", marker}}), labels[i]};
    std::vector<std::string> words;
    for (int k = 0; k < most; ++k) words.push_back(r.pick(noise));
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(r.below(words.size() + 1)), marker);
    return {join(words), labels[i]};
  };
  return task;
}

Task contains_word(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto words = concatenated(concatenated(lexicon.list("noun"), lexicon.list("place")), lexicon.list("name"));
  const auto wanted = rng.pick(words);
  const auto answers = rng.chance(0.65) ? std::vector<std::string>{"yes", "no"} : arbitrary_labels(world, rng, 2);
  Task task;
  switch (rng.below(4)) {
    case 0:
      task.instruction = "does the text contain the word " + wanted + " ? " + answers[0] + " or " + answers[1];
      break;
    case 1:
      task.instruction = "is " + wanted + " in the text ? " + answers[0] + " , " + answers[1];
      break;
    case 2:
      task.instruction = "contains " + wanted + " : " + answers[0] + " , else " + answers[1];
      break;
    default:
      task.instruction = answers[0] + " if " + wanted + " is there , " + answers[1] + " if not";
      break;
  }
  task.alone = 0.2;
  task.draw = [words, wanted, answers, length = static_cast<std::size_t>(rng.between(1, 6))](Rng& r) -> Example {
    auto text = r.sample(words, length + 1);
    std::erase(text, wanted);
    text.resize(length);
    const bool there = r.chance(0.5);
    if (there) text[r.below(length)] = wanted;
    return {join(text), answers[there ? 0 : 1]};
  };
  return task;
}

}  // namespace assay::synth
