#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <filesystem>
#include <locale>

#include "conformance/findings.h"
#include "run/worker_process.h"

extern char** environ;

namespace assay::conformance {
namespace {

constexpr std::size_t kPrintedAtMost = std::size_t{1} << 20U;  // bytes of one cell; they all go into its log

/// What of a process belongs to all that run in it, by names that a person reads.
Json process_state() {
  Json state = Json::object();
  std::error_code gone;
  state["the working directory"] = std::filesystem::current_path(gone).string();
  state["the locale of C"] = std::setlocale(LC_ALL, nullptr);
  state["the locale of C++"] = std::locale().name();
  state["the rounding mode"] = std::fegetround();
  const mode_t mask = ::umask(0);
  ::umask(mask);
  state["the umask"] = mask;
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  for (int number = 1; number < SIGRTMIN; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    state["the handler of " + run::signal_name(number)] = reinterpret_cast<std::uintptr_t>(action.sa_handler);
    state["the blocking of " + run::signal_name(number)] = ::sigismember(&blocked, number) == 1;
  }
  return state;
}

/// Of the descriptors, those that were open before are no plugin's to close; a plugin may keep its own.
std::vector<std::string> open_descriptors() {
  std::vector<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto to = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && to != "/proc/" + std::to_string(::getpid()) + "/fd") open.push_back(entry.path().filename());
  }
  return open;
}

}  // namespace

void check_process(const Subject& subject, Findings& findings, const std::function<void()>& work) {
  constexpr const char* kCheck = "leaves_the_process_alone";
  const Tried tried = attempt(subject, [&]() -> Json {
    const Json before = process_state();
    const auto open = open_descriptors();
    try {
      work();
    } catch (const Error&) {
      // What it refuses is for other checks to judge.
    }
    const Json after = process_state();
    std::string changed;
    for (const auto& [what, value] : before.items()) {
      if (after[what] != value) changed += (changed.empty() ? "" : ", ") + what;
    }
    for (const std::string& descriptor : open) {
      if (::fcntl(std::stoi(descriptor), F_GETFD) < 0)
        changed += (changed.empty() ? "" : ", ") + ("the file descriptor " + descriptor);
    }
    return changed;
  });
  if (!tried.done) return findings.fail(kCheck, tried.why);
  if (const auto changed = tried.value.get<std::string>(); !changed.empty()) {
    return findings.fail(kCheck,
                         fmt::format("after a cell of it, these of its process are not what they were: {}", changed));
  }
  if (tried.left_running) return findings.fail(kCheck, "processes that it started went on when its own had ended");
  if (tried.printed > kPrintedAtMost) {
    return findings.fail(
        kCheck,
        fmt::format("it printed {} bytes in one cell, which its log must keep; log a few lines", tried.printed));
  }
  findings.pass(kCheck);
}

}  // namespace assay::conformance
