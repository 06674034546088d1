#include <assay/sdk/error.h>
#include <elf.h>
#include <fmt/core.h>

#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

#include "host/catalog.h"

namespace assay::host {
namespace {

constexpr std::string_view kSection = ".assay.manifest";
constexpr std::size_t kLargestManifest = 4U << 20U;

/// Reads pieces of a file by offset; a piece that lies outside of the file is a torn library.
class LibraryFile {
 public:
  explicit LibraryFile(const std::filesystem::path& path) : path_(path) {
    std::error_code absent;
    const auto type = std::filesystem::status(path, absent).type();
    if (std::filesystem::exists(path, absent) && type != std::filesystem::file_type::regular) refuse("it is no file");
    stream_.open(path, std::ios::binary);  // a pipe would be waited for
    if (!stream_)
      throw BadInput(fmt::format("{}: cannot be opened; check that it exists and may be read", path.string()));
    stream_.seekg(0, std::ios::end);
    size_ = static_cast<std::uint64_t>(stream_.tellg());
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }

  void read(std::uint64_t offset, void* to, std::size_t count) {
    if (offset > size_ || count > size_ - offset) refuse("it is cut short");
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(count));
    if (!stream_) refuse("it cannot be read");
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(
        fmt::format("{}: not an assay plugin: {}; remove the file from the plugin folder or build it with "
                    "assay_add_plugin",
                    path_.string(), why));
  }

 private:
  std::filesystem::path path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

std::string manifest_text(LibraryFile& file) {
  Elf64_Ehdr header{};
  if (file.size() < sizeof header) file.refuse("it is no shared library");
  file.read(0, &header, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) file.refuse("it is no shared library");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN) {
    file.refuse("it is no 64-bit shared library of this platform");
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum) {
    file.refuse("its section table was stripped");
  }
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  file.read(header.e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr));
  const Elf64_Shdr& names_section = sections[header.e_shstrndx];
  if (names_section.sh_size > file.size()) file.refuse("it is cut short");
  std::string names(names_section.sh_size, '\0');
  file.read(names_section.sh_offset, names.data(), names.size());
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_name >= names.size() || names.c_str() + section.sh_name != kSection) continue;
    if (section.sh_size > kLargestManifest) file.refuse("its manifest is too large");
    std::string text(section.sh_size, '\0');
    file.read(section.sh_offset, text.data(), text.size());
    return text.substr(0, text.find('\0'));
  }
  file.refuse("it registers no strategy or metric (ASSAY_STRATEGY, ASSAY_METRIC)");
}

}  // namespace

Json read_manifest(const std::filesystem::path& library) {
  LibraryFile file(library);
  Json manifest = Json::parse(manifest_text(file), nullptr, false);
  if (!manifest.is_object()) {
    file.refuse("its manifest is no JSON (is the `params` schema of its registration valid JSON?)");
  }
  for (const char* field : {"name", "kind", "version", "abi", "torch"}) {
    if (!manifest.contains(field) || !manifest.at(field).is_string()) {
      file.refuse(fmt::format("its manifest lacks '{}'", field));
    }
  }
  if (!manifest.contains("sdk") || !manifest.at("sdk").is_number_integer()) file.refuse("its manifest lacks 'sdk'");
  return manifest;
}

}  // namespace assay::host
