#include "data/fingerprint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>

#include "assay/sdk/error.h"
#include "data/digest.h"

namespace assay::data {
namespace fs = std::filesystem;

Digest::Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw Error("SHA-256 is not available in OpenSSL");
}

void Digest::add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

void Digest::add_sized(std::string_view bytes) {
  add(std::to_string(bytes.size()) + ":");
  add(bytes);
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.hex();
}

std::string sha256(const Json& value) { return sha256(std::string_view(value.dump())); }

FileHashes::FileHashes(fs::path cache_file) : cache_file_(std::move(cache_file)), entries_(Json::object()) {
  std::ifstream file(cache_file_);
  if (!file) return;
  // A torn or foreign cache costs re-hashing only.
  const Json read = Json::parse(file, nullptr, false);
  if (read.is_object()) entries_ = read;
}

FileHashes::~FileHashes() { save(); }

std::string FileHashes::hash(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw BadInput("cannot read " + path.string());
  struct stat status {};
  ::fstat(descriptor, &status);
  const std::string key = fmt::format("{}:{}:{}:{}.{}:{}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                                      status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
  if (entries_.contains(key) && entries_[key].is_string()) {
    ::close(descriptor);
    return entries_[key];
  }
  Digest digest;
  std::vector<char> buffer(1 << 20);
  for (ssize_t got = 0; (got = ::read(descriptor, buffer.data(), buffer.size())) != 0;) {
    if (got < 0) {
      ::close(descriptor);
      throw BadInput("cannot read " + path.string());
    }
    digest.add({buffer.data(), static_cast<std::size_t>(got)});
  }
  ::close(descriptor);
  const std::string hex = digest.hex();
  entries_[key] = hex;
  changed_ = true;
  return hex;
}

void FileHashes::save() {
  if (!changed_ || cache_file_.empty()) return;
  const fs::path beside = cache_file_.string() + "." + std::to_string(::getpid());
  std::ofstream file(beside);
  file << entries_.dump();
  file.close();
  std::error_code failed;  // a cache that cannot be kept costs re-hashing only
  if (file) fs::rename(beside, cache_file_, failed);
  if (!file || failed) fs::remove(beside, failed);
  changed_ = false;
}

}  // namespace assay::data
