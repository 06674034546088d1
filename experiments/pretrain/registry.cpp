#include "family.h"

namespace assay::synth {
namespace {

Family of_task(std::string_view name, double share, Task (*task)(const World&, Rng&)) {
  return {name, share,
          [task](const World& world, Rng& rng, int max_words) { return episode(task(world, rng), rng, max_words); }};
}

}  // namespace

const std::vector<Family>& registry() {
  static const std::vector<Family> families = {
      {"plain", 11, plain_text},
      {"repetition", 4, repetition},
      of_task("lookup", 3, lookup),
      of_task("dictionary", 4, dictionary),
      of_task("topic_named", 7, topic_named),
      of_task("topic_coded", 12, topic_coded),
      of_task("groups_coded", 5, groups_coded),
      of_task("mood_named", 4, mood_named),
      of_task("mood_coded", 2.5, mood_coded),
      of_task("intent_named", 3.5, intent_named),
      of_task("intent_coded", 4, intent_coded),
      of_task("slot_named", 1.5, slot_named),
      of_task("slot_coded", 4.5, slot_coded),
      of_task("frames_coded", 3.5, frames_coded),
      of_task("marker_coded", 3, marker_coded),
      of_task("contains_word", 1, contains_word),
      of_task("relation", 5, relation),
      of_task("word_order", 4, word_order),
      of_task("extraction", 2.5, extraction),
      of_task("reading", 4, reading),
      of_task("data_to_text", 3.5, data_to_text),
      of_task("random_frame", 1.5, random_frame),
      of_task("sums", 4, sums),
      of_task("comparison", 0.7, comparison),
      of_task("chain_direct", 4, chain_direct),
      of_task("chain_steps", 12, chain_steps),
      of_task("chain_new_verbs", 1.5, chain_new_verbs),
  };
  return families;
}

}  // namespace assay::synth
