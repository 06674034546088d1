#include <assay/sdk/plugin.h>

#include <memory>
#include <unordered_set>

namespace {

using namespace assay::sdk;

/// Writes words in the order of their addresses, which is another in each process.
class OrderedByAddress final : public Strategy {
 public:
  explicit OrderedByAddress(const Params&) {}
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    std::vector<std::unique_ptr<std::string>> words;
    std::unordered_set<const std::string*> seen;
    for (const char* word : {"be", "brief", "and", "kind", "to", "all"})
      seen.insert(words.emplace_back(std::make_unique<std::string>(word)).get());
    for (const std::string* word : seen) draft.instruction += " " + *word;
  }
};

}  // namespace

ASSAY_STRATEGY(OrderedByAddress,
               {.name = "ordered_by_address", .version = "1.0", .summary = "orders by address", .composes = true})
