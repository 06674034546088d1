#include "store/bundle.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "store/file_hash.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

[[noreturn]] void corrupted(const fs::path& place, const std::string& why) {
  throw Corrupted(fmt::format("{}: this result is damaged ({}); it will be made again", place.string(), why));
}

}  // namespace

bool Bundle::exists(const fs::path& place) {
  std::error_code error;
  return fs::exists(place / "bundle.json", error);
}

Bundle Bundle::open(const fs::path& place, const std::string& key, bool deep) {
  std::error_code error;
  if (!fs::is_directory(place, error)) throw BadInput(fmt::format("{}: there is no such result", place.string()));
  if (!exists(place)) corrupted(place, "bundle.json is missing");
  Bundle bundle;
  bundle.folder_ = place;
  bundle.header_ = Json::parse(slurp(place / "bundle.json"), nullptr, false);
  const Json& header = bundle.header_;
  const auto field = [&](const char* name) {
    return header.is_object() && header.contains(name) ? header.at(name) : Json();
  };
  if (field("format") != 1 || !field("files").is_object()) corrupted(place, "bundle.json is torn or of another format");
  if (field("key") != key) corrupted(place, "bundle.json names another stage");
  for (const auto& [name, about] : header.at("files").items()) {
    const fs::path file = place / name;
    const auto size = fs::file_size(file, error);
    if (error) corrupted(place, name + " is missing");
    if (!about.is_object() || !about.contains("size") || about.at("size") != size)
      corrupted(place, name + " has another size");
    if (deep && (!about.contains("sha256") || about.at("sha256") != file_sha256(file)))
      corrupted(place, name + " was changed");
  }
  return bundle;
}

Json Bundle::json(const std::string& file) const {
  if (!header_.at("files").contains(file)) corrupted(folder_, file + " is not listed");
  Json value = Json::parse(slurp(folder_ / file), nullptr, false);
  if (value.is_discarded()) corrupted(folder_, file + " is no JSON");
  return value;
}

std::string Bundle::signature() const {
  std::string text;
  const auto add = [&](const fs::path& file) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) corrupted(folder_, file.filename().string() + " is missing");
    text += fmt::format("{}:{}:{}.{}:{}.{};", about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec,
                        about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
  };
  add(folder_ / "bundle.json");
  for (const auto& item : header_.at("files").items()) add(folder_ / item.key());
  return text;
}

}  // namespace assay::store
