#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "store/bundle.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kCompressPast = 1U << 20U;

[[noreturn]] void unwritable(const fs::path& file) {
  throw Error(fmt::format("{}: cannot be written: {}; is the disk full?", file.string(), std::strerror(errno)));
}

[[noreturn]] void damaged(const fs::path& file, const std::string& why) {
  throw Corrupted(fmt::format("{}: this result is damaged ({}); it will be made again", file.string(), why));
}

}  // namespace

/// Rows gather in `buffer`; once they pass the limit the file is a gzip stream and the buffer only smooths writing.
struct RowsWriter::Rep {
  fs::path file;
  std::string buffer;
  gzFile gzip = nullptr;
  bool open = true;

  void spill() {
    if (gzip == nullptr) {
      const std::string name = file.string() + ".gz";
      gzip = gzopen(name.c_str(), "wbe3");
      if (gzip == nullptr) unwritable(name);
    }
    if (!buffer.empty() && gzwrite(gzip, buffer.data(), static_cast<unsigned>(buffer.size())) == 0) unwritable(file);
    buffer.clear();
  }
};

RowsWriter::RowsWriter(fs::path file) : rep_(std::make_unique<Rep>()) { rep_->file = std::move(file); }

RowsWriter::~RowsWriter() {
  if (rep_ && rep_->gzip != nullptr) gzclose(rep_->gzip);
}

void RowsWriter::write(const Json& row) {
  rep_->buffer += row.dump(-1, ' ', false, Json::error_handler_t::replace);
  rep_->buffer += '\n';
  if (rep_->buffer.size() > kCompressPast) rep_->spill();
}

void RowsWriter::close() {
  if (!rep_->open) return;
  rep_->open = false;
  if (rep_->gzip != nullptr) {
    rep_->spill();
    if (gzclose(std::exchange(rep_->gzip, nullptr)) != Z_OK) unwritable(rep_->file);
    return;
  }
  std::ofstream out(rep_->file, std::ios::binary);
  out << rep_->buffer;
  out.close();
  if (!out) unwritable(rep_->file);
}

bool Bundle::has(const std::string& file) const {
  return std::filesystem::exists(folder_ / file) || std::filesystem::exists(folder_ / (file + ".gz"));
}

std::string Bundle::stored(const std::string& file) const {
  const std::string name = header_.at("files").contains(file) ? file : file + ".gz";
  if (!header_.at("files").contains(name)) damaged(folder_ / name, "it is not listed");
  return name;
}

void Bundle::damaged_row(const std::string& file, std::size_t number) const {
  damaged(folder_ / stored(file), fmt::format("row {} is no JSON", number));
}

void Bundle::rows(const std::string& file, const std::function<void(const Json&)>& each) const {
  std::size_t number = 0;
  lines(file, [&](std::string_view line) {
    ++number;
    const Json row = Json::parse(line, nullptr, false);
    if (row.is_discarded()) damaged_row(file, number);
    each(row);
  });
}

void Bundle::lines(const std::string& file, const std::function<void(std::string_view)>& each) const {
  RowsReader reader(*this, file);
  while (const auto line = reader.next()) each(*line);
}

struct RowsReader::Rep {
  fs::path path;
  std::unique_ptr<gzFile_s, decltype(&gzclose)> in{nullptr, &gzclose};
  std::string chunk = std::string(1U << 16U, '\0');
  std::string_view rest;  ///< of the chunk, not yet handed out
  std::string pending;    ///< a row that began in an earlier chunk
  bool spent = false;     ///< pending was handed out

  /// False at the end of the file.
  bool fill() {
    const int count = gzread(in.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (count < 0) damaged(path, "it is torn");
    rest = std::string_view(chunk.data(), static_cast<std::size_t>(count));
    if (count > 0) return true;
    int error = Z_OK;  // a stream that ends too early is no error of reading
    gzerror(in.get(), &error);
    if (error != Z_OK && error != Z_STREAM_END) damaged(path, "it is cut off");
    if (!pending.empty()) damaged(path, "its last row is cut off");
    return false;
  }
};

RowsReader::RowsReader(const Bundle& bundle, const std::string& file) : rep_(std::make_unique<Rep>()) {
  rep_->path = bundle.folder() / bundle.stored(file);
  rep_->in.reset(gzopen(rep_->path.c_str(), "rbe"));
  if (!rep_->in) damaged(rep_->path, "it cannot be opened");
  gzbuffer(rep_->in.get(), 1U << 17U);
}

RowsReader::RowsReader(RowsReader&&) noexcept = default;
RowsReader::~RowsReader() = default;

std::optional<std::string_view> RowsReader::next() {
  Rep& r = *rep_;
  if (std::exchange(r.spent, false)) r.pending.clear();
  for (;;) {
    const auto end = r.rest.find('\n');
    if (end == std::string_view::npos) {
      r.pending.append(r.rest);
      r.rest = {};
      if (!r.fill()) return std::nullopt;
      continue;
    }
    const std::string_view line = r.rest.substr(0, end);
    r.rest.remove_prefix(end + 1);
    if (r.pending.empty()) return line;
    r.pending.append(line);
    r.spent = true;
    return r.pending;
  }
}

}  // namespace assay::store
