#include "run/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay::run {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFrame = std::chrono::milliseconds(150);
constexpr std::size_t kWidth = 100;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// At most `width` characters (not bytes) of UTF-8.
std::string shortened(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U) continue;
    if (++characters > width) return text.substr(0, i) + "…";
  }
  return text;
}

std::string bar(double share) {
  constexpr int kCells = 24;
  const int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * kCells));
  std::string text;
  for (int i = 0; i < kCells; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(std::ostream& out, bool terminal, std::size_t stages, double estimated_seconds, int workers)
    : out_(out),
      terminal_(terminal),
      stages_(stages),
      estimate_(estimated_seconds),
      workers_(workers),
      start_(Clock::now()) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (drawn_ == 0) return;
  out_ << fmt::format("\x1b[{}A\x1b[J", drawn_) << std::flush;
  drawn_ = 0;
}

void Progress::line(const std::string& text) {
  clear();
  out_ << text << '\n' << std::flush;
}

double Progress::seconds_left() const {
  // Estimates are made before anything ran; what ran so far says how far off they are.
  const double scale = estimate_done_ > 0 ? spent_ / estimate_done_ : 1.0;
  return std::max(0.0, estimate_ - estimate_done_) * scale / workers_;
}

void Progress::reused(std::size_t stages, std::size_t of) {
  if (stages > 0) line(fmt::format("{} of {} stages are there already and are reused", stages, of));
}

void Progress::finished(const plan::Stage& stage, double seconds) {
  ++done_;
  estimate_done_ += stage.estimate_seconds;
  spent_ += seconds;
  using enum plan::StageKind;
  const bool is_work = stage.kind == adapt || stage.kind == generate || stage.kind == measure;
  if (!terminal_ && is_work) line(fmt::format("[{}/{}] {} ({})", done_, stages_, stage.label, duration(seconds)));
}

void Progress::failed(const plan::Stage& stage, const std::string& reason, bool will_retry) {
  if (!will_retry) {
    ++failed_;
    estimate_done_ += stage.estimate_seconds;
  }
  line(fmt::format("{}: {}: {}", will_retry ? "trying again" : "failed", stage.label, reason));
}

void Progress::say(const std::string& text) { line(text); }

void Progress::draw(std::span<const Worker> workers, bool force) {
  if (!terminal_ || (!force && Clock::now() - last_draw_ < kFrame)) return;
  last_draw_ = Clock::now();
  const std::size_t settled = done_ + failed_;
  std::string text = fmt::format("{} {}/{} stages · {} gone · about {} left{}\n",
                                 bar(stages_ == 0 ? 1.0 : static_cast<double>(settled) / static_cast<double>(stages_)),
                                 settled, stages_, duration(seconds_since(start_)), duration(seconds_left()),
                                 failed_ > 0 ? fmt::format(" · {} failed", failed_) : "");
  std::size_t lines = 1;
  for (const Worker& worker : workers) {
    const std::string part = worker.total > 0 ? fmt::format(" {}/{}", worker.done, worker.total) : "";
    text += "  " +
            shortened(worker.label.empty()
                          ? fmt::format("{}: waiting", worker.name)
                          : fmt::format("{}: {}{} ({})", worker.name, worker.label, part, duration(worker.seconds)),
                      kWidth) +
            "\n";
    ++lines;
  }
  clear();
  out_ << text << std::flush;
  drawn_ = lines;
}

}  // namespace assay::run
