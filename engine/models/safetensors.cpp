#include "models/safetensors.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

namespace assay::models {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the reference implementation's limit
constexpr std::size_t kMostValues = 4'000'000;         // of a header; a million tensors take about that

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class Out>
std::vector<Out> widen(const TensorView& tensor) {
  const std::byte* from = tensor.bytes.data();
  std::vector<Out> out(static_cast<std::size_t>(tensor.elements()));
  switch (tensor.dtype) {
    case DType::F64:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Out>(load<double>(from + 8 * i));
      return out;
    case DType::F32:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = load<float>(from + 4 * i);
      return out;
    case DType::F16:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = from_half(load<std::uint16_t>(from + 2 * i));
      return out;
    case DType::BF16:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = from_bfloat16(load<std::uint16_t>(from + 2 * i));
      return out;
    default:
      throw BadInput(
          fmt::format("a tensor of type {} cannot be used as weights; F64, F32, F16 and BF16 can", name(tensor.dtype)));
  }
}

/// The first value whose exponent's bits are all set, in blocks that the compiler makes vector code of.
template <class Bits>
std::optional<std::int64_t> first_with_full_exponent(const TensorView& tensor, Bits exponent) {
  constexpr std::int64_t kBlock = 4096;
  const std::byte* from = tensor.bytes.data();
  const std::int64_t count = tensor.elements();
  const auto full = [&](std::int64_t i) {
    return (load<Bits>(from + i * static_cast<std::int64_t>(sizeof(Bits))) & exponent) == exponent;
  };
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, count);
    Bits any = 0;
    for (std::int64_t i = begin; i < end; ++i) any |= static_cast<Bits>(full(i));
    if (any == 0) continue;
    for (std::int64_t i = begin; i < end; ++i)
      if (full(i)) return i;
  }
  return std::nullopt;
}

/// The bytes that `shape` takes, or false when the product does not fit 63 bits.
bool size_in_bytes(DType dtype, std::span<const std::int64_t> shape, std::uint64_t& size) {
  size = size_of(dtype);
  bool overflow = false;
  for (const std::int64_t extent : shape) {
    overflow = overflow || __builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size);
  }
  // An extent of zero must not hide an overflow before it: such a shape is nonsense whatever its product.
  return !overflow && size < (std::uint64_t{1} << 63);
}

Json parse_header(const std::filesystem::path& path, std::string_view text) {
  std::set<std::string> seen;
  std::string twice;
  std::size_t values = 0;
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    // A long header could otherwise take many times its size in memory before it is refused.
    values += event == Json::parse_event_t::value || event == Json::parse_event_t::array_start ||
              event == Json::parse_event_t::object_start;
    if (depth > 8 || values > kMostValues)
      throw BadInput(
          fmt::format("{}: the header describes no tensors (nested too deeply, or more than {} values); the file is "
                      "damaged or of another kind",
                      path.string(), kMostValues));
    if (depth == 1 && event == Json::parse_event_t::key && !seen.insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  Json header;
  try {
    header = Json::parse(text, watch);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: the safetensors header is not JSON ({}); the file is damaged or of another kind",
                               path.string(), error.what()));
  }
  if (!twice.empty()) throw BadInput(fmt::format("{}: the header names tensor '{}' twice", path.string(), twice));
  if (!header.is_object())
    throw BadInput(fmt::format("{}: the safetensors header is not a JSON object", path.string()));
  return header;
}

struct Entry {
  TensorView view;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Entry parse_entry(const std::string& where, const Json& json) {
  const auto unsigned_list = [&](const char* key) -> const Json& {
    const auto found = json.is_object() ? json.find(key) : json.end();
    if (!json.is_object() || found == json.end() || !found->is_array() ||
        !std::all_of(found->begin(), found->end(), [](const Json& n) { return n.is_number_unsigned(); })) {
      throw BadInput(fmt::format("{}: '{}' must be a list of non-negative integers", where, key));
    }
    return *found;
  };
  Entry entry;
  for (const Json& extent : unsigned_list("shape")) {
    const auto value = extent.get<std::uint64_t>();
    if (value >> 62 != 0) throw BadInput(fmt::format("{}: the extent {} is too large", where, value));
    entry.view.shape.push_back(static_cast<std::int64_t>(value));
  }
  const Json& offsets = unsigned_list("data_offsets");
  if (offsets.size() != 2) throw BadInput(fmt::format("{}: 'data_offsets' must hold two numbers", where));
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  const auto dtype = json.find("dtype");
  if (dtype == json.end() || !dtype->is_string() || !parse(dtype->get_ref<const std::string&>(), entry.view.dtype)) {
    throw BadInput(fmt::format("{}: unknown dtype {}", where, dtype == json.end() ? "(none)" : dtype->dump()));
  }
  std::uint64_t size = 0;
  if (!size_in_bytes(entry.view.dtype, entry.view.shape, size)) {
    throw BadInput(fmt::format("{}: the shape {} is too large", where, shape_text(entry.view.shape)));
  }
  if (entry.end < entry.begin || entry.end - entry.begin != size) {
    throw BadInput(fmt::format("{}: {} {} takes {} bytes but 'data_offsets' are [{}, {}]", where,
                               name(entry.view.dtype), shape_text(entry.view.shape), size, entry.begin, entry.end));
  }
  return entry;
}

}  // namespace

std::int64_t TensorView::elements() const noexcept {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::vector<float> to_float(const TensorView& tensor) { return widen<float>(tensor); }
std::vector<double> to_double(const TensorView& tensor) { return widen<double>(tensor); }

std::optional<std::int64_t> first_not_finite(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::F64:
      return first_with_full_exponent<std::uint64_t>(tensor, 0x7ff0000000000000U);
    case DType::F32:
      return first_with_full_exponent<std::uint32_t>(tensor, 0x7f800000U);
    case DType::F16:
      return first_with_full_exponent<std::uint16_t>(tensor, 0x7c00U);
    case DType::BF16:
      return first_with_full_exponent<std::uint16_t>(tensor, 0x7f80U);
    default:
      return std::nullopt;
  }
}

std::string shape_text(std::span<const std::int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

struct SafetensorsFile::Rep {
  std::filesystem::path path;
  void* mapping = MAP_FAILED;
  std::size_t size = 0;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;

  Rep() = default;
  Rep(const Rep&) = delete;
  Rep& operator=(const Rep&) = delete;
  ~Rep() {
    if (mapping != MAP_FAILED) ::munmap(mapping, size);
  }
};

SafetensorsFile::SafetensorsFile(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;
SafetensorsFile::~SafetensorsFile() = default;

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto rep = std::make_unique<Rep>();
  rep->path = path;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw BadInput(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  struct stat status {};
  const bool statted = ::fstat(descriptor, &status) == 0;
  if (!statted || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw BadInput(fmt::format("{}: is not a regular file", path.string()));
  }
  rep->size = static_cast<std::size_t>(status.st_size);
  if (rep->size < 8) {
    ::close(descriptor);
    throw BadInput(
        fmt::format("{}: is truncated: {} bytes, a safetensors file has 8 or more", path.string(), rep->size));
  }
  rep->mapping = ::mmap(nullptr, rep->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int map_error = errno;
  ::close(descriptor);
  if (rep->mapping == MAP_FAILED) {
    throw Error(fmt::format("{}: cannot be mapped into memory: {}", path.string(), std::strerror(map_error)));
  }

  const auto* base = static_cast<const std::byte*>(rep->mapping);
  const auto header_size = load<std::uint64_t>(base);
  if (header_size > kLongestHeader) {
    throw BadInput(fmt::format("{}: a header of {} bytes is past the format's limit of {}; this is no safetensors file",
                               path.string(), header_size, kLongestHeader));
  }
  if (header_size > rep->size - 8) {
    throw BadInput(fmt::format("{}: is truncated: its header takes {} bytes and {} follow", path.string(), header_size,
                               rep->size - 8));
  }
  const Json header =
      parse_header(path, {reinterpret_cast<const char*>(base + 8), static_cast<std::size_t>(header_size)});
  const std::uint64_t data_size = rep->size - 8 - header_size;
  const std::byte* data = base + 8 + header_size;

  std::vector<std::pair<std::uint64_t, std::string>> order;
  std::map<std::string, std::uint64_t> ends;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") {
      if (!value.is_object() || !std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); })) {
        throw BadInput(fmt::format("{}: '__metadata__' must map strings to strings", path.string()));
      }
      rep->metadata = value.get<std::map<std::string, std::string>>();
      continue;
    }
    Entry entry = parse_entry(fmt::format("{}: tensor '{}'", path.string(), key), value);
    if (entry.end > data_size) {
      throw BadInput(fmt::format("{}: is truncated: tensor '{}' ends at byte {} of the data and there are {}",
                                 path.string(), key, entry.end, data_size));
    }
    entry.view.bytes = {data + entry.begin, static_cast<std::size_t>(entry.end - entry.begin)};
    order.emplace_back(entry.begin, key);
    ends.emplace(key, entry.end);
    rep->tensors.emplace(key, std::move(entry.view));
  }
  // Empty tensors share an offset with their neighbour; sorting by (begin, end) keeps them in front of it.
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.first, ends[a.second]) < std::pair(b.first, ends[b.second]);
  });
  std::uint64_t expected = 0;
  std::string before = "the header";
  for (const auto& [begin, key] : order) {
    if (begin != expected) {
      throw BadInput(fmt::format("{}: tensor '{}' begins at byte {} of the data where {} ends at {}: they {}",
                                 path.string(), key, begin, before, expected,
                                 begin < expected ? "overlap" : "leave a gap"));
    }
    expected = ends[key];
    before = "'" + key + "'";
  }
  if (expected != data_size) {
    throw BadInput(fmt::format("{}: {} bytes of data follow the header and its tensors take {}", path.string(),
                               data_size, expected));
  }
  return SafetensorsFile(std::move(rep));
}

const std::filesystem::path& SafetensorsFile::path() const noexcept { return rep_->path; }

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> result;
  for (const auto& [key, view] : rep_->tensors) result.push_back(key);
  return result;
}

bool SafetensorsFile::contains(const std::string& name) const noexcept { return rep_->tensors.contains(name); }

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = rep_->tensors.find(name);
  if (found == rep_->tensors.end()) throw BadInput(fmt::format("{}: holds no tensor '{}'", rep_->path.string(), name));
  return found->second;
}

const std::map<std::string, TensorView>& SafetensorsFile::tensors() const noexcept { return rep_->tensors; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const noexcept { return rep_->metadata; }

void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return std::pair(size_of(b.dtype), std::string_view(a.name)) <
           std::pair(size_of(a.dtype), std::string_view(b.name));
  });
  OrderedJson header = OrderedJson::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    std::uint64_t size = 0;
    if (!size_in_bytes(tensor.dtype, tensor.shape, size) || size != tensor.bytes.size()) {
      throw BadInput(fmt::format("{}: tensor '{}' of type {} and shape {} was given {} bytes", path.string(),
                                 tensor.name, name(tensor.dtype), shape_text(tensor.shape), tensor.bytes.size()));
    }
    if (header.contains(tensor.name))
      throw BadInput(fmt::format("{}: two tensors named '{}'", path.string(), tensor.name));
    header[tensor.name] = {
        {"dtype", name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  const std::filesystem::path beside = path.string() + ".partial";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const NamedTensor& tensor : tensors) {
    out.write(reinterpret_cast<const char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size()));
  }
  out.close();
  if (!out) throw Error(fmt::format("{}: cannot be written: {}", beside.string(), std::strerror(errno)));
  std::filesystem::rename(beside, path);
}

}  // namespace assay::models
