#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/report_data.h"
#include "stats/break_even.h"
#include "store/store.h"

namespace assay::report {

struct EconomicsSettings {
  std::vector<std::string>
      prices;           ///< "MODEL.price.output=0.5", "MODEL.dollars_per_hour=2": in the place of the experiment's
  double volume = 1e6;  ///< requests
  double requests_per_hour = 0;  ///< 0: no rate is known, hosting by the hour is not counted into totals
  bool batch = false;            ///< as if all requests were sent in batches, at the discount that a price gives for it
  double utilisation = 1;        ///< share of its time in which a machine that is paid by the hour answers
  double price_range = 0.25;     ///< break-even is also told for prices so much lower and higher
};

/// One group's costs, US dollars, means over its seeds. What has no price is unknown, never 0.
struct Way {
  std::string group, label;
  Family family = Family::prompting;
  stats::Spending spending;
  std::vector<double> requests;            ///< what each test example's request cost, by the model's price
  double low = kUnknown, high = kUnknown;  ///< of spending.per_request, over the examples
  double total = kUnknown;                 ///< of `volume` requests
  double value = kUnknown;                 ///< of the primary output
  double per_right =
      kUnknown;  ///< a right answer, what was spent once shared among `volume`; unknown where the value is no share
};

/// A way that trains against one that prompts.
struct Repayment {
  std::size_t tuned = 0, prompted = 0;     ///< of `ways`
  std::optional<stats::BreakEven> at;      ///< none where either way's costs are not known
  stats::BreakEvenInterval interval;       ///< where `at` names a volume: over the examples
  double low = kUnknown, high = kUnknown;  ///< of that volume, were one side's prices lower and the other's higher
};

struct DatasetEconomics {
  std::string name, output;
  std::vector<Way> ways;  ///< as the report ranks them
  std::vector<Repayment> repayments;
};

/// What the ways of a run cost, and when training repays. Nothing is run: tokens and seconds are those that were counted.
/// @throws BadInput where a price names no model of the run, or is no price
std::vector<DatasetEconomics> economics(store::Store&, std::int64_t run, const EconomicsSettings&);

/// The prices that were used, by model: what `economics` reads of the experiment, overrides applied.
Json prices_of(store::Store&, std::int64_t run, const EconomicsSettings&);

}  // namespace assay::report
