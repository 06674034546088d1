#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <assay/sdk/random.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "instructions.h"
#include "library_prompt.h"
#include "search.h"
#include "shot_sets.h"

namespace prompt_optimizer {

using assay::Json;
using namespace assay::sdk;

namespace {

/// Searches for an instruction and a set of examples on validation rows. First the instructions without examples (those
/// named, filled from slots, proposed by the model), then sets of examples for the best of them; what is found is used
/// for every question.
class PromptOptimizer final : public Strategy {
 public:
  explicit PromptOptimizer(const Params& params) : params_(params.json()) {}

  std::optional<Json> adapt(std::span<const Example> train, std::span<const Example> validation,
                            AdaptContext& context) override {
    if (validation.empty())
      throw assay::BadInput("prompt_optimizer searches on validation rows, but the dataset has none");
    Search search(
        context, drawn(validation, params_.value("rows", std::size_t{0}), context.seed()),
        {params_.value("first_rows", std::size_t{0}), params_.value("/budget/trials"_json_pointer, std::size_t{0})});
    Prompt best = best_instruction(search, train.empty() ? validation : train, context);
    if (const ShotSets sets(params_.value("shots", Json::object()), train); sets.wanted() && !search.spent()) {
      best = search.best_of(sets.around(best, context), "shots");
    }
    if (search.spent()) context.log("prompt_optimizer: the budget allowed no more; the best so far is used");
    save(best, search, context);
    Json state = to_state(best);
    state["origin"] = best.origin;
    state["tokens_spent"] = context.tokens_spent();
    if (!search.ranking().empty()) state["validation_score"] = search.ranking().front().score;
    return state;
  }

  void compose(const Input& input, PromptDraft& draft, const PromptContext& context) const override {
    apply(*context.state, input.text, draft);
  }

 private:
  static std::vector<const Example*> drawn(std::span<const Example> rows, std::size_t most, std::uint64_t seed) {
    std::vector<const Example*> order;
    for (const Example& row : rows) order.push_back(&row);
    Random(seed, "prompt_optimizer rows").shuffle(std::span(order));
    if (most > 0) order.resize(std::min(order.size(), most));
    return order;
  }

  Prompt best_instruction(Search& search, std::span<const Example> shown, AdaptContext& context) const {
    std::vector<Prompt> prompts{{std::nullopt, {}, "as it is"}};
    std::set<std::string> seen;
    const auto add = [&](std::vector<Prompt>& list, const std::string& instruction, const std::string& origin) {
      if (seen.insert(instruction).second) list.push_back({instruction, {}, origin});
    };
    for (const Json& one : params_.value("instructions", Json::array())) add(prompts, one, "listed");
    for (const std::string& one :
         fill_slots(params_.value("slots", Json::object()), params_.value("most", std::size_t{64}), context.seed())) {
      add(prompts, one, "slots");
    }
    const Proposer proposer(params_.value("propose", Json::object()), drawn(shown, 0, context.seed()),
                            context.instruction());
    Prompt best = search.best_of(std::move(prompts), "instructions");
    for (std::size_t round = 0; round < proposer.rounds() && !search.spent(); ++round) {
      std::vector<Prompt> next{best};
      try {
        for (const std::string& one : proposer.propose(context, round, search.ranking()))
          add(next, one, "proposed in round " + std::to_string(round + 1));
      } catch (const assay::BudgetSpent& spent) {
        context.log(std::string("prompt_optimizer: nothing more is proposed: ") + spent.what());
        break;
      }
      best = search.best_of(std::move(next), "round " + std::to_string(round + 1));
    }
    return best;
  }

  void save(const Prompt& best, const Search& search, AdaptContext& context) const {
    const auto write = [&](const std::string& name, const std::string& text) {
      std::ofstream out(context.directory() / name, std::ios::binary);
      out << text;
      out.close();
      if (!out) throw assay::Error((context.directory() / name).string() + ": cannot be written; is the disk full?");
    };
    const std::string name = params_.value("name", "optimized");
    write(name + ".j2",
          library_prompt(best, context.instruction(), name, "Found by prompt_optimizer (" + best.origin + ")."));
    std::string history;
    for (const Json& row : search.history()) history += row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    write("history.jsonl", history);
  }

  Json params_;
};

}  // namespace
}  // namespace prompt_optimizer

ASSAY_STRATEGY(prompt_optimizer::PromptOptimizer,
               {.name = "prompt_optimizer",
                .version = "1.0",
                .summary = "searches for the best instruction and examples on validation rows",
                .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "instructions":{"type":"array","items":{"type":"string","minLength":1},"uniqueItems":true,"default":[],
    "description":"instructions to try beside the dataset's own"},
  "slots":{"type":"object","additionalProperties":false,"required":["template","values"],
    "description":"more of them: a template with {slots}, and the values of each",
    "properties":{"template":{"type":"string","minLength":1},
      "values":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"},"minItems":1}}}},
  "most":{"type":"integer","minimum":1,"maximum":10000,"default":64,"description":"instructions made from slots; of more, so many are drawn"},
  "propose":{"type":"object","additionalProperties":false,"required":["count"],
    "description":"has the model write instructions",
    "properties":{"count":{"type":"integer","minimum":1,"maximum":200,"description":"samples a round"},
      "rounds":{"type":"integer","minimum":1,"maximum":100,"description":"after the first it sees the best so far with their scores; default 1"},
      "examples":{"type":"integer","minimum":0,"maximum":100,"description":"training rows shown; default 5"},
      "temperature":{"type":"number","exclusiveMinimum":0,"maximum":10,"description":"default 1"},
      "max_tokens":{"type":"integer","minimum":1,"description":"of an instruction; default 64"},
      "prompt":{"type":"string","description":"the question, with {examples}, {current} and {tried}"}}},
  "shots":{"type":"object","additionalProperties":false,"required":["count"],
    "description":"sets of training rows to try as examples",
    "properties":{"count":{"type":"integer","minimum":1,"maximum":1000,"description":"examples in a set"},
      "sets":{"type":"integer","minimum":1,"maximum":1000,"description":"sets tried; default 8"},
      "bootstrap_rows":{"type":"integer","minimum":0,"description":"training rows that the model answers itself, to take those that it gets right; 0 for none; default 64"},
      "threshold":{"type":"number","description":"the score from which an answer is right; default 1"}}},
  "select":{"type":"string","default":"","description":"the metric whose mean over rows decides; empty: the report's primary"},
  "rows":{"type":"integer","minimum":0,"default":0,"description":"validation rows used, drawn by the seed; 0 for all"},
  "first_rows":{"type":"integer","minimum":0,"default":0,"description":"rows of the first round; 0: an eighth of all, at least 8"},
  "budget":{"type":"object","additionalProperties":false,"default":{},
    "description":"where the search ends: attempts (a prompt in one round), prompt and completion tokens, US dollars; what is not named does not end it",
    "properties":{"trials":{"type":"integer","minimum":1},"tokens":{"type":"integer","minimum":1},"dollars":{"type":"number","exclusiveMinimum":0}}},
  "name":{"type":"string","pattern":"^[a-z][a-z0-9_]*$","default":"optimized","description":"of the library prompt that holds what was found"}}})json",
                .adapts = true,
                .composes = true,
                .random = true,
                .needs_validation = true,
                .tries = true})
