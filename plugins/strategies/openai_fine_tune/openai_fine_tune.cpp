#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Has the model's provider fine-tune it. The engine owns the network: it makes the job of these parameters, waits for it, and
/// asks the model that came of it, so that there is nothing to do here.
class OpenAiFineTune final : public Strategy {
 public:
  explicit OpenAiFineTune(const Params&) {}
};

}  // namespace

ASSAY_STRATEGY(OpenAiFineTune,
               {.name = "openai_fine_tune",
                .version = "1.0",
                .summary = "fine-tunes a model at its provider, by OpenAI's fine-tuning jobs (supervised, DPO)",
                .params = R"({"type":"object","additionalProperties":false,"properties":{
  "method":{"type":"string","enum":["supervised","dpo"],"default":"supervised","description":"supervised learns the targets; dpo prefers them to worse answers"},
  "n_epochs":{"type":["integer","string"],"minimum":1,"maximum":50,"pattern":"^auto$","x-pattern-words":"auto","default":"auto","description":"passes over the training rows"},
  "batch_size":{"type":["integer","string"],"minimum":1,"maximum":256,"pattern":"^auto$","x-pattern-words":"auto","default":"auto","description":"rows a batch"},
  "learning_rate_multiplier":{"type":["number","string"],"exclusiveMinimum":0,"pattern":"^auto$","x-pattern-words":"auto","default":"auto","description":"of the provider's learning rate"},
  "beta":{"type":["number","string"],"exclusiveMinimum":0,"maximum":2,"pattern":"^auto$","x-pattern-words":"auto","default":"auto","description":"dpo: how closely the model is held to what it was"},
  "rejected":{"type":"string","format":"jinja","default":"","description":"dpo: the worse answer, Jinja over the row's fields; of a dataset with choices the one after the right one unless given"},
  "validation":{"type":"boolean","default":true,"description":"the job is given the validation rows, where there are some"},
  "checkpoint":{"type":"integer","minimum":0,"maximum":1000,"default":0,"x-decides":"asking","description":"which model of the job answers: 0 the last, 1 the checkpoint before it, and so on; a list makes cells of one job"},
  "suffix":{"type":"string","maxLength":40,"pattern":"^[A-Za-z0-9-]*$","x-pattern-words":"letters, digits and dashes","default":"","x-decides":"nothing","description":"put into the tuned model's name"},
  "cancel_on_interrupt":{"type":"boolean","default":false,"x-decides":"nothing","description":"a run that is stopped at once cancels its jobs; without it they go on, and the next run finds them"}},
  "allOf":[{"description":"`beta` and `rejected` are of `method: dpo`",
            "if":{"properties":{"method":{"const":"supervised"}}},"then":{"properties":{"beta":{"const":"auto"},"rejected":{"const":""}}}}]})",
                .trains = true,
                .random = true,
                .needs_train = true,
                .sites = "fine_tuning_job"})
