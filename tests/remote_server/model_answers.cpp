#include "remote_server/model_answers.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "models/local/local_model.h"

namespace assay::test {
namespace {

constexpr const char* kFingerprint = "fp_local";

std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

sdk::GenerationSettings settings_of(const Json& body) {
  sdk::GenerationSettings settings;
  settings.max_tokens = body.value("max_tokens", 16);
  settings.temperature = body.value("temperature", 1.0);
  settings.top_p = body.value("top_p", 1.0);
  settings.frequency_penalty = body.value("frequency_penalty", 0.0);
  settings.presence_penalty = body.value("presence_penalty", 0.0);
  if (body.contains("stop")) settings.stop = body["stop"].get<std::vector<std::string>>();
  if (body.contains("logit_bias")) {
    for (const auto& [token, bias] : body["logit_bias"].items()) settings.logit_bias[std::stoi(token)] = bias;
  }
  return settings;
}

}  // namespace

struct ModelAnswers::Rep {
  models::LocalModel model;
  std::mutex mutex{};

  ApiAnswer write(const Json& body, bool chat) {
    sdk::Generate generate;
    if (chat) {
      for (const Json& message : body["messages"])
        generate.prompt.messages.push_back({message["role"], message["content"]});
    } else {
      generate.prompt.text = body["prompt"];
    }
    generate.settings = settings_of(body);
    generate.samples = body.value("n", 1);
    sdk::Request request;
    request.what = std::move(generate);
    request.draw.seed = body.value("seed", std::uint64_t{0});
    const std::vector<sdk::Completion> completions = sdk::ask_all(model, {std::move(request)});
    const sdk::Completion& completion = completions.front();
    if (!completion.error.empty()) return {400, {{"error", {{"message", completion.error}}}}, ""};
    Written written;
    for (const sdk::Sample& sample : completion.samples) {
      written.texts.push_back(sample.text);
      written.finish_reasons.push_back(sample.finish_reason);
    }
    written.prompt_tokens = completion.usage.prompt_tokens;
    written.completion_tokens = completion.usage.completion_tokens;
    return written_answer(body, chat, written, kFingerprint);
  }

  /// Each token's log-probability after all before it, and where it begins in letters.
  Json scored(const std::string& prompt, std::int64_t& tokens) {
    const std::vector<std::int32_t> ids = model.tokens({prompt, {}});
    Json shown = Json::array(), values = Json::array(), offsets = Json::array();
    for (std::size_t t = 0; t < ids.size(); ++t) {
      const std::string before = model.tokenizer().decode(std::span(ids).first(t)),
                        until = model.tokenizer().decode(std::span(ids).first(t + 1));
      shown.push_back(until.substr(before.size()));
      offsets.push_back(letters(before));
      if (t == 0) {
        values.push_back(nullptr);
        continue;
      }
      const std::vector<float> logits = model.logits(std::span(ids).first(t));
      const double most = *std::max_element(logits.begin(), logits.end());
      double sum = 0;
      for (const float logit : logits) sum += std::exp(logit - most);
      values.push_back(logits[static_cast<std::size_t>(ids[t])] - most - std::log(sum));
    }
    tokens += static_cast<std::int64_t>(ids.size());
    return {{"tokens", shown}, {"token_logprobs", values}, {"text_offset", offsets}};
  }

  ApiAnswer echo(const Json& body) {
    const Json prompts = body["prompt"].is_array() ? body["prompt"] : Json::array({body["prompt"]});
    Json choices = Json::array();
    std::int64_t tokens = 0;
    for (const Json& prompt : prompts) {
      Json values = scored(prompt, tokens);
      choices.push_back(
          {{"index", choices.size()}, {"text", prompt}, {"finish_reason", "length"}, {"logprobs", std::move(values)}});
    }
    const Json usage = {{"prompt_tokens", tokens}, {"completion_tokens", 0}, {"total_tokens", tokens}};
    return {200,
            {{"object", "text_completion"},
             {"model", body["model"]},
             {"system_fingerprint", kFingerprint},
             {"choices", choices},
             {"usage", usage}},
            ""};
  }
};

ModelAnswers::ModelAnswers(const std::filesystem::path& folder)
    : rep_(std::unique_ptr<Rep>(new Rep{models::LocalModel(folder)})) {}

ModelAnswers::~ModelAnswers() = default;

ApiAnswer ModelAnswers::answer(const std::string& path, const Json& body) {
  const std::lock_guard lock(rep_->mutex);
  if (path == "/v1/chat/completions") return rep_->write(body, true);
  if (path == "/v1/completions") return body.value("echo", false) ? rep_->echo(body) : rep_->write(body, false);
  return api_answer(path, body, {}, kFingerprint);
}

}  // namespace assay::test
