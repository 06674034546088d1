#include "run/journal.h"

#include <assay/sdk/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace assay::run {

Journal::Journal() : Journal(::memfd_create("assay-journal", MFD_CLOEXEC)) {}

Journal::Journal(int descriptor) : descriptor_(descriptor) {
  // A worker started by hand has no page at that descriptor; it gets one that nobody reads.
  if (descriptor_ < 0 || ::ftruncate(descriptor_, kSize) != 0)
    descriptor_ = ::memfd_create("assay-journal", MFD_CLOEXEC);
  if (descriptor_ < 0 || ::ftruncate(descriptor_, kSize) != 0) throw Error("no memory for a worker's journal");
  void* page = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (page == MAP_FAILED) throw Error("no memory for a worker's journal");
  page_ = static_cast<char*>(page);
}

Journal::~Journal() {
  ::munmap(page_, kSize);
  ::close(descriptor_);
}

void Journal::enter(std::string_view plugin) noexcept {
  const std::size_t size = std::min(plugin.size(), std::size_t{255});
  std::memcpy(page_, plugin.data(), size);
  page_[size] = '\0';
}

std::string Journal::plugin() const { return {page_, ::strnlen(page_, 255)}; }

}  // namespace assay::run
