#include "conformance/isolated.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>

#include "run/line_reader.h"
#include "run/worker_process.h"

namespace assay::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLastPrinted = 2000;         // bytes kept of what a child prints
constexpr std::chrono::milliseconds kToEnd{1000};  // that what a child started may take after it

/// A page that child and parent share: what the child can say even where its pipe is gone.
class Note {
 public:
  enum Word : int { working, unsent, forked };

  Note() : page_(::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (page_ == MAP_FAILED) throw Error(fmt::format("no memory for a check: {}", std::strerror(errno)));
    word_ = new (page_) std::atomic<int>(working);
  }
  ~Note() { ::munmap(page_, sizeof(std::atomic<int>)); }
  Note(const Note&) = delete;
  Note& operator=(const Note&) = delete;

  void write(Word word) { word_->store(word); }
  [[nodiscard]] Word read() const { return static_cast<Word>(word_->load()); }

 private:
  void* page_;
  std::atomic<int>* word_;
};

/// Children of one parent would find all at the same addresses: a table ordered by pointers would look as if it were in order.
void stir_addresses(std::uint64_t child) {
  sdk::Random random(child, "addresses");
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  ::mmap(nullptr, page * (1 + random.below(4096)), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
         0);  // pushes later libraries on
  for (std::size_t size = 16; size <= 1024; size += 16) {
    std::array<void*, 24> blocks{};
    for (void*& block : blocks) block = std::malloc(size);
    random.shuffle(std::span<void*>(blocks));
    for (std::size_t i = 0; i < blocks.size() / 2; ++i) std::free(blocks[i]);  // the rest stays, and so the holes do
  }
}

[[noreturn]] void answer_and_end(const std::function<Json()>& call, int out, int printed, Note& note,
                                 std::uint64_t child) {
  const pid_t self = ::getpid();
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(printed, STDOUT_FILENO);
  ::dup2(printed, STDERR_FILENO);
  stir_addresses(child);
  Json message;
  try {
    message["answer"] = call();
  } catch (const std::exception& error) {
    message["error"] = error.what();
  } catch (...) {
    message["error"] = "something was thrown that is no std::exception";
  }
  if (::getpid() != self) {
    note.write(Note::forked);
    ::_exit(0);
  }
  std::fflush(nullptr);
  if (!run::write_line(out, message.dump(-1, ' ', false, Json::error_handler_t::replace))) note.write(Note::unsent);
  ::_exit(0);
}

/// What comes from a child: its one line of answer, and what it prints, of which the end is kept.
class Listening {
 public:
  /// `child` is readable once the child has ended: what it started may hold the pipes open for longer.
  Listening(int answers, int printed, int child)
      : answers_(answers), printed_(printed), child_(child), reader_(answers) {}

  /// The answer; nothing at its end or when the time is over.
  std::optional<std::string> answer(double seconds, bool& timed_out) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      std::array<pollfd, 3> ready{pollfd{answers_, POLLIN, 0}, pollfd{open_ ? printed_ : -1, POLLIN, 0},
                                  pollfd{child_, POLLIN, 0}};
      const int count = left > 0 ? ::poll(ready.data(), ready.size(), static_cast<int>(left)) : 0;
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        timed_out = true;
        return std::nullopt;
      }
      if (ready[1].revents != 0) read_printed();
      if (ready[0].revents == 0 && ready[2].revents == 0) continue;
      if (ready[0].revents == 0) return std::nullopt;
      const bool more = reader_.fill();
      if (auto line = reader_.next()) return line;
      if (!more) return std::nullopt;
    }
  }

  /// Reads what was printed before the child ended.
  void finish() {
    for (pollfd ready{printed_, POLLIN, 0}; open_ && ::poll(&ready, 1, 0) > 0;) read_printed();
  }

  [[nodiscard]] std::size_t printed() const { return count_; }

  [[nodiscard]] std::string last_line() const {
    std::string text = last_;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  }

 private:
  void read_printed() {
    std::array<char, 65536> some{};
    const ssize_t got = ::read(printed_, some.data(), some.size());
    if (got < 0 && errno == EINTR) return;
    open_ = got > 0;
    if (!open_) return;
    count_ += static_cast<std::size_t>(got);
    last_.append(some.data(), static_cast<std::size_t>(got));
    if (last_.size() > kLastPrinted) last_.erase(0, last_.size() - kLastPrinted);
  }

  int answers_, printed_, child_;
  run::LineReader reader_;
  bool open_ = true;
  std::size_t count_ = 0;
  std::string last_;
};

std::string end_of(int status, Note::Word note) {
  if (note == Note::unsent) return "it closed file descriptors that are not its own, the engine's among them";
  if (WIFSIGNALED(status)) return fmt::format("it died of {}", run::signal_name(WTERMSIG(status)));
  return fmt::format("it ended its process with status {}", WEXITSTATUS(status));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { shut(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  void shut() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

struct Pipe {
  Pipe() : Pipe(made()) {}
  Descriptor out, in;

 private:
  explicit Pipe(std::array<int, 2> ends) : out(ends[0]), in(ends[1]) {}
  static std::array<int, 2> made() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(fmt::format("no pipe for a check: {}", std::strerror(errno)));
    return ends;
  }
};

/// Whether orphans of a group, which are ours, go on; those that are about to end are waited for.
bool outlive(pid_t group) {
  const auto deadline = Clock::now() + kToEnd;
  while (::waitpid(-group, nullptr, WNOHANG) >= 0) {
    if (Clock::now() >= deadline) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace

Ended isolated(const std::function<Json()>& call, double seconds) {
  static std::uint64_t children = 0;
  Pipe answers, printed;
  Note note;
  std::fflush(nullptr);  // or the child would write it once more
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ++children;
  const pid_t child = ::fork();
  if (child < 0) throw Error(fmt::format("no process for a check: {}", std::strerror(errno)));
  if (child == 0) {
    answers.out.shut(), printed.out.shut();
    answer_and_end(call, answers.in.number(), printed.in.number(), note, children);
  }
  ::setpgid(child, child);  // whoever is first
  answers.in.shut(), printed.in.shut();
  const Descriptor running(
      static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // glibc 2.36 declares no C function for C++
  Ended ended;
  Listening listening(answers.out.number(), printed.out.number(), running.number());
  const auto line = listening.answer(seconds, ended.timed_out);
  if (ended.timed_out) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.left_running = outlive(child);
  if (ended.left_running) ::kill(-child, SIGKILL);
  listening.finish();
  ended.printed = listening.printed();
  const Json message = line ? Json::parse(*line, nullptr, false) : Json();
  if (note.read() == Note::forked) {
    ended.how = "a process that it forked came back out of its call; it must end there, by _exit or exec";
  } else if (message.contains("answer")) {
    ended.answered = true;
    ended.answer = message["answer"];
  } else if (message.contains("error")) {
    ended.how = message["error"];
  } else {
    ended.how = ended.timed_out ? fmt::format("it had not ended after {:g} s", seconds) : end_of(status, note.read());
    if (const std::string last = listening.last_line(); !last.empty())
      ended.how += fmt::format("; the last it printed: {}", last);
  }
  return ended;
}

}  // namespace assay::conformance
