#include "fuzz/driver.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
// Freed memory is held back for a while to find uses after free; what is held must not count as the reader's.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=32:allocator_may_return_null=0"; }
#endif

namespace assay::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

#ifdef __SANITIZE_ADDRESS__
constexpr double slowdown = 10;
#else
constexpr double slowdown = 1;
#endif

constexpr std::size_t most_kept = 500;  // inputs

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The input at hand in a file that outlives the process however it ends.
class InputFile {
 public:
  InputFile(std::filesystem::path path, std::size_t capacity) : path_(std::move(path)), capacity_(capacity) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(capacity_)) != 0)
      throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
    bytes_ = static_cast<char*>(::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0));
    if (bytes_ == MAP_FAILED) throw std::runtime_error("the input's file cannot be mapped");
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    ::munmap(bytes_, capacity_);
    ::close(descriptor_);
  }

  void hold(const std::string& input) {
    const std::size_t size = std::min(input.size(), capacity_);
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
      throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
    std::memcpy(bytes_, input.data(), size);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::size_t capacity_;
  int descriptor_ = -1;
  char* bytes_ = nullptr;
};

/// Ends the process when one reading takes too long or too much.
class Watch {
 public:
  Watch(const Target& target, const InputFile& input)
      : thread_([this, &target, &input](const std::stop_token& stop) {
          const std::size_t before = resident_bytes();
          while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            const std::int64_t begin = begin_;
            const double taken = static_cast<double>(Clock::now().time_since_epoch().count() - begin) / 1e9;
            const std::size_t resident = resident_bytes();
            if (begin != 0 && taken > target.seconds * slowdown)
              end(fmt::format("one input takes more than {} s", target.seconds * slowdown), input);
            if (resident > before + target.memory)
              end(fmt::format("memory grew by {} MiB", (resident - before) >> 20), input);
          }
        }) {}

  void begin() { begin_ = Clock::now().time_since_epoch().count(); }
  void end() { begin_ = 0; }

 private:
  [[noreturn]] static void end(const std::string& why, const InputFile& input) {
    fmt::print(stderr, "finding: {}; the input is {}\n", why, input.path().string());
    std::_Exit(1);
  }
  std::atomic<std::int64_t> begin_{0};
  std::jthread thread_;
};

/// What an outcome is, without the numbers and names in it: inputs with a new one are kept to go on from.
std::string kind_of(std::string message) {
  std::string kind;
  bool quoted = false;
  for (const char c : message) {
    if (c == '\'' || c == '"') quoted = !quoted;
    if (quoted || std::isdigit(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80) continue;
    kind += c;
  }
  return kind.substr(0, 300);
}

class Session {
 public:
  Session(const Target& target, const std::filesystem::path& folder, std::uint64_t seed)
      : target_(target),
        file_(folder / (target.name + ".input"), std::max<std::size_t>(std::size_t{64} << 20, target.longest)),
        watch_(target, file_),
        random_(seed) {}

  /// The outcome, or nothing after a finding.
  bool try_one(const std::string& input, std::string& outcome) {
    file_.hold(input);
    watch_.begin();
    bool fine = true;
    try {
      target_.read(input);
      outcome = "read";
      ++accepted_;
    } catch (const Error& error) {
      outcome = error.what();
    } catch (const std::exception& error) {
      fmt::print(stderr, "finding: {}; the input is {}\n", error.what(), file_.path().string());
      fine = false;
    }
    watch_.end();
    ++tried_;
    return fine;
  }

  bool explore(double seconds) {
    std::set<std::string> seen;
    std::string outcome;
    for (const std::string& seed : target_.seeds) {
      if (!try_one(seed, outcome)) return false;
      seen.insert(kind_of(outcome));
      corpus_.push_back(seed);
    }
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < end) {
      const std::string input = next();
      if (!try_one(input, outcome)) return false;
      if (seen.insert(kind_of(outcome)).second && corpus_.size() < most_kept) corpus_.push_back(input);
    }
    return true;
  }

  void finish() const {
    std::filesystem::remove(file_.path());
    fmt::print("{}: {} inputs, {} of them read, {} kept; no finding\n", target_.name, tried_, accepted_,
               corpus_.size());
  }

 private:
  std::string next() {
    // Half of the time from what is known to be whole: refused inputs lead to more of their kind.
    std::string input = one_of(random_() % 2 == 0 ? target_.seeds : corpus_, random_);
    for (std::size_t changes = 1 + below(random_, 4); changes > 0; --changes)
      input = target_.reshape && random_() % 2 == 0
                  ? target_.reshape(input, random_)
                  : mutate(std::move(input), one_of(corpus_, random_), target_.words, random_);
    if (input.size() > target_.longest) input.resize(target_.longest);
    return input;
  }

  const Target& target_;
  InputFile file_;
  Watch watch_;
  Random random_;
  std::vector<std::string> corpus_;
  std::size_t tried_ = 0, accepted_ = 0;
};

}  // namespace

int run(const Target& target, int argc, char** argv) {
  double seconds = 2;
  std::uint64_t seed = 1;
  std::filesystem::path folder = ".";
  std::vector<std::filesystem::path> files;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto value = [&] { return ++i < arguments.size() ? arguments[i] : std::string(); };
    if (arguments[i] == "--seconds")
      seconds = std::stod(value());
    else if (arguments[i] == "--seed")
      seed = std::stoull(value());
    else if (arguments[i] == "--keep")
      folder = value();
    else
      files.emplace_back(arguments[i]);
  }
  std::filesystem::create_directories(folder);
  Session session(target, folder, seed);
  bool fine = true;
  for (const auto& path : files) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    std::string outcome;
    fine = session.try_one(text.str(), outcome) && fine;
    fmt::print("{}: {}\n", path.string(), outcome);
  }
  if (files.empty()) fine = session.explore(seconds);
  if (fine) session.finish();
  return fine ? 0 : 1;
}

}  // namespace assay::fuzz
