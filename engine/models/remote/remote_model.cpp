#include "models/remote/remote_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "models/estimated_tokens.h"

namespace assay::models::remote {

namespace {

constexpr std::uint64_t kSeedStep = 1'000'003;  // seeds of cells and of further requests lie close together

}  // namespace

/// Outlives the model while answers are under way.
struct RemoteModel::Inbox {
  struct Arrived {
    sdk::RequestId id;
    std::size_t part;
    Outcome outcome;
  };
  std::mutex mutex;
  std::condition_variable came;
  std::vector<Arrived> arrived;
};

RemoteModel::RemoteModel(RemoteSettings settings, std::shared_ptr<Gateway> gateway)
    : settings_(std::move(settings)),
      gateway_(std::move(gateway)),
      dialect_(dialect_of(settings_)),
      inbox_(std::make_shared<Inbox>()),
      identity_(settings_.identity()) {
  info_.name = settings_.name;
  info_.context_length = settings_.context_length;
  info_.has_chat_template = settings_.api == "chat";
  info_.scores_choices = dialect_->scores_choices();
  info_.embeds = dialect_->embeds();
}

RemoteModel::~RemoteModel() = default;

std::int64_t RemoteModel::count_tokens(const sdk::Prompt& prompt) const {
  return estimated_tokens(prompt.text.empty() ? render_chat(prompt.messages, true) : prompt.text);
}

std::string RemoteModel::render_chat(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  if (!info_.has_chat_template)
    throw UnsupportedModel(
        fmt::format("model '{}' is asked by `api: completions`, which takes no conversations", settings_.name));
  return conversation_text(messages, add_generation_prompt);
}

void RemoteModel::put(sdk::RequestId id, std::size_t part, sdk::Request request, std::vector<Ask>& asks) {
  WireCall call = dialect_->call(request);
  // Samples that are asked for one by one are draws of their own, for a server that keeps to seeds too.
  if (part > 0 && call.body.contains("seed"))
    call.body["seed"] = (call.body["seed"].get<std::uint64_t>() + kSeedStep * part) & 0x7FFFFFFFU;
  Ask ask;
  ask.path = std::move(call.path);
  ask.body = call.body.dump(-1, ' ', false, Json::error_handler_t::replace);
  ask.streams = call.streams;
  ask.model = call.body.value("model", settings_.model);
  std::string name = identity_ + ask.path + ask.body;
  std::int64_t completion = 0;
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    completion = static_cast<std::int64_t>(generate->settings.max_tokens) * std::max(1, generate->samples);
    // Where the wire carries no seed, what is drawn for one example or request is not what another is given.
    if (generate->settings.temperature > 0 && !call.body.contains("seed")) {
      name += fmt::format("\n{} {} {}", request.draw.seed, request.draw.example, request.draw.request);
    }
    if (generate->settings.temperature > 0) name += fmt::format("\nsample {}", part);
  }
  ask.key = hash_text(name);
  ask.tokens = static_cast<double>(estimated_tokens(ask.body) + completion);
  // No token is shorter than a byte: more than this cannot be asked for.
  if (settings_.price) ask.most_dollars = settings_.price->of(static_cast<std::int64_t>(ask.body.size()), completion);
  ask.request = std::move(request);
  ask.deliver = [inbox = inbox_, id, part](Outcome outcome) {
    const std::lock_guard lock(inbox->mutex);
    inbox->arrived.push_back({id, part, std::move(outcome)});
    inbox->came.notify_one();
  };
  asks.push_back(std::move(ask));
}

std::vector<sdk::RequestId> RemoteModel::submit(std::vector<sdk::Request> requests) {
  if (!gateway_)
    throw UnsupportedModel(fmt::format("model '{}' is remote and is asked by `assay run` alone", settings_.name));
  std::vector<sdk::RequestId> ids;
  std::vector<Ask> asks;
  ids.reserve(requests.size());
  asks.reserve(requests.size());
  for (sdk::Request& request : requests) {
    const sdk::RequestId id = next_++;
    ids.push_back(id);
    try {
      auto* generate = std::get_if<sdk::Generate>(&request.what);
      const std::size_t parts = generate != nullptr && !dialect_->draws_several()
                                    ? static_cast<std::size_t>(std::max(1, generate->samples))
                                    : 1;
      if (parts > 1) generate->samples = 1;
      for (std::size_t part = 1; part < parts; ++part) put(id, part, request, asks);
      put(id, 0, std::move(request), asks);
      pending_[id] = {std::vector<sdk::Completion>(parts), parts};
    } catch (const UnsupportedModel& error) {
      ready_.push_back({id, {}});
      ready_.back().completion.error = error.what();
    }
  }
  if (!asks.empty()) gateway_->ask(settings_, std::move(asks));
  return ids;
}

void RemoteModel::count(const Outcome& outcome) {
  if (!outcome.note.empty() &&
      std::find(totals_.notes.begin(), totals_.notes.end(), outcome.note) == totals_.notes.end() &&
      totals_.notes.size() < 20) {
    totals_.notes.push_back(outcome.note);
  }
  totals_.retries += std::max(0, outcome.sendings - 1);
  if (outcome.over_budget) ++totals_.unsent;
  if (!outcome.completion.error.empty()) return;
  if (!outcome.completion.samples.empty() && outcome.completion.samples.front().finish_reason == "content_filter")
    ++totals_.filtered;
  ++(outcome.cached ? totals_.cached : totals_.answered);
  (outcome.cached ? totals_.saved : totals_.paid) += outcome.completion.usage;
  totals_.reported.add(outcome.from, outcome.cached, outcome.answered_at);
  totals_.reasoning_tokens += outcome.reasoning_tokens;
  if (outcome.first_token_ms) totals_.first_token_ms.push_back(*outcome.first_token_ms);
}

std::vector<sdk::Finished> RemoteModel::collect() {
  std::vector<sdk::Finished> finished = std::exchange(ready_, {});
  while (finished.empty() && !pending_.empty()) {
    std::vector<Inbox::Arrived> arrived;
    {
      std::unique_lock lock(inbox_->mutex);
      inbox_->came.wait(lock, [&] { return !inbox_->arrived.empty(); });
      arrived.swap(inbox_->arrived);
    }
    for (Inbox::Arrived& one : arrived) {
      count(one.outcome);
      const auto found = pending_.find(one.id);
      if (found == pending_.end()) continue;
      Pending& pending = found->second;
      pending.parts[one.part] = std::move(one.outcome.completion);
      if (--pending.missing > 0) continue;
      sdk::Completion whole = std::move(pending.parts.front());
      for (std::size_t i = 1; i < pending.parts.size(); ++i) {
        sdk::Completion& part = pending.parts[i];
        whole.usage += part.usage;
        whole.milliseconds = std::max(whole.milliseconds, part.milliseconds);
        if (whole.error.empty()) whole.error = part.error;
        for (sdk::Sample& sample : part.samples) whole.samples.push_back(std::move(sample));
      }
      finished.push_back({one.id, std::move(whole)});
      pending_.erase(found);
    }
  }
  return finished;
}

RemoteTotals RemoteModel::take_totals() { return std::exchange(totals_, {}); }

}  // namespace assay::models::remote
