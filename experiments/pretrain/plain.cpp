// Plain text: facts about words, and little sentences. The only place where every class and every word occurs.
#include <algorithm>

#include "family.h"

namespace assay::synth {
namespace {

std::string fact_about(const World& world, Rng& rng, const NounClass& c) {
  const auto& lexicon = world.lexicon;
  const auto& noun = rng.pick(c.words);
  const auto thing = with_article(noun);
  const auto kind = with_article(c.name);
  const auto& said = rng.pick(c.predicates);
  const auto three = rng.sample(c.words, 3);
  const auto& other = rng.pick(lexicon.classes());
  switch (rng.below(14)) {
    case 0:
    case 1:
      return thing + " is " + kind;
    case 2:
      return thing + " " + said;
    case 3:
      return "every " + c.name + " " + said;
    case 4:
      return c.plural + " : " + join(three, " , ");
    case 5:
      return "the " + three[0] + " and the " + three[1] + " are " + c.plural;
    case 6:
      return join(three, " , ") + " and other " + c.plural;
    case 7:
      return &other == &c || rng.chance(0.5) ? "is " + thing + " " + kind + " ? yes"
                                             : "is " + thing + " " + with_article(other.name) + " ? no , it is " + kind;
    case 8:
      return rng.pick(lexicon.list("name")) + " likes " + c.plural + " , so " + rng.pick({"he ", "she ", "they "}) +
             rng.pick(lexicon.list("verbed")) + " " + thing;
    case 9:
      return world.grammar.say("about", rng, {{"n", noun}}) + " . " +
             rng.pick({"this is about ", "the text is about ", "it is about "}) + kind;
    case 10:
      return "a " + c.name + " such as the " + noun + " " + said;
    case 11:
      return "what " + said + " ? " + thing + " , because it is " + kind;
    case 12:
      return "like every " + c.name + " , the " + noun + " " + said;
    default:
      return &other == &c ? thing + " is " + kind
                          : "the " + noun + " is " + kind + " but the " + rng.pick(other.words) + " is " +
                                with_article(other.name);
  }
}

std::string fact_about_mood(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const std::string mood = rng.pick({"positive", "negative", "neutral"});
  const auto* held = lexicon.find_list(mood + "_held");
  const auto& words = held != nullptr && rng.chance(0.35) ? *held : lexicon.list(mood);
  const auto& one = rng.pick(words);
  const auto& noun = rng.pick(lexicon.list("any_noun"));
  switch (rng.below(5)) {
    case 0:
      return one + " is " + with_article(mood) + " word";
    case 1:
      return one + " and " + rng.pick(lexicon.list(mood)) + " are " + mood + " words";
    case 2:
      return "the " + noun + " is " + one + " . that is " + mood;
    case 3:
      return world.grammar.say("judge", rng, {{"j", one}, {"n", noun}}) + " . that sounds " + mood;
    default:
      return mood == "neutral"
                 ? "to say " + one + " is " + mood
                 : "to call " + with_article(noun) + " " + one + " is " + (mood == "positive" ? "praise" : "blame");
  }
}

std::string fact_about_person(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const std::string sort = rng.pick({"man", "woman"});
  const auto& name = rng.pick(lexicon.list(rng.chance(0.3) ? sort + "_held" : sort));
  return name + " is " + with_article(sort) + " . " + (sort == "man" ? "he " : "she ") +
         rng.pick(lexicon.list("verbed")) + " the " + rng.pick(lexicon.list("any_noun"));
}

}  // namespace

Document plain_text(const World& world, Rng& rng, int max_words) {
  const auto& classes = world.lexicon.classes();
  const auto held = concatenated(world.lexicon.classes(Tier::held_a), world.lexicon.classes(Tier::held_b));
  const auto draw_class = [&]() -> const NounClass& { return rng.chance(0.3) ? *rng.pick(held) : rng.pick(classes); };
  const NounClass* topic = &draw_class();
  std::string text;
  int words = 0;
  for (int left = rng.between(3, 12); left > 0; --left) {
    if (rng.chance(0.35)) topic = &draw_class();
    const double kind = rng.uniform();
    std::string sentence;
    if (kind < 0.62) {
      sentence = fact_about(world, rng, *topic);
    } else if (kind < 0.8) {
      sentence = world.grammar.say("about", rng, {{"n", rng.pick(topic->words)}});
    } else if (kind < 0.9) {
      sentence = fact_about_mood(world, rng);
    } else if (kind < 0.94) {
      const auto& [one, other] = rng.pick(world.lexicon.opposites());
      sentence =
          rng.chance(0.5) ? "the opposite of " + one + " is " + other : "the opposite of " + other + " is " + one;
    } else {
      sentence = fact_about_person(world, rng);
    }
    const bool ended = sentence.ends_with("?") || sentence.ends_with("!") || sentence.ends_with(".");
    sentence = " " + sentence + (ended ? "" : " .");
    words += words_in(sentence);
    if (!text.empty() && words > max_words) break;
    text += sentence;
  }
  return {{text + "\n", kPlainWeight}};
}

}  // namespace assay::synth
