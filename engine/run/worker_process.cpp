#include "run/worker_process.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

extern char** environ;

namespace assay::run {
namespace {

constexpr std::size_t kTailLines = 20;
constexpr std::size_t kTailBytes = 8192;

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw Error(fmt::format("no pipe for a worker: {}", std::strerror(errno)));
    read_end = ends[0];
    write_end = ends[1];
  }
};

}  // namespace

WorkerProcess::WorkerProcess(const std::filesystem::path& program, std::filesystem::path log, int number)
    : log_(std::move(log)), number_(number) {
  const Pipe jobs;
  const Pipe answers;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, jobs.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, answers.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  posix_spawn_file_actions_adddup2(&actions, journal_.descriptor(), Journal::kWorkerDescriptor);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGTERM);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  std::string name = program.string();
  std::string command = "worker";
  std::vector<char*> arguments{name.data(), command.data(), nullptr};
  const int error = ::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(jobs.read_end);
  ::close(answers.write_end);
  input_ = jobs.write_end;
  output_ = answers.read_end;
  if (error != 0) {
    ::close(input_);
    ::close(output_);
    throw Error(fmt::format("{}: cannot be started as a worker: {}", program.string(), std::strerror(error)));
  }
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  reader_ = LineReader(output_);
}

WorkerProcess::~WorkerProcess() {
  kill();
  wait();
  ::close(input_);
  ::close(output_);
}

bool WorkerProcess::send(const Json& message) {
  return write_line(input_, message.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void WorkerProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void WorkerProcess::terminate() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void WorkerProcess::wait_until(std::chrono::steady_clock::time_point deadline) const {
  siginfo_t ended{};
  while (pid_ > 0 && std::chrono::steady_clock::now() < deadline) {
    // Left in the process table: `wait` collects it.
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

WorkerEnd WorkerProcess::wait() {
  WorkerEnd end;
  if (pid_ <= 0) return end;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  return end;
}

std::int64_t WorkerProcess::anonymous_bytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return std::stoll(line.substr(8)) * 1024;
  }
  return 0;
}

void WorkerProcess::mark_log() {
  std::error_code absent;
  const auto size = std::filesystem::file_size(log_, absent);
  log_start_ = absent ? 0 : size;
}

std::string WorkerProcess::log_tail() const {
  std::ifstream in(log_, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const auto end = static_cast<std::uintmax_t>(in.tellg());
  if (end <= log_start_) return "";
  const std::uintmax_t size = std::min<std::uintmax_t>(end - log_start_, kTailBytes);
  in.seekg(static_cast<std::streamoff>(end - size));
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  std::size_t at = text.size();
  for (std::size_t lines = 0; at > 0 && lines <= kTailLines; --at) lines += text[at - 1] == '\n' ? 1 : 0;
  return at == 0 ? text : text.substr(at + 1);
}

std::string WorkerProcess::name() const { return fmt::format("worker {}", number_); }

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

}  // namespace assay::run
