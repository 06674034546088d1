#include "scorer_process.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kErrorsKept = 2000;       // bytes of standard error that a failure shows
constexpr std::size_t kMostErrors = 8U << 20U;  // bytes of standard error before one answer
constexpr std::size_t kLongestAnswer = 64U << 20U;
constexpr int kCannotStart = 127;
constexpr auto kWaitForEnd = std::chrono::milliseconds(500);

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw assay::Error(fmt::format("no pipe for a scorer: {}", std::strerror(errno)));
    read_end = ends[0], write_end = ends[1];
  }
};

/// Only what may be called between fork and exec.
[[noreturn]] void become(char* const* arguments, int in, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  const char* why = std::strerror(errno);
  if (::write(STDERR_FILENO, why, std::strlen(why)) < 0) ::_exit(kCannotStart);
  ::_exit(kCannotStart);
}

std::string shortened(std::string text) {
  constexpr std::size_t kShown = 200;
  return text.size() <= kShown ? text : text.substr(0, kShown) + "…";
}

}  // namespace

ScorerProcess::ScorerProcess(std::vector<std::string> command) : command_(std::move(command)) {
  const Pipe in, out, err;
  std::vector<char*> arguments;
  for (std::string& word : command_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), in.read_end, out.write_end, err.write_end);
  const int error = errno;
  ::close(in.read_end), ::close(out.write_end), ::close(err.write_end);
  in_ = in.write_end, out_ = out.read_end, err_ = err.read_end;
  for (const int descriptor : {in_, out_, err_}) ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  if (pid_ < 0) throw assay::Error(fmt::format("exec: no process for {}: {}", command_.front(), std::strerror(error)));
}

ScorerProcess::~ScorerProcess() {
  ::close(in_), ::close(out_), ::close(err_);
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may not have come to its own group yet
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ScorerProcess::fail(const std::string& reason) {
  read_errors();
  while (!errors_.empty() && errors_.back() == '\n') errors_.pop_back();
  throw assay::Error(fmt::format("the scorer `{}` {}{}", fmt::join(command_, " "), reason,
                                 errors_.empty() ? "" : "; the last lines of its standard error:\n" + errors_));
}

std::string ScorerProcess::how_it_ended() {
  int status = 0;
  const auto deadline = Clock::now() + kWaitForEnd;
  for (;;) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) break;
    if (Clock::now() >= deadline) return "closed its standard output";
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(-pid_, SIGKILL);
  pid_ = -1;
  if (WIFSIGNALED(status)) return fmt::format("died of SIG{}", ::sigabbrev_np(WTERMSIG(status)));
  if (WEXITSTATUS(status) == kCannotStart) return "could not be started";
  return fmt::format("ended with status {} before it had answered", WEXITSTATUS(status));
}

void ScorerProcess::write_some(std::string_view& rest) {
  const ssize_t count = ::write(in_, rest.data(), rest.size());
  if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  if (count < 0 && errno == EPIPE) rest = {};  // what it answers, or how it ended, says more
}

void ScorerProcess::read_errors() {
  std::array<char, 65536> buffer;
  for (ssize_t count = 0; (count = ::read(err_, buffer.data(), buffer.size())) > 0 && error_bytes_ <= kMostErrors;) {
    errors_.append(buffer.data(), static_cast<std::size_t>(count));
    error_bytes_ += static_cast<std::size_t>(count);
    if (errors_.size() > kErrorsKept) errors_.erase(0, errors_.size() - kErrorsKept);
  }
}

bool ScorerProcess::read_answer() {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(out_, buffer.data(), buffer.size());
  if (count > 0) answer_.append(buffer.data(), static_cast<std::size_t>(count));
  return count != 0;
}

assay::Json ScorerProcess::exchange(const assay::Json& message, double seconds) {
  if (pid_ <= 0) fail("is not running");
  const std::string line = message.dump(-1, ' ', false, assay::Json::error_handler_t::replace) + "\n";
  std::string_view rest = line;
  answer_.clear();
  error_bytes_ = 0;
  bool open = true, errors_open = true;
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  std::size_t end = std::string::npos;
  while ((end = answer_.find('\n')) == std::string::npos) {
    if (!open) fail(how_it_ended());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) fail(fmt::format("had not answered after {:g} s", seconds));
    std::array<pollfd, 3> wanted{pollfd{out_, POLLIN, 0}, pollfd{errors_open ? err_ : -1, POLLIN, 0},
                                 pollfd{rest.empty() ? -1 : in_, POLLOUT, 0}};
    if (::poll(wanted.data(), wanted.size(), static_cast<int>(std::min<long>(left, 1000))) < 0 && errno != EINTR)
      fail(std::strerror(errno));
    if (wanted[2].revents != 0) write_some(rest);
    if ((wanted[1].revents & POLLIN) != 0) read_errors();
    if ((wanted[1].revents & POLLIN) == 0 && (wanted[1].revents & (POLLHUP | POLLERR)) != 0) errors_open = false;
    if (error_bytes_ > kMostErrors)
      fail(fmt::format("wrote more than {} MB to its standard error before it answered", kMostErrors >> 20U));
    if (wanted[0].revents != 0) open = read_answer();
    if (answer_.size() > kLongestAnswer)
      fail(fmt::format("wrote more than {} MB without ending a line", kLongestAnswer >> 20U));
  }
  const assay::Json answer = assay::Json::parse(answer_.substr(0, end), nullptr, false);
  if (!answer.is_object()) fail(fmt::format("answered with no JSON object: {}", shortened(answer_.substr(0, end))));
  if (answer_.size() > end + 1)
    fail(fmt::format("answered with more than one line: {}", shortened(answer_.substr(end + 1))));
  if (answer.contains("error"))
    fail(fmt::format("says: {}",
                     answer["error"].is_string() ? answer["error"].get<std::string>() : answer["error"].dump()));
  return answer;
}
