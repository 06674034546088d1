// Prints how large the public types are: between headers of one SDK number nothing of it may differ.
#include <assay/sdk/plugin.h>

#include <cstddef>
#include <iostream>

#define SIZE(Type) std::cout << #Type << " " << sizeof(assay::sdk::Type) << " " << alignof(assay::sdk::Type) << "\n"
#define PLACE(Type, member) std::cout << #Type "::" #member << " " << offsetof(assay::sdk::Type, member) << "\n"
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

int main() {
  std::cout << "sdk " << ASSAY_SDK_VERSION << "\n";
  SIZE(Input), SIZE(Example), SIZE(Params), SIZE(Number), SIZE(Shot), SIZE(Passage), SIZE(PromptDraft), SIZE(Message), SIZE(Prompt);
  SIZE(GenerationSettings), SIZE(DrawKey), SIZE(Generate), SIZE(ScoreChoices), SIZE(Embed), SIZE(Request), SIZE(Usage), SIZE(Sample);
  SIZE(Completion), SIZE(Finished), SIZE(ModelInfo), SIZE(LanguageModel), SIZE(Answer), SIZE(Attempt), SIZE(AdaptContext);
  SIZE(PromptContext), SIZE(Exchange), SIZE(ConversationData), SIZE(Strategy), SIZE(Prediction), SIZE(ScoringContext), SIZE(Value);
  SIZE(Rows), SIZE(Metric), SIZE(PerExampleMetric), SIZE(SumMetric);
  PLACE(PromptDraft, numbers), PLACE(Request, step), PLACE(Completion, error), PLACE(Exchange, render), PLACE(Prediction, opponent);
  PLACE(ScoringContext, render_file), PLACE(PromptContext, consulted), PLACE(Value, per_example), PLACE(ModelInfo, special_tokens);
}
