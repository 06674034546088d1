#pragma once
#include <elf.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "host/catalog.h"
#include "unit/data/folder_fixture.h"

namespace assay::testing {

/// Folders of libraries: real ones, and hand-made ELF files that hold a manifest and nothing else.
class LibraryFixture : public FolderFixture {
 protected:
  static std::filesystem::path built(const std::string& name) {
    return std::filesystem::path(std::getenv("ASSAY_TEST_PLUGINS")) / name / (name + ".so");
  }

  /// The manifest of a plugin that fits this host.
  static Json manifest() { return host::read_manifest(built("segfaults")); }

  /// A shared library of two sections: names, and the manifest.
  static std::string elf(const std::string& manifest_text) {
    const std::string names("\0.shstrtab\0.assay.manifest\0", 27);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 2;
    header.e_shoff = sizeof header;
    Elf64_Shdr sections[2]{};
    sections[0].sh_name = 1;
    sections[0].sh_offset = sizeof header + sizeof sections;
    sections[0].sh_size = names.size();
    sections[1].sh_name = 11;
    sections[1].sh_offset = sections[0].sh_offset + names.size();
    sections[1].sh_size = manifest_text.size();
    std::string text(reinterpret_cast<const char*>(&header), sizeof header);
    text.append(reinterpret_cast<const char*>(sections), sizeof sections);
    return text + names + manifest_text;
  }

  /// A plugin like `segfaults` but for `changes`.
  std::string plugin(const std::string& file, const Json& changes) const {
    Json all = manifest();
    all.update(changes);
    return write(file, elf(all.dump()));
  }

  [[nodiscard]] host::Catalog find(const std::vector<std::string>& folders) const {
    std::vector<std::filesystem::path> paths;
    for (const std::string& folder : folders) paths.push_back(folder_ / folder);
    return host::find_plugins(paths, folder_ / "builtin", "1.13.0");
  }
};

}  // namespace assay::testing
