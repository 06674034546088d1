#include "assay/sdk/error.h"
#include "plan/plan.h"

namespace assay::plan {
namespace {

StageKind kind_of(const std::string& name) {
  for (const StageKind kind : {StageKind::adapt, StageKind::generate, StageKind::measure, StageKind::score,
                               StageKind::choose, StageKind::compare, StageKind::fragility}) {
    if (to_string(kind) == name) return kind;
  }
  throw Corrupted("a stored plan names a stage of unknown kind '" + name + "'");
}

std::vector<config::StrategySetting> strategy_from_json(const Json& json) {
  std::vector<config::StrategySetting> strategy;
  for (const Json& part : json) strategy.push_back({part.at("name"), part.at("params")});
  return strategy;
}

void add_perturbing(Json& out, const Cell& cell) {
  if (cell.variants.empty()) return;
  out["variants"] = to_json(cell.variants);
  out["fragility"] = cell.fragility;
}

void read_perturbing(const Json& from, Cell& cell) {
  cell.fragility = from.value("fragility", std::vector<std::string>{});
  for (const Json& one : from.value("variants", Json::array())) {
    cell.variants.push_back({one.at("name"), one.at("generate"), one.at("score").get<std::vector<std::string>>()});
  }
}

/// What only some cells have, and plans of older versions had not.
void add_tuning(Json& out, const Cell& cell) {
  if (cell.train_rows > 0) out["train_rows"] = cell.train_rows;
  if (!cell.curve.empty()) out["curve"] = cell.curve, out["curve_label"] = cell.curve_label;
  if (cell.choose.empty()) return;
  out["choose"] = cell.choose;
  out["settings"] = cell.settings;
  out["trials"] = to_json(cell.trials);
}

void read_tuning(const Json& from, Cell& cell) {
  cell.train_rows = from.value("train_rows", std::size_t{0});
  cell.curve = from.value("curve", ""), cell.curve_label = from.value("curve_label", "");
  cell.choose = from.value("choose", ""), cell.settings = from.value("settings", std::size_t{0});
  for (const Json& one : from.value("trials", Json::array())) {
    Trial trial;
    trial.number = one.at("number"), trial.strategy = strategy_from_json(one.at("strategy")),
    trial.label = one.at("label");
    trial.adapt = one.at("adapt").get<std::vector<std::string>>();
    trial.generate = one.at("generate"), trial.score = one.at("score");
    cell.trials.push_back(std::move(trial));
  }
}

}  // namespace

std::string to_string(StageKind kind) {
  switch (kind) {
    case StageKind::adapt:
      return "adapt";
    case StageKind::generate:
      return "generate";
    case StageKind::measure:
      return "measure";
    case StageKind::score:
      return "score";
    case StageKind::choose:
      return "choose";
    case StageKind::compare:
      return "compare";
    case StageKind::fragility:
      return "fragility";
  }
  throw Error("no such kind of stage");
}

Json to_json(const std::vector<config::StrategySetting>& strategy) {
  Json parts = Json::array();
  for (const auto& part : strategy) parts.push_back({{"name", part.name}, {"params", part.params}});
  return parts;
}

Json to_json(const std::vector<Trial>& trials) {
  Json list = Json::array();
  for (const Trial& trial : trials) {
    list.push_back({{"number", trial.number},
                    {"strategy", to_json(trial.strategy)},
                    {"label", trial.label},
                    {"adapt", trial.adapt},
                    {"generate", trial.generate},
                    {"score", trial.score}});
  }
  return list;
}

Json to_json(const std::vector<Variant>& variants) {
  Json list = Json::array();
  for (const Variant& variant : variants)
    list.push_back({{"name", variant.name}, {"generate", variant.generate}, {"score", variant.score}});
  return list;
}

Json to_json(const std::vector<PromptUse>& prompts) {
  Json list = Json::array();
  for (const PromptUse& prompt : prompts) list.push_back({{"name", prompt.name}, {"hash", prompt.hash}});
  return list;
}

Json to_json(const Plan& plan) {
  Json out{{"hash", plan.hash},          {"experiment", plan.experiment}, {"compare", plan.compare},
           {"cells", Json::array()},     {"stages", Json::array()},       {"warnings", plan.warnings},
           {"selection", plan.selection}};
  if (!plan.prompts.empty()) out["prompts"] = to_json(plan.prompts);
  for (const Cell& cell : plan.cells) {
    Json strategy = to_json(cell.strategy);
    out["cells"].push_back({{"id", cell.id},
                            {"model", cell.model},
                            {"dataset", cell.dataset},
                            {"strategy", std::move(strategy)},
                            {"label", cell.strategy_label},
                            {"group", cell.group},
                            {"seed", cell.seed},
                            {"baseline", cell.is_baseline},
                            {"trains", cell.trains},
                            {"prompts", cell.prompts},
                            {"adapt", cell.adapt},
                            {"generate", cell.generate},
                            {"measure", cell.measure},
                            {"score", cell.score}});
    add_tuning(out["cells"].back(), cell);
    add_perturbing(out["cells"].back(), cell);
  }
  // Jobs hold this machine's paths and are made anew by planning.
  for (const Stage& stage : plan.stages) {
    out["stages"].push_back({{"key", stage.key},
                             {"kind", to_string(stage.kind)},
                             {"inputs", stage.inputs},
                             {"needs", stage.needs},
                             {"awaits", stage.awaits},
                             {"model", stage.model},
                             {"label", stage.label},
                             {"dataset", stage.dataset},
                             {"metric", stage.metric},
                             {"stable", stage.stable},
                             {"trains", stage.trains},
                             {"seconds", stage.estimate_seconds},
                             {"tokens", stage.estimate_tokens},
                             {"dollars", stage.estimate_dollars}});
  }
  return out;
}

Plan plan_from_json(const Json& json) {
  try {
    Plan plan;
    plan.hash = json.at("hash");
    plan.experiment = json.at("experiment");
    plan.compare = json.at("compare").get<std::vector<std::string>>();
    plan.warnings = json.value("warnings", std::vector<std::string>{});
    plan.selection = json.value("selection", "");
    for (const Json& from : json.value("prompts", Json::array()))
      plan.prompts.push_back({from.at("name"), from.at("hash")});
    for (const Json& from : json.at("cells")) {
      Cell cell;
      cell.id = from.at("id"), cell.model = from.at("model"), cell.dataset = from.at("dataset");
      cell.strategy = strategy_from_json(from.at("strategy"));
      cell.strategy_label = from.at("label"), cell.group = from.at("group"), cell.seed = from.at("seed");
      cell.is_baseline = from.at("baseline"), cell.trains = from.at("trains"), cell.prompts = from.at("prompts");
      cell.generate = from.at("generate"), cell.measure = from.at("measure");
      cell.adapt = from.at("adapt").get<std::vector<std::string>>();
      cell.score = from.at("score").get<std::vector<std::string>>();
      read_tuning(from, cell);
      read_perturbing(from, cell);
      plan.cells.push_back(std::move(cell));
    }
    for (const Json& from : json.at("stages")) {
      Stage stage{};
      stage.key = from.at("key"), stage.kind = kind_of(from.at("kind")), stage.inputs = from.at("inputs");
      stage.needs = from.at("needs").get<std::vector<std::string>>();
      stage.awaits = from.value("awaits", std::vector<std::string>{});
      stage.dataset = from.at("dataset"), stage.metric = from.at("metric"), stage.stable = from.at("stable");
      stage.model = from.at("model"), stage.label = from.at("label"), stage.trains = from.at("trains");
      stage.estimate_seconds = from.at("seconds"), stage.estimate_tokens = from.at("tokens");
      stage.estimate_dollars = from.at("dollars");
      plan.stages.push_back(std::move(stage));
    }
    return plan;
  } catch (const Json::exception& error) {
    throw Corrupted(std::string("a stored plan cannot be read: ") + error.what());
  }
}

}  // namespace assay::plan
