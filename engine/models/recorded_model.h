#pragma once
#include <assay/sdk/language_model.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace assay::models {

/// An answer that a model once gave, and what a request must agree with to be given it: every member that is there.
struct RecordedAnswer {
  std::optional<std::string> prompt;                  ///< the prompt's text
  std::optional<std::vector<sdk::Message>> messages;  ///< the conversation asked
  std::optional<std::string> input;                   ///< the input of the example asked about
  std::optional<std::string> id;                      ///< its id
  std::vector<std::string> completions;               ///< samples in order
  std::optional<sdk::Usage> usage;                    ///< of all its completions; absent: estimated from words
  std::string where;                                  ///< for messages: "outputs.jsonl, row 3"
};

/// `source: recorded`: gives the answers that another model gave, and refuses what it was never asked.
///
/// Answers that a request agrees with alike are its samples, in the order given. A request for n samples is given the
/// first n, and is refused where there are fewer. At temperature 0 a model has one answer: samples that differ are then
/// refused as well. Text is given as it was recorded, whatever `stop` and `max_tokens` say. Where answers are found by
/// input or id alone, only the first request about an example is answered: a second one asks something else.
///
/// It scores no choices and embeds nothing. It takes conversations where answers are found by them.
class RecordedModel final : public sdk::LanguageModel {
 public:
  /// `inputs` are the inputs of examples by id; needed where answers are found by input.
  RecordedModel(std::string name, std::vector<RecordedAnswer> answers, std::map<std::string, std::string> inputs);
  ~RecordedModel() override;

  [[nodiscard]] const sdk::ModelInfo& info() const override { return info_; }
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override;
  /// "role: content" a line.
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override;
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;

 private:
  /// Answers that are found by the same members.
  struct Table;
  sdk::Completion answer(const sdk::Request&);
  sdk::Completion samples(const sdk::Generate&, const std::vector<const RecordedAnswer*>&) const;

  sdk::ModelInfo info_;
  std::vector<RecordedAnswer> answers_;
  std::map<std::string, std::string> inputs_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::deque<sdk::Finished> finished_;
  sdk::RequestId next_ = 1;
};

}  // namespace assay::models
