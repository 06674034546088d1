// Tasks about single words and lists of words: relations, order, look-up, repetition.
#include <algorithm>

#include "family.h"

namespace assay::synth {
namespace {

/// Classes that word-level tasks may name: all but those of plain facts only.
std::vector<const NounClass*> related_classes(const Lexicon& lexicon) {
  return concatenated(lexicon.classes(Tier::taught), lexicon.classes(Tier::held_a));
}

std::vector<std::string> list_to_copy(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  switch (rng.below(7)) {
    case 0:
      return lexicon.list("letter");
    case 1:
      return lexicon.list("filler");
    case 2:
      return concatenated(lexicon.list("name"), lexicon.list("place"));
    case 3:
      return pseudo_words(world, rng, 12);
    case 4:
      return lexicon.list("noun");
    default:
      return lexicon.list("word");
  }
}

Example opposite(const Lexicon& lexicon, Rng& rng) {
  const auto& [one, other] = rng.pick(lexicon.opposites());
  return rng.chance(0.5) ? Example{one, other} : Example{other, one};
}

}  // namespace

Task relation(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto classes = related_classes(lexicon);
  Task task;
  task.alone = 0.25;
  const bool silent = rng.chance(0.15);
  const auto asked = [&](std::initializer_list<const char*> ways) { task.instruction = silent ? "" : rng.pick(ways); };
  const double kind = rng.uniform();
  if (kind < 0.1) {
    asked({"write the opposite", "opposite .", "what is the opposite ?"});
    task.draw = [&lexicon](Rng& r) { return opposite(lexicon, r); };
  } else if (kind < 0.16) {
    asked({"write the plural", "plural .", "more than one ?"});
    task.draw = [&lexicon](Rng& r) -> Example {
      const auto& noun = r.pick(lexicon.list("thing"));
      return {noun, plural_of(noun)};
    };
  } else if (kind < 0.22) {
    asked({"write the past form", "past form .", "how is it said of yesterday ?"});
    task.draw = [&lexicon](Rng& r) -> Example {
      const auto& verb = r.pick(lexicon.verbs());
      return {verb.base, verb.past};
    };
  } else if (kind < 0.4) {
    asked({"what kind of thing is it ?", "name the class", "what is it ?", "which kind ?"});
    task.draw = [classes](Rng& r) -> Example {
      const auto* c = r.pick(classes);
      return {r.pick(c->words), c->name};
    };
  } else if (kind < 0.65) {  // the class among a few that are given
    const auto few = rng.sample(classes, static_cast<std::size_t>(rng.between(2, 6)));
    std::vector<std::string> names;
    for (const auto* c : few) names.push_back(c->name);
    task.instruction = label_instruction(world, rng, names, "", 0);
    if (rng.chance(0.5)) task.instruction = "what kind of thing is it ? " + task.instruction;
    task.draw = [few](Rng& r) -> Example {
      const auto* c = r.pick(few);
      return {r.pick(c->words), c->name};
    };
  } else if (kind < 0.72) {
    asked({"give an example", "name one", "write one of them"});
    task.draw = [classes](Rng& r) -> Example {
      const auto* c = r.pick(classes);
      return {c->plural, r.pick(c->words)};
    };
  } else if (kind < 0.94) {
    asked({"which word does not belong ?", "find the odd one", "odd one out"});
    task.draw = [classes, more = static_cast<std::size_t>(rng.between(2, 3))](Rng& r) -> Example {
      const auto two = r.sample(classes, 2);
      auto words = r.sample(two[0]->words, more);
      const auto& odd = r.pick(two[1]->words);
      words.insert(words.begin() + static_cast<std::ptrdiff_t>(r.below(words.size() + 1)), odd);
      return {join(words), odd};
    };
  } else {
    asked({"is the word positive , negative or neutral ?", "the mood of the word ?"});
    task.draw = [&lexicon](Rng& r) -> Example {
      const std::string mood = r.pick({"positive", "negative", "neutral"});
      return {r.pick(lexicon.list(mood)), mood};
    };
  }
  return task;
}

Task word_order(const World& world, Rng& rng) {
  struct Operation {
    std::vector<const char*> asked;
    int most;
    std::vector<std::string> (*apply)(std::vector<std::string>);
  };
  using Words = std::vector<std::string>;
  static const std::vector<Operation> operations = {
      {{"write the first word", "first word ?", "the first one"}, 6, [](Words w) { return Words{w.front()}; }},
      {{"write the last word", "last word ?", "the last one"}, 6, [](Words w) { return Words{w.back()}; }},
      {{"write the second word", "second word ?"}, 6, [](Words w) { return Words{w[1]}; }},
      {{"copy the text", "say it again", "repeat the words"}, 8, [](Words w) { return w; }},
      {{"copy the text", "say it again", "repeat the words"}, 8, [](Words w) { return w; }},
      {{"reverse the list", "write it backwards", "from the last to the first"},
       4,
       [](Words w) { return Words(w.rbegin(), w.rend()); }},
      {{"swap the first and last word", "swap the ends"},
       4,
       [](Words w) {
         std::swap(w.front(), w.back());
         return w;
       }},
      {{"leave out the first word", "all but the first"}, 6, [](Words w) { return Words(w.begin() + 1, w.end()); }},
      {{"leave out the last word", "all but the last"}, 6, [](Words w) { return Words(w.begin(), w.end() - 1); }},
      {{"write the first word twice", "double the first"},
       5,
       [](Words w) {
         return Words{w.front(), w.front()};
       }},
      {{"write the first and the last word", "only the ends"},
       6,
       [](Words w) {
         return Words{w.front(), w.back()};
       }},
  };
  const auto& operation = rng.pick(operations);
  Task task;
  task.instruction = rng.chance(0.25) ? "" : rng.pick(operation.asked);
  task.alone = 0.15;
  task.draw = [source = list_to_copy(world, rng), apply = operation.apply,
               length = static_cast<std::size_t>(rng.between(2, operation.most))](Rng& r) -> Example {
    const auto words = r.sample(source, length);
    return {join(words), join(apply(words))};
  };
  return task;
}

/// Key-value pairs in the input, the value of one key asked.
Task lookup(const World& world, Rng& rng) {
  static const std::vector<std::string> field_names = {"name",  "job",  "city", "pet",   "item", "colour", "price",
                                                       "place", "size", "age",  "owner", "day",  "mood",   "title"};
  const auto source = list_to_copy(world, rng);
  const auto count = static_cast<std::size_t>(rng.between(2, 6));
  const auto keys = rng.sample(rng.chance(0.5) ? field_names : world.lexicon.list("word"), count);
  const std::string between = rng.pick({" = ", " = ", " : ", " is ", " "});
  const bool fixed = rng.chance(0.3);
  const auto wanted = rng.pick(keys);
  Task task;
  task.instruction = fixed ? "write the " + wanted : rng.chance(0.4) ? "" : world.grammar.say("ask_lookup", rng);
  task.alone = 0.25;
  task.draw = [keys, source, between, fixed, wanted](Rng& r) -> Example {
    auto order = keys;
    r.shuffle(order);
    const auto values = r.sample(source, order.size());
    const auto asked = fixed ? static_cast<std::size_t>(std::find(order.begin(), order.end(), wanted) - order.begin())
                             : r.below(order.size());
    std::string text;
    for (std::size_t i = 0; i < order.size(); ++i) text += (i == 0 ? "" : " , ") + order[i] + between + values[i];
    return {fixed ? text : text + " ; " + order[asked], values[asked]};
  };
  return task;
}

/// A dictionary that only the context tells, with repeated entries: the teacher of induction.
Task dictionary(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto count = static_cast<std::size_t>(rng.between(2, 8));
  const auto keys = rng.chance(0.25) ? pseudo_words(world, rng, count)
                                     : rng.sample(lexicon.list(rng.pick({"noun", "word", "name", "letter"})), count);
  const auto values = arbitrary_labels(world, rng, count);
  Task task;
  task.instruction = rng.chance(0.4) ? "" : world.grammar.say("ask_dictionary", rng);
  task.alone = 0;
  task.most = 26;
  task.draw = [keys, values, length = rng.pick({1, 1, 1, 2, 3})](Rng& r) -> Example {
    Example example;
    for (int i = 0; i < length; ++i) {
      const auto at = r.below(keys.size());
      example.input += (i == 0 ? "" : " ") + keys[at];
      example.target += (i == 0 ? "" : " ") + values[at];
    }
    return example;
  };
  return task;
}

/// A random stretch said two to four times; what follows the second word of a repetition can be known.
Document repetition(const World& world, Rng& rng, int max_words) {
  std::vector<std::string> words;
  if (rng.chance(0.65)) {
    const auto source = list_to_copy(world, rng);
    for (int n = rng.between(3, std::min(24, max_words / 5)); n > 0; --n) words.push_back(rng.pick(source));
  } else {
    words = {world.grammar.say("about", rng, {{"n", rng.pick(world.lexicon.list("noun"))}})};
    std::string sentence = std::move(words.front());
    words.clear();
    for (std::size_t start = 0; start <= sentence.size();) {
      const auto end = std::min(sentence.find(' ', start), sentence.size());
      words.push_back(sentence.substr(start, end - start));
      start = end + 1;
    }
    while (words.size() < 3) words.push_back(pseudo_word(world, rng));
  }
  const std::string between = rng.pick({"\n", "\n", " .", " again :", " ;"});
  const auto tail = [&](std::size_t from) { return " " + join(std::span(words).subspan(from)); };
  Document document = {{tail(0) + between, kInputWeight}};
  for (int times = rng.between(1, 3); times > 0; --times) {
    const std::size_t from = rng.chance(0.3) ? rng.below(words.size() - 2) : 0;
    document.push_back({" " + words[from] + " " + words[from + 1], kInputWeight});
    document.push_back({tail(from + 2) + (times == 1 ? "\n" : between), kAnswerWeight});
  }
  return document;
}

}  // namespace assay::synth
