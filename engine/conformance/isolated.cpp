#include "conformance/isolated.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "run/line_reader.h"
#include "run/worker_process.h"

namespace assay::conformance {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void answer_and_end(const std::function<Json()>& call, int out, int printed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(printed, STDOUT_FILENO);
  ::dup2(printed, STDERR_FILENO);
  Json message;
  try {
    message["answer"] = call();
  } catch (const std::exception& error) {
    message["error"] = error.what();
  } catch (...) {
    message["error"] = "something was thrown that is no std::exception";
  }
  run::write_line(out, message.dump(-1, ' ', false, Json::error_handler_t::replace));
  ::_exit(0);
}

/// The last line that the child printed.
std::string last_line(int printed) {
  const off_t size = ::lseek(printed, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::min<off_t>(std::max<off_t>(size, 0), 2000)), '\0');
  if (text.empty() || ::pread(printed, text.data(), text.size(), size - static_cast<off_t>(text.size())) < 0) return "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
}

/// The child's one line; nothing at its end or when the time is over.
std::optional<std::string> line_of(int in, double seconds, bool& timed_out) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  run::LineReader reader(in);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{in, POLLIN, 0};
    const int count = left > 0 ? ::poll(&ready, 1, static_cast<int>(left)) : 0;
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      timed_out = true;
      return std::nullopt;
    }
    const bool more = reader.fill();
    if (auto line = reader.next()) return line;
    if (!more) return std::nullopt;
  }
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it died of {}", run::signal_name(WTERMSIG(status)));
  return fmt::format("it ended its process with status {}", WEXITSTATUS(status));
}

}  // namespace

Ended isolated(const std::function<Json()>& call, double seconds) {
  std::array<int, 2> ends{};
  const int printed = ::memfd_create("printed", MFD_CLOEXEC);
  if (printed < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(fmt::format("no pipe for a check: {}", std::strerror(errno)));
  const pid_t child = ::fork();
  if (child < 0) throw Error(fmt::format("no process for a check: {}", std::strerror(errno)));
  if (child == 0) {
    ::close(ends[0]);
    answer_and_end(call, ends[1], printed);
  }
  ::close(ends[1]);
  Ended ended;
  const auto line = line_of(ends[0], seconds, ended.timed_out);
  ::close(ends[0]);
  if (ended.timed_out) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (line) {
    const Json message = Json::parse(*line);
    ended.answered = message.contains("answer");
    if (ended.answered) {
      ended.answer = message["answer"];
    } else {
      ended.how = message["error"];
    }
  } else {
    ended.how = ended.timed_out ? fmt::format("it had not ended after {:g} s", seconds) : end_of(status);
    if (const std::string last = last_line(printed); !last.empty()) ended.how += fmt::format("; the last it printed: {}", last);
  }
  ::close(printed);
  return ended;
}

}  // namespace assay::conformance
