#include "run/export.h"

#include "store/bundle.h"

namespace assay::run {
namespace {

void print(std::ostream& out, const Json& row) {
  out << row.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

bool is_stable(const std::string& unit) {
  return unit != "s" && unit != "tokens/s" && unit != "ms" && unit != "bytes" && unit.rfind("USD", 0) != 0;
}

Json stable_kpis(const Json& kpis) {
  Json kept = Json::object();
  for (const auto& [name, kpi] : kpis.items()) {
    if (is_stable(kpi.value("unit", ""))) kept[name] = kpi.at("value");
  }
  return kept;
}

Json without(Json row, std::initializer_list<const char*> names) {
  for (const char* name : names) row.erase(name);
  return row;
}

void export_stage(const store::Bundle& bundle, const plan::Stage& stage, std::ostream& out) {
  if (!stage.stable) return;
  Json head = {{"row", plan::to_string(stage.kind)}, {"stage", stage.key}, {"label", stage.label}};
  switch (stage.kind) {
    case plan::StageKind::adapt: {
      head["kpis"] = stable_kpis(bundle.header().at("kpis"));
      head["files"] = Json::object();
      for (const auto& [name, about] : bundle.header().at("files").items()) {
        if (name != "log.txt") head["files"][name] = about.at("sha256");
      }
      print(out, head);
      break;
    }
    case plan::StageKind::generate:
      head["kpis"] = stable_kpis(bundle.header().at("kpis"));
      print(out, head);
      bundle.rows("predictions.jsonl", [&](const Json& row) {
        Json stable = without(row, {"ms"});
        stable["usage"].erase("cached_prompt_tokens");
        stable["row"] = "prediction";
        stable["stage"] = stage.key;
        print(out, stable);
      });
      break;
    case plan::StageKind::measure:
      break;  // never stable
    case plan::StageKind::score:
      head["scores"] = bundle.json("scores.json");
      print(out, head);
      bundle.rows("rows.jsonl", [&](const Json& row) {
        print(out, {{"row", "statistics"}, {"stage", stage.key}, {"of", row}});
      });
      break;
    case plan::StageKind::choose:
      head["choice"] = bundle.json("choice.json");
      print(out, head);
      break;
    case plan::StageKind::compare:
      head["comparison"] = bundle.json("compare.json");
      print(out, head);
      break;
    case plan::StageKind::fragility:
      head["fragility"] = bundle.json("fragility.json");
      print(out, head);
      break;
  }
}

}  // namespace

void export_stable(store::Store& store, std::int64_t run, std::ostream& out) {
  const plan::Plan plan = store.plan(run);
  print(out, {{"row", "plan"}, {"experiment", plan.experiment}, {"hash", plan.hash}});
  for (const plan::Cell& cell : plan.cells) {
    Json row = {{"row", "cell"},
                {"cell", cell.id},
                {"model", cell.model},
                {"dataset", cell.dataset},
                {"strategy", cell.strategy_label},
                {"parts", plan::to_json(cell.strategy)},
                {"seed", cell.seed},
                {"group", cell.group},
                {"baseline", cell.is_baseline},
                {"adapt", cell.adapt},
                {"generate", cell.generate},
                {"score", cell.score}};
    if (!cell.choose.empty()) {
      row["choose"] = cell.choose;
      row["trials"] = plan::to_json(cell.trials);
    }
    if (!cell.variants.empty()) {
      row["variants"] = plan::to_json(cell.variants);
      row["fragility"] = cell.fragility;
    }
    print(out, row);
  }
  for (const plan::Stage& stage : plan.stages) {
    const auto place = store.bundle(stage);
    if (store::Bundle::exists(place)) export_stage(store::Bundle::open(place, stage.key, true), stage, out);
  }
}

}  // namespace assay::run
