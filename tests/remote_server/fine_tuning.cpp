#include "remote_server/fine_tuning.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <sstream>

namespace assay::test {
namespace {

constexpr int kStepsAnEpoch = 4;
constexpr int kFailsAt = 2;
constexpr std::size_t kMostItems = 7;  // of a page
constexpr int kKept = 3;               // checkpoints

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ApiAnswer refusal(int status, const std::string& message) {
  return {status,
          {{"error", {{"message", message}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", nullptr}}}},
          ""};
}

std::string parameter(const std::string& query, const std::string& name) {
  std::istringstream in(query);
  for (std::string one; std::getline(in, one, '&');) {
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  }
  return "";
}

ApiAnswer page(const std::vector<Json>& all, const std::string& query) {
  const std::string limit = parameter(query, "limit"), after = parameter(query, "after");
  const std::size_t most =
      std::min(kMostItems, limit.empty() ? std::size_t{20} : static_cast<std::size_t>(std::stoul(limit)));
  std::size_t at = 0;
  while (!after.empty() && at < all.size() && all[at++]["id"] != after) {
  }
  Json data = Json::array();
  for (; at < all.size() && data.size() < most; ++at) data.push_back(all[at]);
  return {200, {{"object", "list"}, {"data", data}, {"has_more", at < all.size()}}, ""};
}

/// The parts of a form, by name; a file's name under "filename".
std::map<std::string, std::string> form(const std::string& content_type, const std::string& body) {
  std::map<std::string, std::string> fields;
  const auto found = content_type.find("boundary=");
  if (found == std::string::npos) return fields;
  const std::string mark = "--" + content_type.substr(found + 9);
  for (std::size_t at = body.find(mark); at != std::string::npos;) {
    const std::size_t next = body.find("\r\n" + mark, at + mark.size());
    if (next == std::string::npos) break;
    const std::string part = body.substr(at + mark.size() + 2, next - at - mark.size() - 2);
    const std::size_t head = part.find("\r\n\r\n");
    const auto quoted = [&](const std::string& what) {
      const std::size_t start = part.find("; " + what + "=\"");
      if (start == std::string::npos || start > head) return std::string();
      const std::size_t from = start + what.size() + 4;
      return part.substr(from, part.find('"', from) - from);
    };
    fields[quoted("name")] = part.substr(head + 4);
    if (const std::string name = quoted("filename"); !name.empty()) fields["filename"] = name;
    at = next + 2;
  }
  return fields;
}

bool is_turn(const Json& turn) {
  static const std::vector<std::string> roles{"system", "developer", "user", "assistant", "tool"};
  return turn.is_object() && turn.contains("role") && turn.contains("content") && turn["content"].is_string() &&
         !turn["content"].get<std::string>().empty() &&
         std::find(roles.begin(), roles.end(), turn["role"]) != roles.end();
}

bool is_output(const Json& line, const char* name) {
  return line.contains(name) && line[name].is_array() && line[name].size() == 1 && is_turn(line[name][0]) &&
         line[name][0]["role"] == "assistant";
}

/// What the published rules say against a file; empty where it is good.
std::string problem_of(const std::string& content, bool dpo, bool training) {
  std::istringstream in(content);
  std::size_t count = 0;
  for (std::string text; std::getline(in, text); ++count) {
    const Json line = Json::parse(text, nullptr, false);
    const std::string where = "Line " + std::to_string(count + 1) + ": ";
    if (!line.is_object()) return where + "no JSON object";
    const Json& owner = dpo ? line.value("input", Json::object()) : line;
    const Json messages = owner.value("messages", Json());
    if (!messages.is_array() || messages.empty() || !std::all_of(messages.begin(), messages.end(), is_turn))
      return where + "no messages";
    if (!dpo && messages.back()["role"] != "assistant") return where + "the last message must be from the assistant";
    if (dpo && (messages.back()["role"] == "assistant" || !is_output(line, "preferred_output") ||
                !is_output(line, "non_preferred_output"))) {
      return where + "preferred_output and non_preferred_output must each be one assistant message";
    }
  }
  if (training && count < 10)
    return "Training file has " + std::to_string(count) + " example(s), but must have at least 10 examples";
  return "";
}

}  // namespace

std::optional<ApiAnswer> FineTuning::answer(const std::string& method, const std::string& target,
                                            const std::string& content_type, const std::string& body) {
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = path.size() < target.size() ? target.substr(path.size() + 1) : "";
  const std::lock_guard lock(mutex_);
  if (path.starts_with("/v1/files")) return files(method, path, query, content_type, body);
  if (path.starts_with("/v1/fine_tuning/jobs")) return jobs(method, path, query, body);
  return std::nullopt;
}

ApiAnswer FineTuning::files(const std::string& method, const std::string& path, const std::string& query,
                            const std::string& content_type, const std::string& body) {
  const auto shown_file = [](const File& file) -> Json {
    return {{"id", file.id},         {"object", "file"},        {"bytes", file.content.size()},
            {"filename", file.name}, {"purpose", file.purpose}, {"status", "processed"}};
  };
  if (method == "POST") {
    auto fields = form(content_type, body);
    if (fields["purpose"] != "fine-tune" || fields["file"].empty())
      return refusal(400, "a file and its purpose are wanted");
    files_.push_back(
        {"file-" + std::to_string(files_.size() + 1), fields["filename"], fields["purpose"], fields["file"]});
    return {200, shown_file(files_.back()), ""};
  }
  std::vector<Json> all;
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) all.push_back(shown_file(*file));
  if (path == "/v1/files") return page(all, query);
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const File& file) { return path == "/v1/files/" + file.id + "/content"; });
  return found == files_.end() ? refusal(404, "No such File object") : ApiAnswer{200, found->content, ""};
}

ApiAnswer FineTuning::jobs(const std::string& method, const std::string& path, const std::string& query,
                           const std::string& body) {
  const std::string rest = path.substr(std::string("/v1/fine_tuning/jobs").size());
  if (rest.empty() && method == "POST") return create(Json::parse(body, nullptr, false));
  if (rest.empty()) {
    std::vector<Json> all;
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) all.push_back(shown(*job));
    return page(all, query);
  }
  const std::string id = rest.substr(1, rest.find('/', 1) - 1), what = rest.substr(1 + id.size());
  const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& one) { return one.id == id; });
  if (job == jobs_.end()) return refusal(404, "Could not find fine tune: " + id);
  if (what == "/events") return page(events(*job), query);
  if (what == "/checkpoints") return page(checkpoints(*job), query);
  if (what == "/cancel" && method == "POST") {
    const std::string now = status(*job);
    if (now == "succeeded" || now == "failed" || now == "cancelled") return refusal(400, "Job has already completed");
    job->cancelled = clock_seconds();
    return {200, shown(*job), ""};
  }
  return what.empty() ? ApiAnswer{200, shown(*job), ""} : refusal(404, "unknown path");
}

ApiAnswer FineTuning::create(const Json& asked) {
  if (!asked.is_object() || !asked.contains("model") || !asked.contains("training_file"))
    return refusal(400, "model and training_file are wanted");
  const auto file = [&](const std::string& id) {
    return std::find_if(files_.begin(), files_.end(), [&](const File& one) { return one.id == id; });
  };
  const auto training = file(asked["training_file"]);
  if (training == files_.end())
    return refusal(400, "invalid training_file: " + asked["training_file"].get<std::string>());
  Job job;
  job.id = "ftjob-" + std::to_string(jobs_.size() + 1);
  job.model = asked["model"], job.suffix = asked.value("suffix", ""), job.training_file = training->id,
  job.asked = asked;
  if (job.suffix.size() > 64) return refusal(400, "suffix is longer than 64");
  const Json method = asked.value("method", Json{{"type", "supervised"}});
  const std::string type = method["type"];
  if (type != "supervised" && type != "dpo") return refusal(400, "method.type must be supervised or dpo");
  const Json how = method.value(type, Json::object()).value("hyperparameters", Json::object());
  for (const auto& [name, value] : how.items()) {
    if (name != "n_epochs" && name != "batch_size" && name != "learning_rate_multiplier" &&
        (name != "beta" || type != "dpo"))
      return refusal(400, "unknown " + name);
  }
  if (how.contains("n_epochs") && how["n_epochs"].is_number()) job.epochs = how["n_epochs"];
  job.problem = problem_of(training->content, type == "dpo", true);
  if (asked.contains("validation_file")) {
    const auto validation = file(asked["validation_file"]);
    if (validation == files_.end()) return refusal(400, "invalid validation_file");
    job.validation_file = validation->id;
    if (job.problem.empty()) job.problem = problem_of(validation->content, type == "dpo", false);
  }
  job.tokens = static_cast<std::int64_t>(training->content.size() / 4) * job.epochs;
  job.made = clock_seconds(), job.made_at = std::time(nullptr);
  jobs_.push_back(std::move(job));
  return {200, shown(jobs_.back()), ""};
}

double FineTuning::ticks(const Job& job) const {
  return (job.cancelled.value_or(clock_seconds()) - job.made) / options_.tick_seconds;
}

int FineTuning::steps(const Job& job) const {
  int most = job.epochs * kStepsAnEpoch;
  if (job.model.find("fails") != std::string::npos) most = kFailsAt;
  if (!job.problem.empty()) most = 0;
  return std::clamp(static_cast<int>(ticks(job)) - 2, 0, most);  // a tick to validate the file, a tick in the queue
}

std::string FineTuning::status(const Job& job) const {
  if (job.cancelled) return "cancelled";
  const double at = ticks(job);
  if (at < 1) return "validating_files";
  if (!job.problem.empty()) return "failed";
  if (at < 2) return "queued";
  if (job.model.find("fails") != std::string::npos && steps(job) == kFailsAt) return "failed";
  return at < 3 + job.epochs * kStepsAnEpoch ? "running" : "succeeded";
}

std::string FineTuning::tuned_model(const Job& job) const {
  return "ft:" + job.model + ":org:" + job.suffix + ":" + job.id.substr(6);
}

Json FineTuning::shown(const Job& job) const {
  const std::string now = status(job);
  Json json = {{"id", job.id},
               {"object", "fine_tuning.job"},
               {"model", job.model},
               {"created_at", job.made_at},
               {"finished_at", nullptr},
               {"fine_tuned_model", nullptr},
               {"organization_id", "org-test"},
               {"result_files", Json::array()},
               {"status", now},
               {"training_file", job.training_file},
               {"validation_file", job.validation_file.empty() ? Json() : Json(job.validation_file)},
               {"error", nullptr},
               {"trained_tokens", nullptr},
               {"seed", job.asked.value("seed", 0)},
               {"method", job.asked.value("method", Json())},
               {"user_provided_suffix", job.suffix}};
  if (options_.keeps_metadata) json["metadata"] = job.asked.value("metadata", Json());
  if (now == "succeeded") json["fine_tuned_model"] = tuned_model(job), json["trained_tokens"] = job.tokens;
  if (now == "succeeded" || now == "failed" || now == "cancelled") json["finished_at"] = job.made_at + 60;
  if (now == "failed") {
    json["error"] = {
        {"code", "invalid_training_file"},
        {"param", "training_file"},
        {"message", job.problem.empty() ? "The job failed due to content that is not allowed" : job.problem}};
  }
  return json;
}

std::vector<Json> FineTuning::events(const Job& job) const {
  std::vector<Json> all;
  const auto say = [&](const std::string& message, Json data = nullptr) {
    const bool metrics = data.is_object();
    all.push_back({{"object", "fine_tuning.job.event"},
                   {"id", "ftevent-" + job.id.substr(6) + "-" + std::to_string(all.size() + 1)},
                   {"created_at", job.made_at},
                   {"level", "info"},
                   {"message", message},
                   {"type", metrics ? "metrics" : "message"},
                   {"data", std::move(data)}});
  };
  say("Created fine-tuning job: " + job.id);
  say("Validating training file: " + job.training_file);
  if (ticks(job) >= 2 && job.problem.empty()) say("Fine-tuning job started");
  const int all_steps = job.epochs * kStepsAnEpoch;
  for (int step = 1; step <= steps(job); ++step) {
    Json data = {
        {"step", step}, {"total_steps", all_steps}, {"train_loss", 2.0 / step}, {"train_mean_token_accuracy", 0.5}};
    if (!job.validation_file.empty() && step % kStepsAnEpoch == 0) data["full_valid_loss"] = 2.5 / step;
    say("Step " + std::to_string(step) + "/" + std::to_string(all_steps) +
            ": training loss=" + std::to_string(2.0 / step),
        data);
  }
  const std::string now = status(job);
  if (now == "succeeded") say("The job has successfully completed");
  if (now == "failed") say("The job failed");
  if (now == "cancelled") say("Fine tuning job has been cancelled");
  std::reverse(all.begin(), all.end());
  return all;
}

std::vector<Json> FineTuning::checkpoints(const Job& job) const {
  std::vector<Json> all;
  for (int epoch = job.epochs; epoch > std::max(0, job.epochs - kKept); --epoch) {
    const int step = epoch * kStepsAnEpoch;
    if (step > steps(job)) continue;
    const std::string name = tuned_model(job) + (epoch == job.epochs ? "" : ":ckpt-step-" + std::to_string(step));
    all.push_back({{"object", "fine_tuning.job.checkpoint"},
                   {"id", "ftckpt-" + job.id.substr(6) + "-" + std::to_string(step)},
                   {"created_at", job.made_at},
                   {"fine_tuned_model_checkpoint", name},
                   {"fine_tuning_job_id", job.id},
                   {"step_number", step},
                   {"metrics", {{"step", step}, {"train_loss", 2.0 / step}, {"full_valid_loss", 2.5 / step}}}});
  }
  return all;
}

}  // namespace assay::test
