#include "data/fingerprint.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

constexpr std::int64_t kSettled = 2'000'000'000;  // nanoseconds; coarser than any file system's clock

/// When and what a file was; changes with every write.
struct Identity {
  std::string place;  ///< device and inode
  std::string state;  ///< size, mtime, ctime
  bool settled = false;
  friend bool operator==(const Identity& a, const Identity& b) { return a.place == b.place && a.state == b.state; }
};

std::optional<Identity> identity(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return {};
  const auto nanoseconds = [](const timespec& t) { return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec; };
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return Identity{fmt::format("{}:{}", info.st_dev, info.st_ino),
                  fmt::format("{}:{}:{}", info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)),
                  nanoseconds(now) - nanoseconds(info.st_ctim) > kSettled};
}

std::string hash_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  Sha256 sum;
  std::array<char, 1 << 16> buffer{};
  while (in) {
    in.read(buffer.data(), buffer.size());
    sum.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) throw BadInput(fmt::format("{}: cannot read this file: {}", file.string(), std::strerror(errno)));
  return sum.hex();
}

}  // namespace

struct Sha256::Rep {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : rep_(std::make_unique<Rep>()) {
  if (!rep_->context || EVP_DigestInit_ex(rep_->context, EVP_sha256(), nullptr) != 1)
    throw Error("OpenSSL has no SHA-256");
}
Sha256::~Sha256() { EVP_MD_CTX_free(rep_->context); }

void Sha256::add(std::string_view bytes) { EVP_DigestUpdate(rep_->context, bytes.data(), bytes.size()); }

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(rep_->context, digest.data(), nullptr);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.hex();
}

std::string sha256(const Json& value) { return sha256(std::string_view(value.dump())); }

FileHashes::FileHashes(std::filesystem::path cache_file)
    : cache_file_(std::move(cache_file)), entries_(Json::object()) {
  if (cache_file_.empty()) return;
  std::ifstream in(cache_file_);
  Json read = Json::parse(in, nullptr, false);  // torn or absent: start anew, everything is looked at once more
  if (read.is_object()) entries_ = std::move(read);
}

FileHashes::~FileHashes() {
  try {
    save();
  } catch (const std::exception&) {  // a memory that cannot be kept costs time only; save() called by hand says it
  }
}

std::string FileHashes::hash(const std::filesystem::path& file) {
  return remembered(file, "sha256", [&] { return Json(hash_file(file)); });
}

Json FileHashes::remembered(const std::filesystem::path& file, const std::string& question,
                            const std::function<Json()>& look) {
  const auto before = identity(file);
  if (!before) throw BadInput(fmt::format("{}: cannot read this file: {}", file.string(), std::strerror(errno)));
  if (const auto entry = entries_.find(before->place);
      entry != entries_.end() && entry->is_object() && entry->value("state", "") == before->state) {
    if (const auto found = entry->find(question); found != entry->end()) return *found;
  }
  Json found = look();
  if (before->settled && identity(file) == before) {
    Json& entry = entries_[before->place];
    if (!entry.is_object() || entry.value("state", "") != before->state) entry = Json{{"state", before->state}};
    entry[question] = found;
    changed_ = true;
  }
  return found;
}

void FileHashes::save() {
  if (!changed_ || cache_file_.empty()) return;
  changed_ = false;
  std::filesystem::path fresh = cache_file_;
  fresh += fmt::format(".{}", ::getpid());
  std::ofstream out(fresh, std::ios::binary);
  out << entries_.dump();
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, cache_file_, error);
  if (!out || error) {
    std::filesystem::remove(fresh, error);
    throw Error(fmt::format("{}: cannot be written", cache_file_.filename().string()));
  }
}

}  // namespace assay::data
