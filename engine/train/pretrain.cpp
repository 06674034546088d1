#include "train/pretrain.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <assay/sdk/error.h>
#include <assay/sdk/random.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <future>
#include <numbers>
#include <set>

#include "models/safetensors.h"
#include "train/dtype.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/pretraining.h"
#include "train/saving.h"
#include "train/schedule.h"

namespace assay::train {
namespace {

using Clock = std::chrono::steady_clock;

/// No sequence needs more documents than this; it keeps the documents of sequence s apart from those of s + 1.
constexpr std::uint64_t kDocumentsPerSequence = 1024;
/// Held-out sequences are numbered from here, far past any that a run reaches.
constexpr std::uint64_t kHeldOut = std::uint64_t{1} << 40;

/// <eos> and whole documents until the window is full; the last one is cut.
void append_sequence(DocumentSource& source, std::uint64_t index, std::int64_t context, std::int32_t eos,
                     Batch& batch) {
  std::vector<std::int32_t> tokens = {eos};
  std::vector<float> weights = {0.0F};
  const auto wanted = static_cast<std::size_t>(context) + 1;
  for (std::uint64_t d = 0; tokens.size() < wanted; ++d) {
    if (d == kDocumentsPerSequence) throw Error("the corpus writes documents too short to fill a training sequence");
    const WeightedTokens document = source.document(index * kDocumentsPerSequence + d);
    tokens.insert(tokens.end(), document.tokens.begin(), document.tokens.end());
    weights.insert(weights.end(), document.weights.begin(), document.weights.end());
  }
  batch.tokens.insert(batch.tokens.end(), tokens.begin(), tokens.begin() + context);
  batch.targets.insert(batch.targets.end(), tokens.begin() + 1, tokens.begin() + context + 1);
  batch.weights.insert(batch.weights.end(), weights.begin() + 1, weights.begin() + context + 1);
  batch.starts.push_back(static_cast<std::int64_t>(batch.tokens.size()));
}

double total(const std::vector<float>& weights) {
  double sum = 0;
  for (const float w : weights) sum += w;
  return sum;
}

/// Normal numbers by Box and Muller, a stream for each tensor.
void fill_normal(const at::Tensor& tensor, double deviation, std::uint64_t seed, const std::string& name) {
  sdk::Random random(seed, "initial " + name);
  const at::Tensor values = at::empty({tensor.numel()}, at::TensorOptions().dtype(at::kDouble));
  auto* out = values.data_ptr<double>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    out[i] = deviation * radius * std::cos(2 * std::numbers::pi * random.uniform());
  }
  tensor.copy_(values.view(tensor.sizes()));
}

/// N(0, 1/fan-in); what writes to the residual stream is divided by sqrt(2 · layers), as GPT-2 does; a small embedding.
void initialise(Network& network, std::uint64_t seed) {
  const auto layers = static_cast<double>(network.config().num_layers);
  for (const Slot& slot : network.base().slots()) {
    const at::Tensor master = network.base().master(slot.name);
    if (slot.shape.size() == 1) {
      master.fill_(slot.name.ends_with("norm.weight") ? 1.0 : 0.0);
    } else if (slot.name == "model.embed_tokens.weight" || slot.name == "lm_head.weight") {
      fill_normal(master, 0.017, seed, slot.name);
    } else {
      const bool writes = slot.name.ends_with("o_proj.weight") || slot.name.ends_with("down_proj.weight");
      const double deviation = 1 / std::sqrt(static_cast<double>(slot.shape[1]));
      fill_normal(master, writes ? deviation / std::sqrt(2 * layers) : deviation, seed, slot.name);
    }
  }
  network.base().round();
}

models::NamedTensor whole(const std::string& name, const at::Tensor& flat) {
  return {name,
          flat.scalar_type() == at::kDouble ? models::DType::F64 : models::DType::F32,
          {flat.numel()},
          {static_cast<const std::byte*>(flat.data_ptr()), static_cast<std::size_t>(flat.nbytes())}};
}

void save_checkpoint(const std::filesystem::path& path, const Optimizer& optimizer, const std::string& identity) {
  const Optimizer::State& state = optimizer.states().front();
  models::write_safetensors(
      path, {whole("master", state.parameters->master()), whole("mean", state.mean), whole("variance", state.variance)},
      {{"step", std::to_string(optimizer.steps())}, {"identity", identity}});
}

/// Takes up where the checkpoint was written, if there is one.
void resume(const std::filesystem::path& path, Optimizer& optimizer, const std::string& identity) {
  if (!std::filesystem::exists(path)) return;
  const auto file = models::SafetensorsFile::open(path);
  const auto metadata = file.metadata();
  const auto found = metadata.find("identity");
  if (found == metadata.end() || found->second != identity) {
    throw BadInput(path.string() + " belongs to another specification; remove it to start afresh");
  }
  const Optimizer::State& state = optimizer.states().front();
  for (const auto& [name, to] :
       {std::pair{"master", state.parameters->master()}, {"mean", state.mean}, {"variance", state.variance}}) {
    const models::TensorView& view = file.at(name);
    if (view.bytes.size() != static_cast<std::size_t>(to.nbytes()))
      throw Corrupted(path.string() + " does not fit this model");
    std::memcpy(to.data_ptr(), view.bytes.data(), view.bytes.size());
  }
  state.parameters->round();
  optimizer.set_steps(std::stoll(metadata.at("step")));
}

struct Losses {
  double all = 0;
  double answers = 0;
};

Losses evaluate(const Network& network, DocumentSource& source, const PretrainSettings& settings, std::int32_t eos) {
  const at::NoGradGuard no_gradients;
  Losses sum;
  double weight = 0, answer_weight = 0;
  for (std::int64_t first = 0; first < settings.evaluate_sequences; first += settings.sequences) {
    Batch batch;
    for (std::int64_t s = first; s < std::min(settings.evaluate_sequences, first + settings.sequences); ++s) {
      append_sequence(source, kHeldOut + static_cast<std::uint64_t>(s), settings.context, eos, batch);
    }
    sum.all += network.loss(batch, 1).item<double>();
    weight += total(batch.weights);
    for (float& w : batch.weights) w = w == 1.0F ? 1.0F : 0.0F;
    sum.answers += network.loss(batch, 1).item<double>();
    answer_weight += total(batch.weights);
  }
  return {sum.all / weight, answer_weight > 0 ? sum.answers / answer_weight : 0};
}

}  // namespace

PretrainSettings PretrainSettings::parse(const Json& training) {
  PretrainSettings s;
  std::set<std::string> known;
  const auto read = [&](const char* key, auto& value) {
    known.insert(key);
    if (!training.contains(key)) return;
    try {
      training.at(key).get_to(value);
    } catch (const Json::exception&) {
      throw BadInput("training." + std::string(key) + " has the wrong type: " + training.at(key).dump());
    }
  };
  read("tokens", s.tokens), read("sequences", s.sequences), read("context", s.context);
  read("learning_rate", s.learning_rate), read("warmup_steps", s.warmup_steps), read("final_share", s.final_share);
  read("beta1", s.beta1), read("beta2", s.beta2), read("epsilon", s.epsilon), read("weight_decay", s.weight_decay);
  read("clip_norm", s.clip_norm), read("dtype", s.dtype), read("seed", s.seed), read("threads", s.threads);
  read("log_every", s.log_every), read("checkpoint_every", s.checkpoint_every);
  read("evaluate_every", s.evaluate_every), read("evaluate_sequences", s.evaluate_sequences);
  for (const auto& [key, value] : training.items()) {
    if (!known.contains(key)) throw BadInput("training has no setting called '" + key + "'");
  }
  if (s.tokens <= 0 || s.sequences <= 0 || s.context <= 0 || s.learning_rate <= 0 || s.threads <= 0 ||
      s.log_every <= 0 || s.checkpoint_every <= 0 || s.evaluate_every <= 0 || s.evaluate_sequences <= 0) {
    throw BadInput("training: tokens, sequences, context, learning_rate, threads and the intervals must be above 0");
  }
  return s;
}

PretrainReport pretrain(const models::ModelConfig& config, DocumentSource& source, std::int32_t eos,
                        const PretrainSettings& settings, const std::filesystem::path& out,
                        const PretrainCallbacks& callbacks) {
  if (settings.context > config.max_position_embeddings)
    throw BadInput("training.context is longer than the model's window");
  at::set_num_threads(settings.threads);
  keep_memory();
  Network network(config, parse_dtype(settings.dtype));
  network.base().set_trains([](const Slot&) { return true; });
  network.allocate();
  initialise(network, settings.seed);
  Optimizer optimizer({&network.base()}, {.beta1 = settings.beta1,
                                          .beta2 = settings.beta2,
                                          .epsilon = settings.epsilon,
                                          .weight_decay = settings.weight_decay,
                                          .clip_norm = settings.clip_norm});

  const std::int64_t tokens_per_step = settings.sequences * settings.context;
  const std::int64_t steps = (settings.tokens + tokens_per_step - 1) / tokens_per_step;
  const Schedule schedule{.kind = Schedule::Kind::cosine,
                          .peak = settings.learning_rate,
                          .warmup_steps = settings.warmup_steps,
                          .total_steps = steps,
                          .final_share = settings.final_share};
  const std::string identity = Json{
      {"config", config.to_json()},
      {"sequences", settings.sequences},
      {"context", settings.context},
      {"seed", settings.seed}}.dump();
  std::filesystem::create_directories(out);
  const std::filesystem::path checkpoint = out / "checkpoint.safetensors";
  resume(checkpoint, optimizer, identity);

  const auto make_batch = [&](std::int64_t step) {
    Batch batch;
    for (std::int64_t s = 0; s < settings.sequences; ++s) {
      append_sequence(source, static_cast<std::uint64_t>(step * settings.sequences + s), settings.context, eos, batch);
    }
    return batch;
  };

  PretrainReport report;
  const auto start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const std::int64_t resumed = optimizer.steps();
  double recent = 0, recent_norm = 0;
  std::int64_t counted = 0;
  std::future<Batch> next;
  while (optimizer.steps() < steps) {
    const std::int64_t step = optimizer.steps();
    if (callbacks.stop_requested && callbacks.stop_requested()) {
      report.stopped = true;
      break;
    }
    const Batch batch = next.valid() ? next.get() : make_batch(step);
    next = std::async(std::launch::async, make_batch, step + 1);
    const at::Tensor loss = network.loss(batch, total(batch.weights));
    loss.backward();
    optimizer.accumulate();
    const double rate = schedule.at(step);
    recent_norm += optimizer.step(rate);
    const auto value = loss.item<double>();
    if (!std::isfinite(value))
      throw Error("training diverged: the loss is no longer a number; lower training.learning_rate");
    recent += value;
    ++counted;
    const std::int64_t done = optimizer.steps();
    if (done % settings.log_every == 0 || done == steps) {
      if (callbacks.progress) {
        callbacks.progress(
            {{"step", done},
             {"steps", steps},
             {"tokens", done * tokens_per_step},
             {"loss", recent / static_cast<double>(counted)},
             {"gradient_norm", recent_norm / static_cast<double>(counted)},
             {"learning_rate", rate},
             {"seconds", seconds()},
             {"tokens_per_second", static_cast<double>((done - resumed) * tokens_per_step) / seconds()}});
      }
      recent = recent_norm = 0, counted = 0;
    }
    if (done % settings.evaluate_every == 0 || done == steps) {
      next.wait();  // the source serves one thread at a time
      const Losses held_out = evaluate(network, source, settings, eos);
      report.loss = held_out.all, report.answer_loss = held_out.answers;
      if (callbacks.progress)
        callbacks.progress(
            {{"step", done}, {"held_out_loss", held_out.all}, {"held_out_answer_loss", held_out.answers}});
    }
    if (done % settings.checkpoint_every == 0 && done != steps) {
      save_checkpoint(checkpoint, optimizer, identity);
      save_model(out, network, "bf16");
    }
  }
  if (next.valid()) next.wait();
  save_checkpoint(checkpoint, optimizer, identity);
  save_model(out, network, "bf16");
  report.steps = optimizer.steps();
  report.tokens = report.steps * tokens_per_step;
  report.seconds = seconds();
  return report;
}

}  // namespace assay::train
