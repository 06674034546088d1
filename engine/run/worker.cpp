#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <numeric>
#include <thread>

#include "run/gateway_lanes.h"
#include "run/line_reader.h"
#include "run/run.h"
#include "run/stage.h"
#include "store/reported_models.h"

namespace assay::run {
namespace {

constexpr double kProgressEvery = 0.2;  // seconds

/// Sends a message to the host; false when it is gone. From any thread.
using Writer = std::function<bool(const Json&)>;

/// SIGTERM lets trainings write a last checkpoint, or cancel what they have a provider do; everything else ends at once, as nothing of it is kept.
volatile std::sig_atomic_t stop_asked = 0;
std::atomic<int> trainings = 0;  // of several lanes
void on_terminate(int) {
  if (trainings.load() == 0) ::_exit(128 + SIGTERM);
  stop_asked = 1;
}

/// Counts a stage that trains while it lives.
class Training {
 public:
  explicit Training(const plan::Job& job) : is_one_(job.part && job.part->trains) { trainings += is_one_ ? 1 : 0; }
  ~Training() { trainings -= is_one_ ? 1 : 0; }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

 private:
  bool is_one_;
};

/// Jobs as they come in; the reader ends the process when the host is gone, whatever the worker is doing.
class Inbox {
 public:
  explicit Inbox(int descriptor) : thread_([this, descriptor] { read(descriptor); }) { thread_.detach(); }

  Json take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !jobs_.empty(); });
    Json job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

 private:
  void read(int descriptor) {
    LineReader reader(descriptor);
    while (reader.fill()) {
      while (const auto line = reader.next()) {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(Json::parse(*line));
        arrived_.notify_one();
      }
    }
    ::_exit(0);
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Json> jobs_;
  std::thread thread_;
};

/// Peak resident memory in bytes since it was last set back.
std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

void do_stage(StageWork& work) {
  if (work.job.kind == "adapt") return do_adapt(work);
  if (work.job.kind == "generate") return do_generate(work);
  if (work.job.kind == "measure") return do_measure(work);
  if (work.job.kind == "score") return do_score(work);
  if (work.job.kind == "choose") return do_choose(work);
  if (work.job.kind == "compare") return do_compare(work);
  if (work.job.kind == "fragility") return do_fragility(work);
  throw Error(fmt::format("unknown kind of stage '{}'; host and worker are of different versions", work.job.kind));
}

/// What asking a remote model came to, for the bundle's header and its log; the host counts what was paid for.
void tell_remote(StageWork& work, Workbench& bench, Json& answer) {
  if (bench.remote_model() == nullptr) return;
  const models::remote::RemoteTotals totals = bench.remote_model()->take_totals();
  answer["usage"] = to_json(totals.paid);
  answer["budget_spent"] = totals.unsent > 0;
  Json told = {{"answered", totals.answered}, {"cached", totals.cached},      {"retries", totals.retries},
               {"filtered", totals.filtered}, {"paid", to_json(totals.paid)}, {"saved", to_json(totals.saved)}};
  if (totals.reasoning_tokens > 0) {
    told["reasoning_tokens"] = totals.reasoning_tokens;
    work.kpi("remote.reasoning_tokens", static_cast<double>(totals.reasoning_tokens), "tokens");
  }
  if (!totals.first_token_ms.empty()) {
    const double sum = std::accumulate(totals.first_token_ms.begin(), totals.first_token_ms.end(), 0.0);
    told["first_token_ms"] = sum / static_cast<double>(totals.first_token_ms.size());
    work.kpi("remote.first_token_ms", told["first_token_ms"], "ms");
  }
  if (Json reported = totals.reported.to_json(); !reported.is_null()) told["reported"] = std::move(reported);
  store::ReportedModels reported;
  reported.add(bench.remote_model()->info().name, work.job.label, told);
  for (const std::string& change : reported.changes()) work.log("remote: " + change);
  work.out.timing["remote"] = std::move(told);
  work.log(fmt::format("remote: {} answers, {} given again from the journal or by equal requests, {} retries",
                       totals.answered, totals.cached, totals.retries));
  if (totals.filtered > 0)
    work.log(
        fmt::format("remote: {} answers were withheld by the provider's filter and count as empty", totals.filtered));
  if (totals.unsent > 0)
    work.log(fmt::format("remote: {} requests were left out, as the budget is spent", totals.unsent));
  for (const std::string& note : totals.notes) work.log("remote: " + note);
}

Json run_stage(const Json& message, Workbench& bench, const Writer& write) {
  const auto key = message.at("key").get<std::string>();
  Json answer = {{"event", "failed"}, {"key", key}};
  const double start = seconds_now();
  double last_progress = start;
  std::cerr << "stage " << key.substr(0, 12) << ": " << message.at("label").get<std::string>() << '\n';
  try {
    if (const std::string kind = message.at("kind"); kind == "score" || kind == "compare") bench.make_room();
    reset_peak_memory();
    store::BundleWriter writer(message.at("place").get<std::string>(), key, message.at("kind").get<std::string>(),
                               message.at("inputs"));
    StageWork work(plan::job_from_json(message.at("job")),
                   message.at("bundles").get<std::map<std::string, std::string>>(), writer, bench,
                   [&](std::int64_t done, std::int64_t total) {
                     if (seconds_now() - last_progress < kProgressEvery) return;
                     last_progress = seconds_now();
                     write(Json{{"event", "progress"}, {"key", key}, {"done", done}, {"total", total}});
                   });
    work.checkpoints = message.value("checkpoints", "");
    const Training training(work.job);
    try {
      do_stage(work);
    } catch (...) {
      tell_remote(work, bench, answer);
      throw;
    }
    answer["usage"] = to_json(work.usage());
    tell_remote(work, bench, answer);
    if (!work.log_text().empty()) {
      std::ofstream log(writer.folder() / "log.txt", std::ios::binary);
      log << work.log_text();
      log.close();
      if (!log)
        throw Error(fmt::format("{}: cannot be written; is the disk full?", (writer.folder() / "log.txt").string()));
    }
    writer.timing["seconds"] = seconds_now() - start;
    writer.timing["peak_rss"] = answer["peak_rss"] = peak_memory();
    if (work.usage() != sdk::Usage{}) writer.timing["usage"] = to_json(work.usage());
    writer.commit();
    if (!work.checkpoints.empty()) {
      std::error_code ignored;  // what stays behind is removed by the next run
      std::filesystem::remove_all(work.checkpoints, ignored);
    }
    answer["event"] = "done";
  } catch (const Stopped&) {
    throw;
  } catch (const std::bad_alloc&) {
    answer["reason"] = "out of memory";
  } catch (const std::exception& error) {
    answer["reason"] = error.what();
  }
  if (bench.gateway() != nullptr) answer["gateway_dollars"] = bench.gateway()->spent();
  if (answer.contains("reason")) std::cerr << "failed: " << answer["reason"].get<std::string>() << '\n';
  return answer;
}

}  // namespace

bool stop_requested() { return stop_asked != 0; }

int worker_main(int in, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a host that died before this closed our input, which the inbox sees
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error where it is written, not a death
  ::signal(SIGTERM, on_terminate);
  // What plugins print must not get between the answers.
  const int answers = ::dup(out);
  if (answers < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) throw Error("a worker cannot set up its output");
  Journal journal(Journal::kWorkerDescriptor);
  Workbench bench(journal);
  Inbox inbox(in);
  std::mutex writing;
  const Writer write = [&](const Json& message) {
    const std::lock_guard lock(writing);
    return write_line(answers, message.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  GatewayLanes lanes([&](const Json& message, Workbench& of_lane) { write(run_stage(message, of_lane, write)); });
  for (;;) {
    const Json message = inbox.take();
    if (message.contains("remote")) bench.use_gateway(lanes.gateway(message["remote"]));
    if (message.contains("lane")) {
      lanes.give(message);
      continue;
    }
    try {
      if (!write(run_stage(message, bench, write))) return 0;
    } catch (const Stopped&) {
      return 0;
    }
  }
}

}  // namespace assay::run
