#include <fmt/format.h>

#include <iostream>

#include "assay/sdk/error.h"
#include "cli/model_input.h"

namespace assay::cli {
namespace po = boost::program_options;

namespace {

std::vector<std::vector<std::int32_t>> read_ids(const std::string& file) {
  const Json lists = Json::parse(read_text(file), nullptr, false);
  const auto refuse = [&](const std::string& what) {
    throw BadInput(
        fmt::format("{}: {}; wanted is a JSON array of arrays of token ids, such as [[1, 2, 3]]", file, what));
  };
  if (!lists.is_array()) refuse("this is no JSON array");
  std::vector<std::vector<std::int32_t>> all;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const Json& ids = lists[i];
    if (!ids.is_array() || ids.empty()) refuse(fmt::format("item {} is no array of ids", i + 1));
    for (const Json& id : ids) {
      if (!id.is_number_integer()) refuse(fmt::format("item {} holds {}, which is no id", i + 1, id.dump()));
    }
    all.push_back(ids.get<std::vector<std::int32_t>>());
  }
  return all;
}

}  // namespace

int logits_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"logits", "assay logits MODEL --tokens FILE [OPTIONS]",
       "Runs a model over token ids and prints, for each list of ids, a JSON object with `last_logits` (the whole\n"
       "vocabulary, of the position after the last id) and `mean_cross_entropy` (nats, of the second id to the last;\n"
       "null for one id). FILE is a JSON array of arrays of ids, - standard input.",
       "assay tokenize experiments/models/nano --text ' a wasp' --json | jq -c '[.]' | assay logits "
       "experiments/models/nano --tokens -"});
  add_model_options(arguments);
  arguments.add()("tokens", po::value<std::string>()->value_name("FILE"), "the ids");
  if (!arguments.parse(args)) return all_done;
  if (!arguments.has("tokens")) throw BadInput("--tokens FILE is missing: a JSON array of arrays of token ids");
  models::LocalModel model = open_model(arguments);
  const auto all = read_ids(arguments.get<std::string>("tokens"));
  std::cout << "[";
  for (std::size_t i = 0; i < all.size(); ++i) {
    Json row;
    try {
      // A float's shortest decimal form, so that the printed number reads back as the same float.
      Json logits = Json::array();
      for (const float logit : model.logits(all[i])) logits.push_back(Json::parse(fmt::format("{}", logit)));
      row["last_logits"] = std::move(logits);
      row["mean_cross_entropy"] = all[i].size() > 1 ? Json(model.mean_cross_entropy(all[i])) : Json();
    } catch (const UnsupportedModel& error) {
      throw BadInput(fmt::format("item {}: {}", i + 1, error.what()));
    }
    std::cout << (i == 0 ? "" : ",\n") << row.dump() << std::flush;
  }
  std::cout << "]\n";
  return all_done;
}

}  // namespace assay::cli
