#include "models/remote/fine_tuning_api.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <thread>

#include "models/remote/dialect.h"
#include "models/remote/failure.h"
#include "models/remote/rate_headers.h"

namespace assay::models::remote {
namespace asio = boost::asio;

namespace {

constexpr double kLookEvery = 0.05;  // seconds
constexpr int kMostPages = 1000;     // of a hundred; a server that never ends its list is left

std::string text_in(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

std::int64_t number_in(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_number() ? object[name].get<std::int64_t>() : 0;
}

TuningJob job_of(const Json& json) {
  TuningJob job;
  job.id = text_in(json, "id");
  job.status = text_in(json, "status");
  if (job.id.empty() || job.status.empty())
    throw Malformed("what the server says is no fine-tuning job: it has no 'id' or no 'status'");
  job.model = text_in(json, "model");
  job.tuned_model = text_in(json, "fine_tuned_model");
  job.suffix = text_in(json, "user_provided_suffix");
  if (job.suffix.empty()) job.suffix = text_in(json, "suffix");
  if (json.contains("metadata")) job.stage = text_in(json["metadata"], "assay_stage");
  if (json.contains("error") && json["error"].is_object()) {
    job.error = text_in(json["error"], "message");
    if (job.error.empty()) job.error = text_in(json["error"], "code");
  }
  if (json.contains("trained_tokens") && json["trained_tokens"].is_number())
    job.trained_tokens = json["trained_tokens"].get<std::int64_t>();
  job.created = number_in(json, "created_at");
  job.finished = number_in(json, "finished_at");
  return job;
}

/// What a server's answer says of the error: {"error": {"message"}} or any text.
std::string told(const HttpResponse& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  std::string message = json.is_object() && json.contains("error") ? text_in(json["error"], "message") : "";
  if (message.empty()) message = answer.body.substr(0, 400);
  return message.empty() ? fmt::format("status {}", answer.status)
                         : fmt::format("status {}: {}", answer.status, message);
}

}  // namespace

Json TuningRequest::body() const {
  const char* name = method == TuningMethod::dpo ? "dpo" : "supervised";
  Json made = {{"model", model},
               {"training_file", training_file},
               {"suffix", suffix},
               {"seed", seed % 2147483648U},
               {"metadata", {{"assay_stage", stage}}}};
  if (!validation_file.empty()) made["validation_file"] = validation_file;
  made["method"] = {{"type", name}, {name, {{"hyperparameters", hyperparameters}}}};
  return made;
}

struct FineTuningApi::Rep {
  Rep(RemoteSettings what, std::function<bool()> asks_to_stop)
      : settings(std::move(what)),
        stop(std::move(asks_to_stop)),
        client(context, parse_url(settings.base_url), settings.http) {}

  /// Why it may be asked again and how long to wait before; throws where it may not.
  struct Again {
    std::string reason;
    double seconds;
    bool was_done;  ///< it may have been
  };
  Again again(const HttpRequest& request, const HttpResponse& answer, int attempt) const {
    const Failure failure = failure_of(answer, settings.model);
    if (failure.what != Failure::What::again) {
      const std::string reason = answer.status == 404 || failure.what == Failure::What::invalid
                                     ? fmt::format("{} {} is not taken by {} ({})", request.method, request.path,
                                                   settings.base_url, told(answer))
                                     : failure.reason;
      throw Refused(answer.status, without_secrets(reason, settings.secrets()));
    }
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const RateHeaders headers = RateHeaders::read(answer.headers, now);
    return {failure.reason, headers.retry_after.value_or(backoff(settings.retries, attempt + 1, draws++)),
            answer.status != 429};
  }

  Json call(const std::string& method, const std::string& path, std::string body = "",
            const std::string& type = "application/json", bool repeat = true) {
    HttpRequest request{method, path, {}, std::move(body), {}};
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", type);
    if (!settings.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + settings.key);
    request.headers = settings.with_headers(std::move(request.headers));
    for (int attempt = 1;; ++attempt) {
      Again failed;
      try {
        const HttpResponse answer = send_and_wait(context, client, request);
        if (answer.status / 100 == 2) {
          Json json = Json::parse(answer.body, nullptr, false);
          if (!json.is_discarded()) return json;
          failed = {"the answer is no JSON", backoff(settings.retries, attempt + 1, draws++), true};
        } else {
          failed = again(request, answer, attempt);
        }
      } catch (const TransportError& error) {
        const Failure failure = failure_of(error);
        if (failure.what != Failure::What::again) throw Refused(0, without_secrets(failure.reason, settings.secrets()));
        failed = {failure.reason, backoff(settings.retries, attempt + 1, draws++),
                  error.kind != TransportError::Kind::connect};
      }
      if (attempt >= settings.retries.attempts || (!repeat && failed.was_done)) {
        throw Unanswered(without_secrets(fmt::format("{} {}: {}", method, path, failed.reason), settings.secrets()));
      }
      wait(failed.seconds);
    }
  }

  /// All items of a list that comes in pages, until `take` has enough.
  void list(const std::string& path, const std::string& query, const std::function<bool(const Json&)>& take) {
    std::string after;
    for (int page = 0; page < kMostPages; ++page) {
      const Json json =
          call("GET", fmt::format("{}?{}limit=100{}", path, query, after.empty() ? "" : "&after=" + escaped(after)));
      const Json& data = member(json, "data", Json::value_t::array);
      for (const Json& item : data) {
        if (!take(item)) return;
      }
      if (data.empty() || !json.contains("has_more") || json["has_more"] != Json(true)) return;
      const std::string last = text_in(data.back(), "id");
      if (last.empty() || last == after) return;
      after = last;
    }
  }

  void wait(double seconds) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (;;) {
      if (stop && stop()) throw Stopped("stopped while a fine-tuning job was waited for");
      const double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
      if (left <= 0) return;
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, kLookEvery)));
    }
  }

  RemoteSettings settings;
  std::function<bool()> stop;
  asio::io_context context{1};
  HttpClient client;
  mutable std::uint64_t draws = 0;
};

FineTuningApi::FineTuningApi(RemoteSettings settings, std::function<bool()> stop)
    : rep_(std::make_unique<Rep>(std::move(settings), std::move(stop))) {}
FineTuningApi::~FineTuningApi() = default;

std::optional<std::string> FineTuningApi::find_file(const std::string& name, std::size_t bytes) {
  std::optional<std::string> found;
  rep_->list("/files", "purpose=fine-tune&", [&](const Json& file) {
    const bool same = text_in(file, "filename") == name &&
                      number_in(file, "bytes") == static_cast<std::int64_t>(bytes) &&
                      text_in(file, "status") != "error";
    if (same && text_in(file, "purpose") == "fine-tune") found = text_in(file, "id");
    return !found;
  });
  return found;
}

std::string FineTuningApi::upload(const std::string& name, const std::string& content) {
  MultipartForm form;
  form.field("purpose", "fine-tune");
  form.file("file", name, content);
  const Json file = rep_->call("POST", "/files", form.body(), form.content_type());
  if (text_in(file, "id").empty()) throw Malformed("what the server says of an uploaded file has no 'id'");
  return text_in(file, "id");
}

std::vector<TuningJob> FineTuningApi::jobs() {
  std::vector<TuningJob> all;
  rep_->list("/fine_tuning/jobs", "", [&](const Json& json) {
    all.push_back(job_of(json));
    return true;
  });
  return all;
}

TuningJob FineTuningApi::create(const TuningRequest& request) {
  return job_of(rep_->call("POST", "/fine_tuning/jobs", request.body().dump(), "application/json", false));
}

TuningJob FineTuningApi::job(const std::string& id) {
  return job_of(rep_->call("GET", "/fine_tuning/jobs/" + escaped(id)));
}

TuningJob FineTuningApi::cancel(const std::string& id) {
  return job_of(rep_->call("POST", "/fine_tuning/jobs/" + escaped(id) + "/cancel"));
}

std::vector<TuningEvent> FineTuningApi::events(const std::string& id, const std::string& last) {
  std::vector<TuningEvent> all;
  rep_->list("/fine_tuning/jobs/" + escaped(id) + "/events", "", [&](const Json& json) {  // the newest first
    TuningEvent event{text_in(json, "id"), text_in(json, "level"), text_in(json, "message")};
    if (!last.empty() && event.id == last) return false;
    if (json.contains("data") && json["data"].is_object()) event.data = json["data"];
    all.push_back(std::move(event));
    return true;
  });
  std::reverse(all.begin(), all.end());
  return all;
}

std::vector<TuningCheckpoint> FineTuningApi::checkpoints(const std::string& id) {
  std::vector<TuningCheckpoint> all;
  rep_->list("/fine_tuning/jobs/" + escaped(id) + "/checkpoints", "", [&](const Json& json) {
    all.push_back({number_in(json, "step_number"), text_in(json, "fine_tuned_model_checkpoint"),
                   json.value("metrics", Json::object())});
    return true;
  });
  std::sort(all.begin(), all.end(),
            [](const TuningCheckpoint& a, const TuningCheckpoint& b) { return a.step < b.step; });
  return all;
}

void FineTuningApi::wait(double seconds) const { rep_->wait(seconds); }

const RemoteSettings& FineTuningApi::settings() const { return rep_->settings; }

}  // namespace assay::models::remote
