#include "data/fingerprint.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using FingerprintTest = assay::testing::FolderFixture;

TEST(Sha256Test, AgreesWithPublishedVectors) {  // FIPS 180-4, appendix of examples
  EXPECT_EQ(sha256(std::string_view("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(std::string_view("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(Json{{"b", 1}, {"a", 2}}), sha256(std::string_view(R"({"a":2,"b":1})")));
}

TEST_F(FingerprintTest, AChangedFileIsHashedAnew) {
  const std::string file = write("a", "abc");
  FileHashes hashes(folder_ / "hashes.json");
  EXPECT_EQ(hashes.hash(file), sha256(std::string_view("abc")));
  write("a", "abd");
  EXPECT_EQ(hashes.hash(file), sha256(std::string_view("abd")));
  EXPECT_THROW(hashes.hash(folder_ / "absent"), BadInput);
}

TEST_F(FingerprintTest, WhatIsSettledIsRememberedAcrossProcesses) {
  const std::string file = write("a", "abc");
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  int looks = 0;
  const auto look = [&] { return Json(++looks); };
  {
    FileHashes hashes(folder_ / "hashes.json");
    EXPECT_EQ(hashes.remembered(file, "q", look), 1);
    EXPECT_EQ(hashes.remembered(file, "q", look), 1);
    EXPECT_EQ(hashes.remembered(file, "other", look), 2);
  }
  {
    FileHashes again(folder_ / "hashes.json");
    EXPECT_EQ(again.remembered(file, "q", look), 1);
    std::ifstream in(folder_ / "hashes.json");
    const std::string kept{std::istreambuf_iterator<char>(in), {}};
    EXPECT_THAT(kept, ::testing::Not(::testing::HasSubstr(folder_.string())));
    write("a", "abd");
    EXPECT_EQ(again.remembered(file, "q", look), 3);
  }
}

TEST_F(FingerprintTest, ATornMemoryIsForgotten) {
  write("hashes.json", "{\"1:2\": {\"state");
  FileHashes hashes(folder_ / "hashes.json");
  EXPECT_EQ(hashes.hash(write("a", "abc")), sha256(std::string_view("abc")));
}

}  // namespace
}  // namespace assay::data
