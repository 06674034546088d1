#include "conformance/conformance.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <chrono>
#include <set>
#include <thread>

#include "conformance/findings.h"
#include "conformance/library_checks.h"
#include "host/catalog.h"
#include "run/workbench.h"

namespace assay::conformance {

Tried attempt(const Subject& subject, const std::function<Json()>& work) {
  const Ended ended = isolated(
      [&]() -> Json {
        Json outcome;
        try {
          outcome["value"] = work();
        } catch (const run::UntypedException& error) {
          outcome["untyped"] = error.what();
        } catch (const Error& error) {
          outcome["refused"] = error.what();
        }
        outcome["asked"] = *subject.asked_parameters;
        return outcome;
      },
      subject.seconds);
  Tried tried;
  tried.timed_out = ended.timed_out, tried.printed = ended.printed, tried.left_running = ended.left_running;
  if (ended.answered) subject.asked_parameters->merge(ended.answer["asked"].get<std::set<std::string>>());
  if (!ended.answered) {
    tried.why = ended.how;
  } else if (ended.answer.contains("value")) {
    tried.done = true;
    tried.value = ended.answer["value"];
  } else if (ended.answer.contains("refused")) {
    tried.refused = true;
    tried.why = ended.answer["refused"];
  } else {
    tried.why = ended.answer["untyped"].get<std::string>() +
                " (no assay::Error: throw assay::BadInput or another of assay/sdk/error.h)";
  }
  return tried;
}

void Findings::judge(const std::string& check, const Subject& subject, const std::function<Json()>& work) {
  const Tried tried = attempt(subject, work);
  if (!tried.done) return fail(check, tried.why);
  tried.value.is_null() ? pass(check) : fail(check, tried.value.at("problem"));
}

bool Findings::compare(const std::string& check, const Tried& one, const Tried& other, const std::string& otherwise) {
  for (const Tried* tried : {&one, &other}) {
    if (tried->done) continue;
    fail(check, tried->why);
    return false;
  }
  const std::string where = difference(one.value, other.value);
  where.empty() ? pass(check) : fail(check, otherwise + ": " + where);
  return where.empty();
}

void wait_for_another_second() {
  using namespace std::chrono;
  constexpr milliseconds kCoarse{20};  // std::time lags behind by a tick of the kernel's
  std::this_thread::sleep_until(ceil<seconds>(system_clock::now()) + kCoarse);
}

std::string difference(const Json& one, const Json& other) {
  if (one == other) return "";
  constexpr std::size_t kShown = 80;
  const Json changes = Json::diff(one, other);
  const auto place = changes.at(0).at("path").get<std::string>();
  const auto shown = [&](const Json& value) {
    const Json::json_pointer at(place);
    std::string text =
        value.contains(at) ? value.at(at).dump(-1, ' ', false, Json::error_handler_t::replace) : "nothing";
    if (text.size() > kShown) text = text.substr(0, kShown) + "…";
    return text;
  };
  return fmt::format("{} is {} and {}", place, shown(one), shown(other));
}

sdk::Params watched_params(const Subject& subject) {
  return {subject.params, [asked = subject.asked_parameters](const std::string& name) { asked->insert(name); }};
}

bool check_construction(const Subject& subject, const Json& manifest, Findings& findings) {
  const Tried made = attempt(subject, [&]() -> Json {
    const host::LoadedPlugin plugin = host::LoadedPlugin::load(subject.library);
    run::Journal journal;
    run::in_plugin(journal, manifest.at("name"), [&] {
      const sdk::Params params = watched_params(subject);
      manifest.at("kind") == "strategy" ? static_cast<void>(plugin.strategy(params))
                                        : static_cast<void>(plugin.metric(params));
    });
    return nullptr;
  });
  made.done ? findings.pass("constructs") : findings.fail("constructs", made.why);
  return made.done;
}

namespace {

/// What all checks before it have seen the plugin ask for.
void check_declared_parameters(const Subject& subject, const Json& manifest, Findings& findings) {
  std::string undeclared;
  const Json known = manifest.at("params").value("properties", Json::object());
  for (const std::string& name : *subject.asked_parameters) {
    if (!known.contains(name)) undeclared += (undeclared.empty() ? "'" : ", '") + name + "'";
  }
  undeclared.empty()
      ? findings.pass("declared_parameters")
      : findings.fail("declared_parameters",
                      fmt::format("it reads {}, which its parameter schema does not declare", undeclared));
}

}  // namespace

std::vector<Finding> check(const Subject& asked, const std::function<void(const Finding&)>& found) {
  Subject subject = asked;
  subject.library = std::filesystem::absolute(asked.library);
  subject.asked_parameters = std::make_shared<std::set<std::string>>();
  Findings findings(found);
  Json manifest;
  try {
    manifest = host::read_manifest(subject.library);
    const Json schema = manifest.value("params", Json());
    const Json known = schema.is_object() ? schema.value("properties", Json::object()) : Json::object();
    for (const auto& [name, property] : known.items()) {
      if (property.is_object() && property.contains("default") && !subject.params.contains(name))
        subject.params[name] = property.at("default");
    }
  } catch (const BadInput&) {
    // check_library says it better.
  }
  bool may_load = true;
  for (Finding& finding : check_library(subject)) {
    may_load &= finding.outcome != Outcome::failed || finding.check == "symbols" || finding.check == "manifest" ||
                finding.check == "parameter_schema";
    findings.add(std::move(finding));
  }
  if (!may_load || !host::unreadable_field(manifest).empty()) {
    findings.skip("constructs", "this assay would not load the library");
    return findings.take();
  }
  const std::string kind = manifest.at("kind");
  if (kind != "strategy" && kind != "metric") {
    findings.fail("manifest", fmt::format("its kind '{}' is neither strategy nor metric", kind));
    return findings.take();
  }
  if (check_construction(subject, manifest, findings)) {
    kind == "strategy" ? check_strategy(subject, manifest, findings) : check_metric(subject, manifest, findings);
    check_declared_parameters(subject, manifest, findings);
  }
  return findings.take();
}

}  // namespace assay::conformance
