#include "models/remote/gunzip.h"

#include <assay/sdk/error.h>
#include <zlib.h>

#include <array>

namespace assay::models::remote {

struct Gunzip::Rep {
  z_stream stream{};
};

Gunzip::Gunzip(std::size_t most) : rep_(std::make_unique<Rep>()), left_(most) {
  constexpr int kEitherHeader = 15 + 32;  // the largest window; gzip's or zlib's header
  if (inflateInit2(&rep_->stream, kEitherHeader) != Z_OK) throw Error("no memory to unpack a packed answer");
}

Gunzip::~Gunzip() { inflateEnd(&rep_->stream); }

std::string Gunzip::feed(std::string_view packed) {
  std::string out;
  std::array<char, 16384> piece{};
  z_stream& stream = rep_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  while (!finished_ && stream.avail_in > 0) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) throw Error("the packed answer is damaged");
    const std::size_t made = piece.size() - stream.avail_out;
    if (made > left_) throw Error("the packed answer unpacks to more than may be read");
    left_ -= made;
    out.append(piece.data(), made);
    finished_ = result == Z_STREAM_END;
    if (result == Z_BUF_ERROR && made == 0) break;
  }
  return out;
}

}  // namespace assay::models::remote
