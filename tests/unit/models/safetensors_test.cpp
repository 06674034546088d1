#include "models/safetensors.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "unit/models/temporary_folder.h"

namespace assay::models {
namespace {

using ::testing::HasSubstr;

std::string file_of(const std::string& header, const std::string& data = "") {
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, int begin, int end) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

struct Malformed {
  const char* what;
  std::string content;
  const char* message;
};

class MalformedSafetensors : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedSafetensors, IsRefusedWithItsReason) {
  const TemporaryFolder folder;
  const auto path = folder.write("model.safetensors", GetParam().content);
  try {
    SafetensorsFile::open(path);
    FAIL() << "accepted: " << GetParam().what;
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.safetensors"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MalformedSafetensors,
    ::testing::Values(
        Malformed{"empty", "", "truncated"}, Malformed{"seven bytes", "1234567", "truncated"},
        Malformed{"header past the end", std::string("\xff\0\0\0\0\0\0\0", 8) + "{}", "truncated"},
        Malformed{"header length of another kind of file",
                  "PK\x03\x04"
                  "abcdefghijkl",
                  "past the format's limit"},
        Malformed{"not JSON", file_of("{\"a\":"), "not JSON"}, Malformed{"a list", file_of("[]"), "not a JSON object"},
        Malformed{"invalid UTF-8", file_of("{\"\xff\":1}"), "not JSON"},
        Malformed{"data cut off", file_of("{" + entry("a", "F32", "[2]", 0, 8) + "}", "1234567"), "truncated"},
        Malformed{"data too long", file_of("{" + entry("a", "F32", "[2]", 0, 8) + "}", "123456789"), "9 bytes of data"},
        Malformed{
            "overlap",
            file_of("{" + entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 4, 12) + "}", "123456789012"),
            "overlap"},
        Malformed{
            "gap",
            file_of("{" + entry("a", "F32", "[1]", 0, 4) + "," + entry("b", "F32", "[1]", 8, 12) + "}", "123456789012"),
            "leave a gap"},
        Malformed{"size and shape differ", file_of("{" + entry("a", "F32", "[3]", 0, 8) + "}", "12345678"),
                  "takes 12 bytes"},
        Malformed{"end before begin", file_of("{" + entry("a", "F32", "[0]", 4, 0) + "}", "1234"), "data_offsets"},
        Malformed{"unknown dtype", file_of("{" + entry("a", "F12", "[1]", 0, 4) + "}", "1234"),
                  "unknown dtype \"F12\""},
        Malformed{
            "twice the same name",
            file_of("{" + entry("a", "F32", "[1]", 0, 4) + "," + entry("a", "F32", "[1]", 4, 8) + "}", "12345678"),
            "twice"},
        Malformed{"negative extent", file_of("{" + entry("a", "F32", "[-1]", 0, 4) + "}", "1234"), "non-negative"},
        Malformed{"product that overflows", file_of("{" + entry("a", "F32", "[4294967296,4294967296]", 0, 0) + "}"),
                  "too large"},
        Malformed{"extent that overflows",
                  file_of("{" + entry("a", "F32", "[18446744073709551615]", 0, 4) + "}", "1234"), "too large"},
        Malformed{"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", "1234"), "'shape'"},
        Malformed{"three offsets", file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", "1234"),
                  "two numbers"},
        Malformed{"a number for a tensor", file_of(R"({"a":1})"), "'shape'"},
        Malformed{"metadata that is no text", file_of(R"({"__metadata__":{"a":1}})"), "__metadata__"}),
    [](const auto& info) {
      std::string name = info.param.what;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

TEST(SafetensorsTest, AMissingFileIsNamed) {
  EXPECT_THROW(SafetensorsFile::open("/nowhere/model.safetensors"), BadInput);
  EXPECT_THROW(SafetensorsFile::open("/"), BadInput);
}

TEST(SafetensorsTest, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const std::vector<float> a{1.0F, -2.5F, 3.0F, 0.0F, 5.0F, 6.0F};
  const std::vector<std::int64_t> b{7, -8};
  const std::vector<std::uint16_t> c{to_bfloat16(1.5F)};
  const auto path = folder.path() / "t.safetensors";
  write_safetensors(path,
                    {{"b", DType::I64, {2}, std::as_bytes(std::span(b))},
                     {"c", DType::BF16, {}, std::as_bytes(std::span(c))},
                     {"a", DType::F32, {2, 3}, std::as_bytes(std::span(a))},
                     {"nothing", DType::F32, {0, 4}, {}}},
                    {{"format", "pt"}});
  const SafetensorsFile file = SafetensorsFile::open(path);
  EXPECT_THAT(file.names(), ::testing::ElementsAre("a", "b", "c", "nothing"));
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_THAT(file.at("a").shape, ::testing::ElementsAre(2, 3));
  EXPECT_EQ(to_float(file.at("a")), a);
  EXPECT_THAT(to_float(file.at("c")), ::testing::ElementsAre(1.5F));
  EXPECT_EQ(std::memcmp(file.at("b").bytes.data(), b.data(), 16), 0);
  EXPECT_TRUE(to_float(file.at("nothing")).empty());
  EXPECT_THROW((void)file.at("d"), BadInput);
  EXPECT_THROW(to_float(file.at("b")), BadInput);
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
}

TEST(SafetensorsTest, TensorsBeginAtMultiplesOfEight) {
  const TemporaryFolder folder;
  const std::vector<double> wide{1.0};
  for (std::size_t length = 1; length < 12; ++length) {
    const auto path = folder.path() / "t.safetensors";
    write_safetensors(path, {{std::string(length, 'n'), DType::F64, {1}, std::as_bytes(std::span(wide))}});
    const SafetensorsFile file = SafetensorsFile::open(path);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.tensors().begin()->second.bytes.data()) % 8, 0U);
  }
}

TEST(SafetensorsTest, EqualContentGivesEqualBytesWhateverTheOrder) {
  const TemporaryFolder folder;
  const std::vector<float> a{1.0F}, b{2.0F};
  const NamedTensor first{"a", DType::F32, {1}, std::as_bytes(std::span(a))};
  const NamedTensor second{"b", DType::F32, {1}, std::as_bytes(std::span(b))};
  write_safetensors(folder.path() / "1", {first, second});
  write_safetensors(folder.path() / "2", {second, first});
  const auto content = [&](const char* name) {
    std::ifstream in(folder.path() / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_EQ(content("1"), content("2"));
}

TEST(SafetensorsTest, WritingRefusesBytesThatDoNotFitAndNamesGivenTwice) {
  const TemporaryFolder folder;
  const std::vector<float> a{1.0F};
  const NamedTensor good{"a", DType::F32, {1}, std::as_bytes(std::span(a))};
  EXPECT_THROW(write_safetensors(folder.path() / "t", {{"a", DType::F32, {2}, std::as_bytes(std::span(a))}}), BadInput);
  EXPECT_THROW(write_safetensors(folder.path() / "t", {good, good}), BadInput);
}

TEST(DTypeTest, HalfPrecisionIsWidenedExactly) {
  EXPECT_EQ(from_half(0x3c00), 1.0F);
  EXPECT_EQ(from_half(0xc000), -2.0F);
  EXPECT_EQ(from_half(0x7bff), 65504.0F);
  EXPECT_EQ(from_half(0x0001), 0x1p-24F);
  EXPECT_EQ(from_half(0x83ff), -1023.0F * 0x1p-24F);
  EXPECT_TRUE(std::signbit(from_half(0x8000)));
  EXPECT_TRUE(std::isinf(from_half(0x7c00)));
  EXPECT_TRUE(std::isnan(from_half(0x7e00)));
}

TEST(DTypeTest, Bfloat16RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(from_bfloat16(to_bfloat16(1.0F)), 1.0F);
  EXPECT_EQ(from_bfloat16(to_bfloat16(1.0F + 0x1p-8F)), 1.0F);
  EXPECT_EQ(from_bfloat16(to_bfloat16(1.0F + 3 * 0x1p-8F)), 1.0F + 0x1p-6F);
  EXPECT_EQ(from_bfloat16(to_bfloat16(1.0F + 0x1.2p-8F)), 1.0F + 0x1p-7F);
  EXPECT_TRUE(std::isnan(from_bfloat16(to_bfloat16(std::bit_cast<float>(0x7f800001U)))));
  EXPECT_TRUE(std::isinf(from_bfloat16(to_bfloat16(std::numeric_limits<float>::max()))));
}

}  // namespace
}  // namespace assay::models
