// Speed of the inference path alone: greedy decoding and prefill of random prompts, as JSON lines.
//   inference_bench MODEL --prefix PROMPTS [--dtype …] [--threads N]: so many prompts behind one of 1,000 tokens, shared or not
//   inference_bench MODEL [--dtype f32|bf16|int8] [--threads N] [--batches 1,8,32] [--prompt 64] [--tokens 128] [--prefill 256]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "models/local/local_model.h"
#include "models/local/transformer.h"

namespace {

using namespace assay::models;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

/// `batch` prompts of `length` ids that share no beginning.
std::vector<std::vector<std::int32_t>> prompts(std::int64_t vocabulary, int batch, int length) {
  std::vector<std::vector<std::int32_t>> all(static_cast<std::size_t>(batch));
  std::uint64_t state = 88172645463325252ULL;
  for (auto& ids : all) {
    for (int i = 0; i < length; ++i) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;  // xorshift64
      ids.push_back(static_cast<std::int32_t>(state % static_cast<std::uint64_t>(vocabulary)));
    }
  }
  return all;
}

class Runner {
 public:
  explicit Runner(Transformer& model) : model_(model) {}

  /// Seconds of the decoding alone: `tokens` steps of `batch` sequences after their prompts.
  double decode(int batch, int prompt, int tokens) {
    const auto all = prompts(model_.config().vocab_size, batch, prompt);
    std::vector<std::shared_ptr<KvRun>> runs;
    std::vector<Span> spans;
    for (const auto& ids : all) {
      runs.push_back(model_.pool().make(nullptr, 0, prompt + tokens));
      spans.push_back({runs.back().get(), ids, 1});
    }
    std::vector<float> hidden, logits;
    std::vector<std::int32_t> next(static_cast<std::size_t>(batch));
    step(spans, hidden, logits, next);
    const auto begun = Clock::now();
    for (int t = 0; t < tokens; ++t) {
      for (std::size_t i = 0; i < spans.size(); ++i) spans[i] = {runs[i].get(), {&next[i], 1}, 1};
      step(spans, hidden, logits, next);
    }
    return seconds_since(begun);
  }

  double prefill(int length) {
    const auto all = prompts(model_.config().vocab_size, 1, length);
    const auto run = model_.pool().make(nullptr, 0, length);
    const Span span{run.get(), all[0], 1};
    std::vector<float> hidden, logits;
    std::vector<std::int32_t> next(1);
    const auto begun = Clock::now();
    step({&span, 1}, hidden, logits, next);
    return seconds_since(begun);
  }

 private:
  void step(std::span<const Span> spans, std::vector<float>& hidden, std::vector<float>& logits,
            std::vector<std::int32_t>& next) {
    model_.forward(spans, hidden);
    model_.logits(hidden, logits);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const float* row = logits.data() + static_cast<std::int64_t>(i) * model_.logits_stride();
      next[i] = static_cast<std::int32_t>(kernels().argmax(row, model_.config().vocab_size));
    }
  }

  Transformer& model_;
};

std::string option(const std::vector<std::string>& arguments, const std::string& name, const std::string& otherwise) {
  const auto at = std::find(arguments.begin(), arguments.end(), name);
  return at == arguments.end() || at + 1 == arguments.end() ? otherwise : *(at + 1);
}

/// Seconds for `count` prompts of 1,000 common tokens and a few of their own, 16 new tokens each; `texts` gets the outputs.
double shared_preamble(const std::string& folder, const std::string& dtype, int threads, int count, bool share,
                       std::string& texts) {
  LocalModelOptions options;
  options.dtype = dtype;
  options.threads = threads;
  options.share_prefixes = share;
  LocalModel model(folder, options);
  std::vector<std::int32_t> words;
  for (const auto& ids : prompts(2000, 1, 1200)) words = ids;
  std::string preamble;
  std::size_t used = 0;
  while (static_cast<int>(model.tokenizer().encode(preamble).size()) < 1000)
    preamble += model.tokenizer().decode({&words[used++ % words.size()], 1});
  std::vector<assay::sdk::Request> requests;
  for (int i = 0; i < count; ++i) {
    assay::sdk::Generate generate;
    generate.prompt.text = fmt::format("{} question {} is", preamble, i);
    generate.settings.max_tokens = 16;
    assay::sdk::Request request;
    request.what = generate;
    requests.push_back(request);
  }
  const auto begun = Clock::now();
  const auto ids = model.submit(std::move(requests));
  std::vector<std::string> outputs(ids.size());
  for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
    for (const auto& [id, completion] : finished) {
      if (!completion.error.empty()) throw std::runtime_error(completion.error);
      outputs[id - ids.front()] = completion.samples[0].text;
    }
  }
  const double seconds = seconds_since(begun);
  for (const auto& output : outputs) texts += output + "\n";
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    std::cerr << "usage: inference_bench MODEL [--dtype f32|bf16] [--threads N] [--batches 1,8,32] [--prompt N] "
                 "[--tokens N] [--prefill N]\n";
    return 2;
  }
  const std::string dtype = option(arguments, "--dtype", "f32");
  const int threads = std::stoi(option(arguments, "--threads", "2"));
  const int prompt = std::stoi(option(arguments, "--prompt", "64"));
  const int tokens = std::stoi(option(arguments, "--tokens", "128"));
  const int prefill = std::stoi(option(arguments, "--prefill", "256"));
  if (const int count = std::stoi(option(arguments, "--prefix", "0")); count > 0) {
    std::string alone, together;
    const double shared = shared_preamble(arguments[0], dtype, threads, count, true, together);
    const double apart = shared_preamble(arguments[0], dtype, threads, count, false, alone);
    std::cout
        << fmt::format(
               R"({{"mode":"prefix","prompts":{},"shared_seconds":{:.3f},"apart_seconds":{:.3f},"ratio":{:.2f},"identical":{}}})",
               count, shared, apart, apart / shared, alone == together)
        << std::endl;
    return alone == together ? 0 : 1;
  }
  Transformer model(arguments[0], ModelConfig::read(arguments[0]), nullptr,
                    dtype == "bf16"   ? ComputeType::bf16
                    : dtype == "int8" ? ComputeType::int8
                                      : ComputeType::stored,
                    threads);
  Runner runner(model);
  std::istringstream batches(option(arguments, "--batches", "1,8,32"));
  for (std::string batch; std::getline(batches, batch, ',');) {
    const int rows = std::stoi(batch);
    runner.decode(rows, prompt, tokens / 4);  // warms up
    const double seconds = std::min(runner.decode(rows, prompt, tokens), runner.decode(rows, prompt, tokens));
    std::cout << fmt::format(R"({{"mode":"decode","batch":{},"tokens_per_second":{:.1f}}})", rows,
                             rows * tokens / seconds)
              << std::endl;
  }
  runner.prefill(prefill);
  const double seconds = std::min({runner.prefill(prefill), runner.prefill(prefill), runner.prefill(prefill)});
  std::cout << fmt::format(R"({{"mode":"prefill","length":{},"tokens_per_second":{:.1f}}})", prefill, prefill / seconds)
            << std::endl;
}
