#include "conformance/exported_symbols.h"

#include <assay/sdk/error.h>
#include <elf.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace assay::conformance {
namespace {

/// A thing of type T at an offset. @throws BadInput past the end
template <class T>
T at(const std::string& bytes, std::uint64_t offset) {
  T value{};
  if (offset > bytes.size() || sizeof value > bytes.size() - offset) throw BadInput("the library is cut short");
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

bool is_exported(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED) && ELF64_ST_TYPE(symbol.st_info) != STT_SECTION;
}

}  // namespace

std::vector<std::string> exported_symbols(const std::filesystem::path& library) {
  std::ifstream in(library, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    throw BadInput(fmt::format("{}: it is no shared library", library.string()));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = at<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_DYNSYM) continue;
    const auto texts = at<Elf64_Shdr>(bytes, header.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
    for (std::uint64_t k = 0; k < section.sh_size / sizeof(Elf64_Sym); ++k) {
      const auto symbol = at<Elf64_Sym>(bytes, section.sh_offset + k * sizeof(Elf64_Sym));
      const std::uint64_t name = texts.sh_offset + symbol.st_name;
      if (is_exported(symbol) && name < bytes.size()) names.emplace_back(bytes.c_str() + name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace assay::conformance
