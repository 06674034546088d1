#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/params.h"
#include "conformance/conformance.h"
#include "conformance/isolated.h"

namespace assay::conformance {

/// What a plugin's work in a child process came to.
struct Tried {
  bool done = false;
  Json value;            ///< what it came to, where it is done
  bool refused = false;  ///< it threw one of assay's errors
  std::string why;       ///< it is not done
  bool timed_out = false;
  std::size_t printed = 0;    ///< bytes
  bool left_running = false;  ///< processes that it started outlived it
};

/// Does `work` in a child process, and tells apart what a plugin may throw from what it may not. What it asks its parameters
/// for is noted in `subject.asked_parameters`.
Tried attempt(const Subject& subject, const std::function<Json()>& work);

/// Collects findings and tells of each.
class Findings {
 public:
  explicit Findings(std::function<void(const Finding&)> tell) : tell_(std::move(tell)) {}

  void add(Finding finding) {
    if (tell_) tell_(finding);
    all_.push_back(std::move(finding));
  }
  void pass(const std::string& check) { add({check, Outcome::passed, ""}); }
  void fail(const std::string& check, const std::string& why) { add({check, Outcome::failed, why}); }
  void skip(const std::string& check, const std::string& why) { add({check, Outcome::skipped, why}); }
  /// `work` answers {"problem": …} or null; what it throws fails the check, too.
  void judge(const std::string& check, const Subject& subject, const std::function<Json()>& work);
  /// Whether two ways came to the same; `otherwise` says what it means that they did not.
  bool compare(const std::string& check, const Tried& one, const Tried& other, const std::string& otherwise);
  [[nodiscard]] std::vector<Finding> take() { return std::move(all_); }

 private:
  std::function<void(const Finding&)> tell_;
  std::vector<Finding> all_;
};

/// The subject's parameters, which note what they are asked for as long as the plugin keeps them or a copy.
sdk::Params watched_params(const Subject& subject);

/// `leaves_the_process_alone`: `work` is a whole cell; what it came to is told by other checks.
void check_process(const Subject& subject, Findings& findings, const std::function<void()>& work);

/// Waits until the clock shows another second, of which some make their seed.
void wait_for_another_second();

/// Where two values first differ, in words; empty where they are equal.
std::string difference(const Json& one, const Json& other);

void check_strategy(const Subject& subject, const Json& manifest, Findings& findings);
void check_training(const Subject& subject, Findings& findings);
void check_metric(const Subject& subject, const Json& manifest, Findings& findings);

/// `constructs`; false where the plugin cannot even be made.
bool check_construction(const Subject& subject, const Json& manifest, Findings& findings);

}  // namespace assay::conformance
