#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"
#include "models/remote/settings.h"
#include "models/remote/sse.h"

namespace assay::models::remote {

/// A request as it goes over the wire.
struct WireCall {
  std::string path;  ///< after base_url
  Json body;
  bool streams = false;
};

/// An answer as it came over the wire.
struct WireAnswer {
  sdk::Completion completion;
  std::int64_t reasoning_tokens = 0;  ///< part of the completion's
  std::string model, fingerprint;     ///< as the server reports them; empty where it does not
};

/// What came is no answer of this API, or not a whole one. It may come whole another time.
class Malformed : public Error {
 public:
  using Error::Error;
};

/// A whole answer that lacks what was asked for, such as samples or log-probabilities: it will be no other the next time.
class Lacking : public Malformed {
 public:
  using Malformed::Malformed;
};

/// An error in the place of an answer, or of the rest of one, as the server told it.
class ErrorInAnswer : public Malformed {
 public:
  explicit ErrorInAnswer(Json error)
      : Malformed("the server tells of an error where its answer should be"), told(std::move(error)) {}
  Json told;
};

/// Puts the pieces of a streamed answer together to what an unstreamed one would be.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  /// @throws Malformed for an event that is none of the API's, ErrorInAnswer for one that says that the server failed
  virtual void take(const ServerEvent&) = 0;
  [[nodiscard]] virtual bool has_text() const = 0;
  /// Of what came until the server ended its answer. @throws Malformed where that is not all of it
  virtual Json whole() = 0;
};

/// How one kind of server is spoken to.
class Dialect {
 public:
  virtual ~Dialect() = default;
  [[nodiscard]] virtual Headers headers() const = 0;
  /// @throws UnsupportedModel naming what the server cannot do
  [[nodiscard]] virtual WireCall call(const sdk::Request&) const = 0;
  /// @throws Malformed, ErrorInAnswer
  [[nodiscard]] virtual WireAnswer read(const sdk::Request&, const Json&) const = 0;
  [[nodiscard]] virtual std::unique_ptr<AnswerStream> stream() const = 0;
  /// Whether one request can draw several samples.
  [[nodiscard]] virtual bool draws_several() const = 0;
  [[nodiscard]] virtual bool scores_choices() const = 0;
  [[nodiscard]] virtual bool embeds() const = 0;
};

/// `settings` outlives it.
std::unique_ptr<Dialect> openai_dialect(const RemoteSettings& settings);
std::unique_ptr<Dialect> anthropic_dialect(const RemoteSettings& settings);
std::unique_ptr<Dialect> dialect_of(const RemoteSettings& settings);

/// The text that a conversation is shown as where no chat template is known: "role: content", a blank line between turns.
std::string conversation_text(std::span<const sdk::Message>, bool opens_answer);
/// What a prompt says as messages: its conversation with what stands after it (put into the model's mouth) as the
/// assistant's beginning; a plain text as the user's.
std::vector<sdk::Message> messages_of(const sdk::Prompt&);

/// A count that an answer may lack; 0 where it does, or where it is null. @throws Malformed where it is no count
std::int64_t count_in(const Json& object, const char* name);
/// What `content` says: a text, null, or a list of parts (Anthropic's, and some of OpenAI's kind), of which those that are no
/// text (thoughts, calls of tools) do not count. @throws Malformed where it is none of these
std::string text_of(const Json& content);
/// @throws Malformed where there is none of that type
const Json& member(const Json& object, const char* name, Json::value_t type);

}  // namespace assay::models::remote
