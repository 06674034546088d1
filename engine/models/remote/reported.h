#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "assay/sdk/json.h"

namespace assay::models::remote {

/// Whom a server says that an answer is from. A change of it while a run goes on means that another model answers.
struct Reported {
  std::string asked;               ///< the model that was asked for
  std::string model, fingerprint;  ///< as the answer says; empty where it does not

  [[nodiscard]] bool says_anything() const { return !model.empty() || !fingerprint.empty(); }
  friend auto operator<=>(const Reported&, const Reported&) = default;
};

/// How many answers came under one of them.
struct ReportedCount {
  std::int64_t answered = 0;  ///< over the wire
  std::int64_t cached = 0;    ///< given again
  std::int64_t since = 0;     ///< the earliest of them: milliseconds since 1970; 0: not known
};

/// Counted by whom answers are from; those that say nothing of it are left out.
class ReportedCounts {
 public:
  void add(const Reported&, bool cached, std::int64_t at);
  /// [{"asked","model","fingerprint","answered","cached","since"}, …], the earliest first; null where nothing was reported.
  [[nodiscard]] Json to_json() const;

 private:
  std::map<Reported, ReportedCount> counts_;
};

}  // namespace assay::models::remote
