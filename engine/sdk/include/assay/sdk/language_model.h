#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/prompt.h"

namespace assay::sdk {

/// How text is drawn; the YAML's `generation:` section. Defaults: greedy, 256 tokens.
struct GenerationSettings {
  int max_tokens = 256;
  double temperature = 0.0;         ///< 0 = greedy
  double top_p = 1.0;               ///< nucleus sampling (Holtzman et al. 2019, arXiv 1904.09751)
  int top_k = 0;                    ///< 0 = all
  double min_p = 0.0;               ///< relative to the most probable token (arXiv 2407.01082)
  double repetition_penalty = 1.0;  ///< CTRL (arXiv 1909.05858), over prompt and output, as transformers does
  double frequency_penalty = 0.0;   ///< OpenAI's, over the output
  double presence_penalty = 0.0;
  std::map<std::int32_t, double> logit_bias;
  std::vector<std::string> stop;  ///< the output ends before the first of these
  friend bool operator==(const GenerationSettings&, const GenerationSettings&) = default;
};

/// Names the draw of a request, so that random numbers depend on whose they are, never on batch or order.
struct DrawKey {
  std::uint64_t seed = 0;
  std::uint64_t example = 0;  ///< Input::index
  std::uint64_t request = 0;  ///< position among the requests of its example
  friend bool operator==(const DrawKey&, const DrawKey&) = default;
};

/// Asks for `samples` continuations.
struct Generate {
  Prompt prompt;
  GenerationSettings settings;
  int samples = 1;
  bool log_probabilities = false;  ///< also report each output token's log-probability (natural logarithm)
};

/// Asks which of `choices` continues the prompt best, by log-probability.
struct ScoreChoices {
  Prompt prompt;
  std::vector<std::string> choices;  ///< continuations exactly as the model would write them, affixes included
  bool length_normalized = false;    ///< divide each log-probability by its count of tokens
};

/// Which final hidden states (after the last norm) become a text's vector. Special tokens count.
enum class Pooling {
  mean,        ///< their mean
  last_token,  ///< the last one, which alone has seen the whole text
};

/// Asks for a vector for `text`.
struct Embed {
  std::string text;
  Pooling pooling = Pooling::mean;
};

struct Request {
  std::variant<Generate, ScoreChoices, Embed> what;
  DrawKey draw;
  std::string example_id;  ///< Input::id; simulated models look up their answer by it
  /// The answer depends on no example (ScoreChoices and Embed only): of all equal requests of a stage one is sent, and the
  /// first example that wants it is charged.
  bool shared = false;
  std::string step =
      {};  ///< the driver's name for what this is of an exchange: "draft"; its tokens and time become KPIs
};

/// Tokens counted for one request. `cached_prompt_tokens` is the part of `prompt_tokens` that was not computed anew.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  bool estimated = false;  ///< counted by us where a server told nothing

  Usage& operator+=(const Usage& other) {
    prompt_tokens += other.prompt_tokens;
    cached_prompt_tokens += other.cached_prompt_tokens;
    completion_tokens += other.completion_tokens;
    estimated = estimated || other.estimated;
    return *this;
  }
  friend bool operator==(const Usage&, const Usage&) = default;
};

/// One continuation.
struct Sample {
  std::string text;
  std::string finish_reason;              ///< "stop", "length"
  std::vector<double> log_probabilities;  ///< a token each, when asked for
};

/// The answer to one request; which fields are filled follows from the request.
struct Completion {
  std::vector<Sample> samples;        ///< Generate: as many as asked for
  std::vector<double> choice_scores;  ///< ScoreChoices: log-probability a choice (natural logarithm)
  std::size_t choice = 0;             ///< ScoreChoices: the best one, the first of equals
  std::vector<float> embedding;       ///< Embed
  Usage usage;
  double milliseconds = 0;  ///< from being worked on to finished; batching makes it no latency (see `measure`)
  std::string error;        ///< not empty: this request failed and why; the others still count
};

using RequestId = std::uint64_t;

struct Finished {
  RequestId id;
  Completion completion;
};

/// What a model is and can do, known before it is asked anything.
struct ModelInfo {
  std::string name;
  std::int64_t context_length = 0;  ///< tokens, prompt and output together; 0 = unknown
  std::int64_t parameters = 0;      ///< 0 = unknown
  bool has_chat_template = false;
  bool scores_choices = true;
  bool embeds = true;
  /// Texts that the tokenizer reads as one token wherever they stand (`<|im_end|>`): no prompt is cut inside one.
  std::vector<std::string> special_tokens = {};
};

/// Answers requests. Submit many, collect as they finish: a local model batches them, a remote one keeps them in flight.
/// Not thread-safe: one thread submits and collects.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  [[nodiscard]] virtual const ModelInfo& info() const = 0;

  /// Tokens of `prompt` as the model would see it, chat template applied.
  [[nodiscard]] virtual std::int64_t count_tokens(const Prompt& prompt) const = 0;

  /// The text that `messages` become by the model's chat template; `add_generation_prompt` ends with what opens the
  /// assistant's turn. @throws UnsupportedModel where info().has_chat_template is false.
  [[nodiscard]] virtual std::string render_chat(std::span<const Message> messages,
                                                bool add_generation_prompt) const = 0;

  /// Takes the requests over; their ids are returned in order. Never blocks on the answers.
  virtual std::vector<RequestId> submit(std::vector<Request> requests) = 0;

  /// Those that finished, at least one while any is outstanding (blocks for it), none when none is.
  virtual std::vector<Finished> collect() = 0;

  /// Tokens of the window (ModelInfo::context_length) that `request` may come to take: its prompt's and max_tokens of
  /// output, or its longest choice's. Default: by `count_tokens`, choices counted by themselves.
  [[nodiscard]] virtual std::int64_t tokens_needed(const Request& request) const;
};

/// Submits all and waits for all: completions in the order of the requests. Those that failed say so in `error`.
/// @throws Error where the model leaves one without an answer.
std::vector<Completion> ask_all(LanguageModel& model, std::vector<Request> requests);

}  // namespace assay::sdk
