#include "text/sentence_piece_library.h"

#include <assay/sdk/error.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

namespace assay::text {
namespace {

SentencePieceFactory* factory() {
  static SentencePieceFactory* const found = [] {
    const auto prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    const std::string file = (prefix / "lib/libassay_sentencepiece.so").string();
    int flags = RTLD_NOW | RTLD_LOCAL;
#ifndef __SANITIZE_ADDRESS__  // whose interceptors cannot be bound so
    flags |= RTLD_DEEPBIND;   // libtorch's protobuf may be in the global scope by now
#endif
    void* module = ::dlopen(file.c_str(), flags);
    void* symbol = module == nullptr ? nullptr : ::dlsym(module, kSentencePieceFactory);
    if (symbol == nullptr) {
      throw BadInput(fmt::format("{}: the module that reads tokenizer.model cannot be loaded: {}; install assay whole",
                                 file, ::dlerror()));
    }
    return reinterpret_cast<SentencePieceFactory*>(symbol);
  }();
  return found;
}

}  // namespace

std::unique_ptr<SentencePieceLibrary> SentencePieceLibrary::open(const std::string& model_file) {
  std::unique_ptr<SentencePieceLibrary> library(factory()());
  if (const std::string fault = library->load(model_file); !fault.empty()) {
    throw BadInput(fmt::format("{}: not a SentencePiece model that can be read: {}", model_file, fault));
  }
  return library;
}

}  // namespace assay::text
