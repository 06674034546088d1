// Reading and writing facts: extraction, questions about a passage, data turned into sentences.
#include <algorithm>
#include <array>

#include "family.h"

namespace assay::synth {
namespace {

const std::vector<std::string>& words_of(const World& world, std::string_view noun_class) {
  return world.lexicon.noun_class(noun_class).words;
}

/// A relation that passages tell and questions ask; its wording is tell_<name> and ask_<name>.
struct Relation {
  const char* name;
  std::vector<std::string> values;
};

std::vector<Relation> relations(const World& world) {
  const auto& lexicon = world.lexicon;
  return {{"home", words_of(world, "city")},   {"work", words_of(world, "job")},    {"own", lexicon.list("thing")},
          {"place", lexicon.list("place")},    {"like", lexicon.list("noun")},      {"age", lexicon.list("number")},
          {"month", words_of(world, "month")}, {"trip", words_of(world, "vehicle")}};
}

struct Fact {
  const Relation* relation;
  std::string subject, value;
};

std::string told(const World& world, Rng& rng, const Fact& fact) {
  return world.grammar.say("tell_" + std::string(fact.relation->name), rng, {{"k", fact.subject}, {"v", fact.value}});
}
std::string asked(const World& world, Rng& rng, const Fact& fact) {
  return world.grammar.say("ask_" + std::string(fact.relation->name), rng, {{"k", fact.subject}});
}

/// Facts about different people under few relations, so that neither the person nor the relation alone tells the value.
std::vector<Fact> draw_facts(const World& world, Rng& rng, const std::vector<Relation>& all, std::size_t count) {
  const auto people = rng.sample(world.lexicon.list("name"), std::max<std::size_t>(1, (count + 1) / 2));
  std::vector<Fact> facts;
  while (facts.size() < count) {
    const auto& relation = all[rng.below(all.size())];
    Fact fact{&relation, rng.pick(people), rng.pick(relation.values)};
    const bool known = std::any_of(facts.begin(), facts.end(), [&](const Fact& f) {
      return (f.relation == fact.relation && f.subject == fact.subject) || f.value == fact.value;
    });
    if (!known) facts.push_back(std::move(fact));
    if (facts.size() >= people.size() * all.size()) break;
  }
  return facts;
}

}  // namespace

Task extraction(const World& world, Rng& rng) {
  static const std::vector<std::string> frames = {
      "{name} {verb} the {colour} {thing} at the {place} {time}",
      "{time} {name} {verb} a {colour} {thing} near the {place}",
      "at the {place} the {colour} {thing} was {verb} by {name} {time}",
      "the {colour} {thing} , {verb} {time} at the {place} , is for {name}",
      "did {name} see the {colour} {thing} {verb} {time} at the {place} ?",
      "{name} was at the {place} {time} and {verb} the {colour} {thing}",
      "{colour} {thing} , {place} , {name} , {time} , {verb}",
      "it was {name} who {verb} the {colour} {thing} in the {place} {time}",
      "nobody but {name} {verb} a {thing} , {colour} , at the {place} {time}"};
  static const std::vector<std::string> kinds = {"name", "place", "thing", "colour", "time", "verb"};
  const auto kind = rng.pick(kinds);
  const auto chosen = rng.sample(frames, static_cast<std::size_t>(rng.between(1, 4)));
  Task task;
  if (rng.chance(0.75))
    task.instruction = rng.pick({"extract the ", "what is the ", "write the ", "find the ", "only the "}) + kind;
  task.alone = 0.25;
  task.draw = [&world, chosen, kind](Rng& r) -> Example {
    const auto& lexicon = world.lexicon;
    const std::array<std::pair<std::string, std::string>, 6> parts = {{{"name", r.pick(lexicon.list("name"))},
                                                                       {"verb", r.pick(lexicon.list("verbed"))},
                                                                       {"colour", r.pick(words_of(world, "colour"))},
                                                                       {"thing", r.pick(lexicon.list("thing"))},
                                                                       {"place", r.pick(lexicon.list("place"))},
                                                                       {"time", r.pick(lexicon.list("past"))}}};
    Example example{r.pick(chosen), {}};
    for (const auto& [name, value] : parts) {
      example.input = replaced(std::move(example.input), "{" + name + "}", value);
      if (name == kind) example.target = value;
    }
    return example;
  };
  return task;
}

/// Questions about a passage: one passage in the instruction for all questions, or one in each input.
Task reading(const World& world, Rng& rng) {
  const auto all = rng.sample(relations(world), static_cast<std::size_t>(rng.between(2, 5)));
  const auto count = static_cast<std::size_t>(rng.between(2, 6));
  const auto ask = world.grammar.say("ask_reading", rng);
  Task task;
  if (rng.chance(0.4)) {
    auto facts = draw_facts(world, rng, all, count + 2);
    std::string passage;
    for (const auto& fact : facts) passage += told(world, rng, fact) + " . ";
    task.instruction = rng.chance(0.5) ? passage + ask : ask + " : " + passage.substr(0, passage.size() - 1);
    task.most = 6;
    // The facts point into the vector they were drawn from; re-aim them at the copy that the task keeps.
    std::vector<std::size_t> indices;
    for (const auto& fact : facts) indices.push_back(static_cast<std::size_t>(fact.relation - all.data()));
    task.draw = [&world, all, facts, indices](Rng& r) -> Example {
      const auto i = r.below(facts.size());
      return {asked(world, r, Fact{&all[indices[i]], facts[i].subject, {}}), facts[i].value};
    };
    return task;
  }
  task.instruction = rng.chance(0.3) ? "" : ask;
  task.alone = 0.25;
  task.most = 12;
  task.draw = [&world, all, count](Rng& r) -> Example {
    const auto facts = draw_facts(world, r, all, count);
    Example example;
    for (const auto& fact : facts) example.input += told(world, r, fact) + " . ";
    const auto& wanted = r.pick(facts);
    example.input += asked(world, r, wanted);
    example.target = wanted.value;
    return example;
  };
  return task;
}

namespace {

struct Field {
  std::string key;
  const char* rule;
  std::vector<std::string> values;
};
struct Domain {
  std::string head;  // the key of what the sentence is about
  const char* article;
  std::vector<std::string> names;
  std::vector<Field> fields;
};

Domain draw_domain(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  switch (rng.below(5)) {
    case 0:
      return {"name",
              "",
              lexicon.list("name"),
              {{"job", "person_work", words_of(world, "job")},
               {"city", "person_city", words_of(world, "city")},
               {"pet", "person_pet", words_of(world, "pet")}}};
    case 1:
      return {"item",
              "the ",
              concatenated(words_of(world, "clothing"), words_of(world, "tool")),
              {{"colour", "item_colour", words_of(world, "colour")},
               {"price", "item_price", lexicon.list("number")},
               {"place", "item_place", lexicon.list("place")}}};
    case 2:
      return {"name",
              "",
              lexicon.list("name"),
              {{"to", "trip_to", words_of(world, "country")},
               {"by", "trip_by", words_of(world, "vehicle")},
               {"when", "trip_month", words_of(world, "month")}}};
    case 3:
      return {"dish",
              "the ",
              words_of(world, "dessert"),
              {{"main", "dish_with", words_of(world, "fruit")},
               {"drink", "dish_drink", words_of(world, "drink")},
               {"taste", "dish_taste", lexicon.list("positive")}}};
    default:
      return {"building",
              "the ",
              words_of(world, "building"),
              {{"city", "house_city", words_of(world, "city")},
               {"rooms", "house_rooms", lexicon.list("number")},
               {"wall", "house_wall", words_of(world, "colour")}}};
  }
}

}  // namespace

/// Key-value pairs to a sentence. The frame is drawn anew an episode, so it must be read off the examples; a few go
/// back.
Task data_to_text(const World& world, Rng& rng) {
  const auto domain = draw_domain(world, rng);
  auto fields = rng.sample(domain.fields, rng.pick({1UL, 2UL, 2UL, 3UL}));
  std::string sentence = (rng.chance(0.5) ? world.grammar.say("lead", rng) + " " : "") + domain.article + "{0}";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) sentence += " " + world.grammar.say("link", rng);
    sentence += " " + world.grammar.say(fields[i].rule, rng, {{"v", "{" + std::to_string(i + 1) + "}"}});
  }
  sentence += rng.pick({" .", " .", " .", "", " !"});
  fields.insert(fields.begin(), Field{domain.head, "", domain.names});
  std::vector<std::size_t> order(fields.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (rng.chance(0.4)) rng.shuffle(order);
  const bool back = rng.chance(0.15);
  Task task;
  task.instruction = back ? "extract the data" : rng.chance(0.25) ? "" : world.grammar.say("ask_sentence", rng);
  task.alone = 0;
  task.most = 14;
  task.draw = [sentence, fields, order, back,
               between = std::string(rng.pick({" = ", " = ", " : ", " "}))](Rng& r) -> Example {
    std::vector<std::string> pairs(order.size());
    std::string text = sentence;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& field = fields[order[i]];
      const auto& value = r.pick(field.values);
      pairs[i] = field.key + between + value;
      text = replaced(std::move(text), "{" + std::to_string(order[i]) + "}", value);
    }
    const auto data = join(pairs, " , ");
    return back ? Example{text, data} : Example{data, text};
  };
  return task;
}

/// As data_to_text with a frame of random function words; most frames have one or two of them, few have more.
Task random_frame(const World& world, Rng& rng) {
  const auto& lexicon = world.lexicon;
  const auto count = static_cast<std::size_t>(rng.between(1, 3));
  const auto keys = rng.sample(lexicon.list("word"), count);
  std::vector<std::vector<std::string>> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(lexicon.list(rng.pick({"noun", "name", "place", "adj", "number"})));
  const int extra = rng.pick({1, 1, 2, 2, 3, 5});
  std::vector<std::string> frame;
  for (std::size_t i = 0; i < count; ++i) frame.push_back("{" + std::to_string(i) + "}");
  if (rng.chance(0.4)) rng.shuffle(frame);
  for (int i = 0; i < extra; ++i)
    frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(rng.below(frame.size() + 1)),
                 rng.pick(lexicon.list("filler")));
  Task task;
  task.instruction = rng.chance(0.3) ? "" : world.grammar.say("ask_sentence", rng);
  task.alone = 0;
  task.most = 16;
  task.draw = [keys, values, text = join(frame),
               between = std::string(rng.pick({" = ", " : ", " "}))](Rng& r) -> Example {
    Example example{{}, text};
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto& value = r.pick(values[i]);
      example.input += (i == 0 ? "" : " , ") + keys[i] + between + value;
      example.target = replaced(std::move(example.target), "{" + std::to_string(i) + "}", value);
    }
    return example;
  };
  return task;
}

}  // namespace assay::synth
