#include "models/remote/answer_journal.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <string_view>

namespace assay::models::remote {
namespace {

constexpr std::size_t kKeyDigits = 32;  // 128 bits: no two requests share them
constexpr auto kSyncEvery = std::chrono::milliseconds(5);

}  // namespace

std::string hash_text(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 15U];
  }
  return hex;
}

AnswerJournal::AnswerJournal(std::filesystem::path file, std::int64_t run) : file_(std::move(file)), run_(run) {
  std::error_code ignored;  // opening it says what is wrong
  std::filesystem::create_directories(file_.parent_path(), ignored);
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw Error(fmt::format("{}: cannot be written: {}", file_.string(), std::strerror(errno)));
  read_all();
  syncer_ = std::thread([this] { sync(); });
}

AnswerJournal::~AnswerJournal() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  syncer_.join();
  ::close(descriptor_);
}

void AnswerJournal::read_all() {
  std::ifstream in(file_, std::ios::binary);
  std::uint64_t offset = 0;
  bool whole = true;
  for (std::string line; std::getline(in, line); offset += line.size() + 1) {
    whole = !in.eof();
    if (!whole) break;
    const Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("key") || !entry.contains("answer")) continue;  // torn by a kill
    places_[entry["key"].get<std::string>()] = {offset, static_cast<std::uint32_t>(line.size())};
    if (entry.value("run", std::int64_t{-1}) == run_) dollars_ += entry.value("dollars", 0.0);
  }
  // What follows a torn line begins on a new one.
  if (!whole && ::write(descriptor_, "\n", 1) != 1)
    throw Error(fmt::format("{}: cannot be written; is the disk full?", file_.string()));
}

std::optional<Json> AnswerJournal::find(const std::string& key) const {
  const auto found = places_.find(key.substr(0, kKeyDigits));
  if (found == places_.end()) return std::nullopt;
  std::string line(found->second.size, '\0');
  if (::pread(descriptor_, line.data(), line.size(), static_cast<off_t>(found->second.offset)) !=
      static_cast<ssize_t>(line.size()))
    return std::nullopt;
  Json entry = Json::parse(line, nullptr, false);
  if (!entry.is_object() || !entry.contains("answer")) return std::nullopt;
  return std::move(entry["answer"]);
}

void AnswerJournal::add(const std::string& key, double dollars, const Json& answer) {
  const std::string name = key.substr(0, kKeyDigits);
  const Json entry = {{"key", name}, {"run", run_}, {"dollars", dollars}, {"answer", answer}};
  const std::string line = entry.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw Error(fmt::format("{}: cannot be written: {}", file_.string(), std::strerror(errno)));
  }
  const auto end = static_cast<std::uint64_t>(::lseek(descriptor_, 0, SEEK_CUR));
  places_[name] = {end - line.size(), static_cast<std::uint32_t>(line.size() - 1)};
  dollars_ += dollars;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(dirty_, true)) return;
  }
  changed_.notify_one();
}

void AnswerJournal::sync() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return dirty_ || ends_; });
    if (!dirty_) return;
    if (!ends_) changed_.wait_for(lock, kSyncEvery, [&] { return ends_; });
    dirty_ = false;
    lock.unlock();
    ::fdatasync(descriptor_);
    lock.lock();
  }
}

double dollars_of_runs(const std::filesystem::path& file, const std::set<std::int64_t>& runs) {
  std::ifstream in(file, std::ios::binary);
  double dollars = 0;
  for (std::string line; std::getline(in, line);) {
    const Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("answer")) continue;  // torn by a kill
    if (runs.contains(entry.value("run", std::int64_t{-1}))) dollars += entry.value("dollars", 0.0);
  }
  return dollars;
}

}  // namespace assay::models::remote
