#pragma once
#include <string>
#include <string_view>

namespace assay::run {

/// A page shared by host and worker that says what the worker is in the middle of, so that the host can name the plugin
/// after a death that leaves no last words (SIGSEGV, SIGKILL).
class Journal {
 public:
  static constexpr int kWorkerDescriptor = 3;  ///< where a worker finds it

  Journal();                         ///< host: a new page
  explicit Journal(int descriptor);  ///< worker: the host's page; an own one when there is none
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  void enter(std::string_view plugin) noexcept;  ///< cheap enough to be called for each example
  void leave() noexcept { enter({}); }
  [[nodiscard]] std::string plugin() const;  ///< whose code is running; empty for the engine's own

 private:
  static constexpr std::size_t kSize = 4096;
  int descriptor_ = -1;
  char* page_ = nullptr;
};

}  // namespace assay::run
