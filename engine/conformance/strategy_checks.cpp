#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <chrono>
#include <optional>

#include "conformance/findings.h"
#include "conformance/strategy_subject.h"
#include "host/catalog.h"

namespace assay::conformance {
namespace {

constexpr double kStopAfter = 0.1;   // seconds of adapting, before it is asked to stop
constexpr double kStopWithin = 1.0;  // what the SDK promises

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What throws here does so for want of what it is only given where it declares the part.
bool does(const std::function<bool()>& part) {
  try {
    return part();
  } catch (const std::exception&) {
    return false;
  }
}

bool changed(const sdk::PromptDraft& draft) {
  return !draft.system.empty() || !draft.instruction.empty() || !draft.passages.empty() || !draft.shots.empty() ||
         !draft.input.empty() || !draft.answer_prefix.empty() || !draft.template_name.empty() ||
         !draft.variables.empty() || !draft.details.empty();
}

/// One strategy on the samples of one task, each way in a process of its own.
class StrategyChecks {
 public:
  StrategyChecks(const Subject& subject, const Json& manifest, Task task) : subject_(subject), manifest_(manifest) {
    usual_.task = task;
    adapts_ = manifest.at("adapts") == true;
  }

  /// The whole cell, and what it came to.
  [[nodiscard]] Tried cell(const Asked& how = {}) const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      return whole(work, usual_, how);
    });
  }

  /// The cell, and what is asked about in several orders; where one of these comes to something else, that one is told. There are
  /// several, as with few labels two that are asked first may well have the same answer.
  [[nodiscard]] Tried cell_in_other_orders(const Tried& usual) const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      Json came = whole(work, usual_, {.reversed = true});
      for (const std::size_t first : {std::size_t{11}, std::size_t{23}, std::size_t{37}}) {
        if (came != usual.value) break;
        came["asked"] = work.ask(usual_, {.first = first});
      }
      return came;
    });
  }

  /// The cell in another process and another second.
  [[nodiscard]] Tried cell_later() const {
    wait_for_another_second();
    return cell();
  }

  [[nodiscard]] Tried cell_twice() const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      whole(work, usual_);
      return whole(work, usual_);
    });
  }

  /// The cell adapted by one process and asked about by another.
  [[nodiscard]] Tried cell_in_two_processes() const {
    const WorkFolder folder;
    const Tried adapted = attempt(subject_, [&]() -> Json {
      StrategyAtWork work(subject_, manifest_, folder.path());
      const Json left = work.adapt(usual_);
      return {{"left", left}, {"place", work.adapted().string()}};
    });
    if (!adapted.done) return adapted;
    return attempt(subject_, [&]() -> Json {
      StrategyAtWork work(subject_, manifest_, folder.path());
      work.take_over(adapted.value.at("place").get<std::string>());
      return {{"adapted", adapted.value.at("left")}, {"asked", work.ask(usual_)}};
    });
  }

  /// The id of the first row that is not what it was before a cell.
  [[nodiscard]] Json changed_row() const {
    StrategyAtWork work(subject_, manifest_);
    whole(work, usual_);
    if (work.changed_row().empty()) return nullptr;
    return {{"problem", fmt::format("it changes the row {}, which other cells read, too; copy what you change",
                                    work.changed_row())}};
  }

  void run() const {
    StrategyAtWork work(subject_, manifest_);
    whole(work, usual_);
  }

  /// The cell after another one in the same process.
  [[nodiscard]] Tried cell_after_another() const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      SampleCell other = usual_;
      other.examples = Examples::other, other.seed = 8;
      whole(work, other);
      return whole(work, usual_);
    });
  }

  [[nodiscard]] Tried with_one_instance() const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      work.keep_one_instance();
      return whole(work, usual_);
    });
  }

  [[nodiscard]] Tried adapted(std::uint64_t seed) const {
    return attempt(subject_, [&] {
      StrategyAtWork work(subject_, manifest_);
      SampleCell cell = usual_;
      cell.seed = seed;
      return work.adapt(cell);
    });
  }

  [[nodiscard]] Json stop() const {
    StrategyAtWork work(subject_, manifest_);
    const auto start = std::chrono::steady_clock::now();
    work.stop_by([=] { return seconds_since(start) >= kStopAfter; });
    try {
      work.adapt(usual_);
    } catch (const Stopped&) {
      // How a plugin may end.
    }
    const double took = seconds_since(start) - kStopAfter;
    if (took <= kStopWithin) return nullptr;
    return {{"problem", fmt::format("its adapt went on for {:.1f} s after it was asked to stop: look at "
                                    "context.stop_requested() at least once a second",
                                    took)}};
  }

  /// A part that the manifest does not name is never called, and nobody is told.
  [[nodiscard]] Json undeclared_part() const {
    const auto plugin = host::LoadedPlugin::load(subject_.library);
    const auto strategy = plugin.strategy(sdk::Params(subject_.params));
    const sdk::Input input{
        .id = "one", .index = 0, .text = "an invoice", .fields = {{"text", "an invoice"}}, .choices = {}};
    const auto lacks = [&](const char* flag) { return manifest_.at(flag) != true; };
    const auto problem = [](const char* what, const char* flag) -> Json {
      return {{"problem", fmt::format("it has a `{}`, and its manifest does not say `{}`", what, flag)}};
    };
    sdk::PromptDraft draft;
    if (lacks("consults") && does([&] { return !strategy->consult(input, {}).empty(); }))
      return problem("consult", "consults");
    if (lacks("composes") && does([&] { return strategy->compose(input, draft, {}), changed(draft); }))
      return problem("compose", "composes");
    const sdk::GenerationSettings generation;
    sdk::Exchange exchange{.input = input, .draft = draft, .so_far = {}, .generation = generation};
    exchange.ask = [](const sdk::Exchange&, const sdk::PromptDraft&) {
      return sdk::Request{sdk::Generate{}, {}, "asked once"};
    };
    const auto drives = [&] {
      const sdk::Step step = strategy->next(exchange, {});
      const auto* requests = std::get_if<std::vector<sdk::Request>>(&step);
      return requests == nullptr || requests->size() != 1 || requests->front().example_id != "asked once";
    };
    if (lacks("drives") && does(drives)) return problem("next", "drives");
    return nullptr;
  }

  /// Refusing what is odd is well, by one of assay's errors.
  [[nodiscard]] Json odd() const {
    StrategyAtWork work(subject_, manifest_);
    SampleCell cell = usual_;
    cell.examples = Examples::odd;
    try {
      whole(work, cell);
    } catch (const run::UntypedException&) {
      throw;
    } catch (const Error&) {
      return nullptr;
    }
    return nullptr;
  }

  [[nodiscard]] bool adapts() const { return adapts_; }

 private:
  Json whole(StrategyAtWork& work, const SampleCell& cell, const Asked& how = {}) const {
    Json left;
    if (adapts_) left = work.adapt(cell);
    return {{"adapted", left}, {"asked", work.ask(cell, how)}};
  }

  const Subject& subject_;
  const Json& manifest_;
  SampleCell usual_;
  bool adapts_ = false;
};

/// The checks on the first task that it takes; nothing where it takes none, which `findings` tells.
std::optional<StrategyChecks> on_some_task(const Subject& subject, const Json& manifest, Tried& usual,
                                           Findings& findings) {
  std::string refusals;
  for (const Task task : {Task::labels, Task::texts}) {
    StrategyChecks checks(subject, manifest, task);
    usual = checks.cell();
    if (usual.done) {
      findings.pass("answers");
      return checks;
    }
    if (refusals.find(usual.why) == std::string::npos) refusals += (refusals.empty() ? "" : "; ") + usual.why;
    if (!usual.refused) break;
  }
  findings.fail("answers", refusals);
  return std::nullopt;
}

void check_adapting(const StrategyChecks& checks, const Subject& subject, const Json& manifest, const Tried& usual,
                    Findings& findings) {
  if (manifest.at("random") == true) {
    findings.skip("random_is_declared", "it is declared");
  } else if (manifest.at("asks_in_adapt") == true || manifest.at("tries") == true) {
    findings.skip("random_is_declared", "the simulated model that it asks answers by the seed");
  } else {
    findings.compare("random_is_declared", checks.adapted(7), checks.adapted(8),
                     "under another seed it leaves something else, and its manifest does not say `random`");
  }
  const Tried one_instance = checks.with_one_instance();
  if (one_instance.done && difference(one_instance.value, usual.value).empty()) {
    findings.compare("adapter_round_trip", usual, checks.cell_in_two_processes(),
                     "a process that reads back what `adapt` left does not ask as the one that adapted");
  } else {
    findings.compare("adapter_round_trip", one_instance, usual,
                     "an object that reads back what `adapt` left does not ask as the one that adapted");
  }
  findings.judge("honours_stop", subject, [&] { return checks.stop(); });
}

}  // namespace

void check_strategy(const Subject& subject, const Json& manifest, Findings& findings) {
  if (manifest.at("trains") == true) return check_training(subject, findings);
  Tried usual;
  const auto checks = on_some_task(subject, manifest, usual, findings);
  if (!checks) return;
  if (!findings.compare("deterministic", usual, checks->cell_later(),
                        "the same cell came to something else when it was run again")) {
    for (const char* check : {"independent_of_order", "independent_of_batch", "leaves_nothing_behind"}) {
      findings.skip(check, "what is not deterministic cannot be compared");
    }
    return;
  }
  findings.judge("declared_parts", subject, [&] { return checks->undeclared_part(); });
  findings.compare("independent_of_order", usual, checks->cell_in_other_orders(usual),
                   "with the examples in another order");
  findings.compare("independent_of_batch", usual, checks->cell({.batch = 1}), "asked about one at a time");
  const Tried twice = checks->cell_twice();
  const bool repeats = twice.done && difference(usual.value, twice.value).empty();
  findings.compare("leaves_nothing_behind", usual, repeats ? checks->cell_after_another() : twice,
                   repeats ? "after another cell in the same process" : "run a second time in the same process");
  findings.judge("leaves_its_input_alone", subject, [&] { return checks->changed_row(); });
  check_process(subject, findings, [&] { checks->run(); });
  if (checks->adapts()) check_adapting(*checks, subject, manifest, usual, findings);
  findings.judge("typed_exceptions", subject, [&] { return checks->odd(); });
}

}  // namespace assay::conformance
