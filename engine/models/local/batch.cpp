#include "models/local/batch.h"

#include <algorithm>
#include <utility>

namespace assay::models {
namespace {

/// Positions by which a sample's room grows.
constexpr std::int64_t kOutputRun = 64;
/// Rows whose logits are held at once: a large vocabulary makes them the largest thing in memory.
constexpr std::int64_t kLogitRows = 64;
/// Prompt tokens that give the decoder its context (whether the output begins with a space depends on them).
constexpr std::size_t kDecoderContext = 8;

double milliseconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

/// What a request may come to hold in the cache, in positions.
std::int64_t room_for(const TokenRequest& request) {
  auto positions = static_cast<std::int64_t>(request.prompt.size());
  if (const auto* generate = std::get_if<sdk::Generate>(&request.request.what)) {
    positions += std::int64_t{generate->samples} * generate->settings.max_tokens;
  }
  for (const auto& choice : request.choices) positions += static_cast<std::int64_t>(choice.size());
  return positions;
}

std::int64_t samples_of(const TokenRequest& request) {
  const auto* generate = std::get_if<sdk::Generate>(&request.request.what);
  return generate == nullptr ? 1 : generate->samples;
}

}  // namespace

struct Batch::Asked {
  TokenRequest request;
  sdk::Completion completion;
  Clock::time_point begun;
  std::int64_t room = 0;
  int open = 0;

  [[nodiscard]] const sdk::Generate& generate() const { return std::get<sdk::Generate>(request.request.what); }
};

struct Batch::Sample {
  std::shared_ptr<Asked> asked;
  std::size_t index;
  std::shared_ptr<KvRun> run;
  Sampler sampler;
  text::StreamDecoder decoder;
  std::int32_t token = 0;  // the latest, not yet run
  int drawn = 0;
  bool done = false;
  std::string finish_reason;
  std::size_t told = 0;  // bytes of its text that the listener knows

  [[nodiscard]] sdk::Sample& result() const { return asked->completion.samples[index]; }
};

Batch::Batch(Transformer& transformer, const text::Tokenizer& tokenizer, int size, std::int64_t cache_bytes,
             bool share_prefixes)
    : transformer_(transformer),
      tokenizer_(tokenizer),
      size_(std::max(size, 1)),
      cache_bytes_(cache_bytes),
      share_prefixes_(share_prefixes),
      prefixes_(transformer.pool(), cache_bytes / 2) {}

Batch::~Batch() = default;

void Batch::run(std::span<const Span> spans, std::vector<float>& hidden) {
  for (const Span& span : spans) computed_ += static_cast<std::int64_t>(span.tokens.size());
  transformer_.forward(spans, hidden);
}

void Batch::step(std::vector<sdk::Finished>& finished) {
  // Taking up few at a time would compute shared beginnings late and read the weights for few rows.
  if (!waiting_.empty() && static_cast<std::int64_t>(open_.size()) * 2 <= size_) {
    admit(finished);
  } else {
    decode(finished);
  }
}

void Batch::admit(std::vector<sdk::Finished>& finished) {
  const auto begun = Clock::now();
  std::int64_t room = 0;
  const Asked* before = nullptr;
  for (const auto& sample : open_) {
    if (sample->asked.get() != before) room += sample->asked->room;
    before = sample->asked.get();
  }
  auto sequences = static_cast<std::int64_t>(open_.size());
  const std::int64_t most = cache_bytes_ / transformer_.pool().bytes_a_position();
  std::vector<TokenRequest> taken;
  while (!waiting_.empty() && (sequences == 0 || (sequences + samples_of(waiting_.front()) <= size_ &&
                                                  room + room_for(waiting_.front()) <= most))) {
    sequences += samples_of(waiting_.front());
    room += room_for(waiting_.front());
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (taken.empty()) return decode(finished);

  // In this order each prompt goes on from where it leaves the one before. A mean wants every position, so its text is run
  // whole.
  const auto embeds = [](const TokenRequest& request) {
    return std::holds_alternative<sdk::Embed>(request.request.what);
  };
  const auto averages = [&](const TokenRequest& request) {
    return embeds(request) && std::get<sdk::Embed>(request.request.what).pooling == sdk::Pooling::mean;
  };
  std::stable_sort(taken.begin(), taken.end(),
                   [](const TokenRequest& a, const TokenRequest& b) { return a.prompt < b.prompt; });
  std::vector<Span> spans;
  std::vector<std::shared_ptr<KvRun>> runs;
  std::vector<std::int64_t> rows;  // wanted of each request
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto& tokens = taken[i].prompt;
    const bool whole = averages(taken[i]) || !share_prefixes_;
    const auto prompt =
        whole ? transformer_.pool().make(nullptr, 0, static_cast<std::int64_t>(tokens.size())) : prefixes_.open(tokens);
    const auto own = std::span<const std::int32_t>(tokens).subspan(
        static_cast<std::size_t>(prompt->start() - transformer_.pool().first_position()));
    runs.push_back(prompt);
    spans.push_back({prompt.get(), own, averages(taken[i]) ? static_cast<std::int64_t>(own.size()) : 1});
    rows.push_back(spans.back().wanted);
    for (const auto& choice : taken[i].choices) {
      // The last token's own hidden state predicts what nobody asks about.
      const auto shown = std::span<const std::int32_t>(choice).first(choice.size() - 1);
      if (shown.empty()) continue;
      runs.push_back(transformer_.pool().make(prompt, prompt->capacity(), static_cast<std::int64_t>(shown.size())));
      spans.push_back({runs.back().get(), shown, static_cast<std::int64_t>(shown.size())});
      rows.back() += static_cast<std::int64_t>(shown.size());
    }
  }
  run(spans, hidden_);

  const std::int64_t width = transformer_.config().hidden_size;
  const float* at = hidden_.data();
  std::size_t run_index = 0;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const std::span<const float> mine(at, static_cast<std::size_t>(rows[i] * width));
    at += rows[i] * width;
    const std::shared_ptr<KvRun> prompt = runs[run_index];
    run_index += 1 + static_cast<std::size_t>(std::count_if(taken[i].choices.begin(), taken[i].choices.end(),
                                                            [](const auto& choice) { return choice.size() > 1; }));
    if (embeds(taken[i])) {
      std::vector<double> mean(static_cast<std::size_t>(width));
      for (std::size_t j = 0; j < mine.size(); ++j) mean[j % mean.size()] += static_cast<double>(mine[j]);
      sdk::Completion completion;
      for (const double sum : mean)
        completion.embedding.push_back(static_cast<float>(sum / static_cast<double>(rows[i])));
      completion.usage.prompt_tokens = static_cast<std::int64_t>(taken[i].prompt.size());
      completion.milliseconds = milliseconds_since(begun);
      finished.push_back({taken[i].id, std::move(completion)});
    } else if (std::holds_alternative<sdk::ScoreChoices>(taken[i].request.what)) {
      score(taken[i], mine, begun, finished);
    } else {
      auto asked = std::make_shared<Asked>();
      asked->room = room_for(taken[i]);
      asked->begun = begun;
      asked->request = std::move(taken[i]);
      const sdk::Generate& generate = asked->generate();
      asked->completion.samples.resize(static_cast<std::size_t>(generate.samples));
      asked->completion.usage.prompt_tokens = static_cast<std::int64_t>(asked->request.prompt.size());
      asked->open = generate.samples;
      transformer_.logits(mine, logits_);
      const std::vector<float> first(logits_.begin(), logits_.begin() + transformer_.config().vocab_size);
      const auto& tokens = asked->request.prompt;
      const std::size_t context = std::min(kDecoderContext, tokens.size());
      for (int s = 0; s < generate.samples; ++s) {
        auto sample =
            std::make_unique<Sample>(Sample{asked,
                                            static_cast<std::size_t>(s),
                                            prompt,
                                            Sampler(generate.settings, asked->request.request.draw, s, tokens),
                                            text::StreamDecoder(tokenizer_),
                                            0,
                                            0,
                                            false,
                                            {},
                                            0});
        for (std::size_t t = tokens.size() - context; t < tokens.size(); ++t) sample->decoder.add(tokens[t]);
        std::vector<float> mine_again = first;
        take_token(*sample, mine_again);
        open_.push_back(std::move(sample));
      }
    }
  }
  retire(finished);
}

void Batch::score(const TokenRequest& request, std::span<const float> hidden, Clock::time_point begun,
                  std::vector<sdk::Finished>& finished) {
  const auto vocabulary = transformer_.config().vocab_size;
  const auto width = static_cast<std::size_t>(transformer_.config().hidden_size);
  const Kernels& kernel = kernels();
  // Row 0 follows the prompt; then come the rows of each choice's tokens but the last. A row predicts `next`.
  struct Wanted {
    std::size_t row, choice;
    std::int32_t next;
  };
  std::vector<Wanted> wanted;
  std::size_t row = 1;
  for (std::size_t c = 0; c < request.choices.size(); ++c) wanted.push_back({0, c, request.choices[c].front()});
  for (std::size_t c = 0; c < request.choices.size(); ++c) {
    for (std::size_t t = 1; t < request.choices[c].size(); ++t) wanted.push_back({row++, c, request.choices[c][t]});
  }
  sdk::Completion completion;
  completion.choice_scores.assign(request.choices.size(), 0.0);
  auto next = wanted.begin();
  for (std::size_t first = 0; first < row; first += kLogitRows) {
    const std::size_t count = std::min<std::size_t>(kLogitRows, row - first);
    transformer_.logits(hidden.subspan(first * width, count * width), logits_);
    for (std::size_t r = first; r < first + count; ++r) {
      const float* logits = logits_.data() + static_cast<std::int64_t>(r - first) * transformer_.logits_stride();
      const double total = kernel.log_sum_exp(logits, vocabulary);
      for (; next != wanted.end() && next->row == r; ++next) {
        completion.choice_scores[next->choice] += static_cast<double>(logits[next->next]) - total;
      }
    }
  }
  if (std::get<sdk::ScoreChoices>(request.request.what).length_normalized) {
    for (std::size_t c = 0; c < request.choices.size(); ++c) {
      completion.choice_scores[c] /= static_cast<double>(request.choices[c].size());
    }
  }
  completion.choice =
      static_cast<std::size_t>(std::max_element(completion.choice_scores.begin(), completion.choice_scores.end()) -
                               completion.choice_scores.begin());
  completion.usage.prompt_tokens = static_cast<std::int64_t>(request.prompt.size());
  completion.usage.completion_tokens = static_cast<std::int64_t>(request.choices[completion.choice].size());
  completion.milliseconds = milliseconds_since(begun);
  finished.push_back({request.id, std::move(completion)});
}

void Batch::take_token(Sample& sample, std::span<float> logits) {
  const sdk::Generate& asked = sample.asked->generate();
  const double total =
      asked.log_probabilities ? kernels().log_sum_exp(logits.data(), static_cast<std::int64_t>(logits.size())) : 0.0;
  if (asked.log_probabilities) raw_.assign(logits.begin(), logits.end());  // penalties change them
  sample.token = sample.sampler.next(logits);
  ++sample.drawn;
  ++sample.asked->completion.usage.completion_tokens;
  if (asked.log_probabilities) {
    sample.result().log_probabilities.push_back(static_cast<double>(raw_[static_cast<std::size_t>(sample.token)]) -
                                                total);
  }
  const auto& ends = transformer_.config().eos_token_ids;
  std::string& text = sample.result().text;
  if (std::find(ends.begin(), ends.end(), sample.token) != ends.end()) {
    sample.finish_reason = "stop";
    text += sample.decoder.finish();
  } else {
    const std::size_t old = text.size();
    text += sample.decoder.add(sample.token);
    const auto used = static_cast<std::int64_t>(sample.asked->request.prompt.size()) + sample.drawn;
    const bool full = sample.drawn >= asked.settings.max_tokens || used >= transformer_.context_length();
    if (full) text += sample.decoder.finish();
    std::size_t cut = std::string::npos;
    for (const std::string& stop : asked.settings.stop) {
      if (!stop.empty()) cut = std::min(cut, text.find(stop, old < stop.size() ? 0 : old - stop.size()));
    }
    if (cut != std::string::npos) {
      text.resize(cut);
      sample.finish_reason = "stop";
    } else if (full) {
      sample.finish_reason = "length";
    }
  }
  sample.done = !sample.finish_reason.empty();
  if (listener_) tell(sample);
}

void Batch::tell(Sample& sample) {
  const std::string_view text = sample.result().text;
  std::size_t sure = text.size();
  if (!sample.done) {
    for (const std::string& stop : sample.asked->generate().settings.stop) {
      for (std::size_t held = std::min(stop.size(), text.size()); held > 0; --held) {
        if (!text.ends_with(std::string_view(stop).substr(0, held))) continue;
        sure = std::min(sure, text.size() - held);
        break;
      }
    }
  }
  if (sure <= sample.told) return;
  listener_(sample.asked->request.id, sample.index, text.substr(sample.told, sure - sample.told));
  sample.told = sure;
}

void Batch::decode(std::vector<sdk::Finished>& finished) {
  spans_.clear();
  for (const auto& sample : open_) {
    if (sample->run->size() == sample->run->capacity()) {
      const std::int64_t left = sample->asked->generate().settings.max_tokens - sample->drawn;
      sample->run = transformer_.pool().make(sample->run, sample->run->capacity(), std::min(kOutputRun, left));
    }
    spans_.push_back({sample->run.get(), {&sample->token, 1}, 1});
  }
  run(spans_, hidden_);
  const std::int64_t width = transformer_.config().hidden_size;
  for (std::size_t first = 0; first < open_.size(); first += kLogitRows) {
    const std::size_t count = std::min<std::size_t>(kLogitRows, open_.size() - first);
    transformer_.logits(
        std::span(hidden_).subspan(first * static_cast<std::size_t>(width), count * static_cast<std::size_t>(width)),
        logits_);
    for (std::size_t i = 0; i < count; ++i) {
      take_token(*open_[first + i],
                 std::span(logits_).subspan(i * static_cast<std::size_t>(transformer_.logits_stride()),
                                            static_cast<std::size_t>(transformer_.config().vocab_size)));
    }
  }
  retire(finished);
}

void Batch::retire(std::vector<sdk::Finished>& finished) {
  std::erase_if(open_, [&](const std::unique_ptr<Sample>& sample) {
    if (!sample->done) return false;
    sample->result().finish_reason = sample->finish_reason;
    Asked& asked = *sample->asked;
    if (--asked.open == 0) {
      asked.completion.milliseconds = milliseconds_since(asked.begun);
      finished.push_back({asked.request.id, std::move(asked.completion)});
    }
    return true;
  });
}

}  // namespace assay::models
