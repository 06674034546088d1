#include "run/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "assay/sdk/error.h"
#include "run/workbench.h"

namespace assay::run {
namespace {

TEST(JournalTest, TellsWhoseCodeADeadProcessWasIn) {
  const Journal host;
  const int descriptor = ::dup(host.descriptor());
  const pid_t child = ::fork();
  if (child == 0) {
    Journal worker(descriptor);
    worker.enter("few_shot");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(host.plugin(), "few_shot");
}

TEST(JournalTest, ForgetsAPluginThatReturned) {
  Journal journal;
  journal.enter("few_shot");
  journal.leave();
  EXPECT_EQ(journal.plugin(), "");
}

TEST(JournalTest, CutsANameThatIsTooLong) {
  Journal journal;
  journal.enter(std::string(5000, 'x'));
  EXPECT_EQ(journal.plugin(), std::string(255, 'x'));
}

TEST(JournalTest, AWorkerStartedByHandHasOneOfItsOwn) {
  Journal journal(-1);
  journal.enter("sft");
  EXPECT_EQ(journal.plugin(), "sft");
}

TEST(InPluginTest, WhateverAPluginThrowsNamesIt) {
  Journal journal;
  const auto said = [&](auto thrown) {
    try {
      in_plugin(journal, "bad", [&] { throw thrown; });
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(said(std::runtime_error("the shelf is empty")), "plugin 'bad': the shelf is empty");
  EXPECT_EQ(said(std::bad_alloc()), "plugin 'bad': out of memory");
  EXPECT_EQ(said(42), "plugin 'bad' threw something that is no std::exception");
  EXPECT_EQ(journal.plugin(), "");
}

TEST(InPluginTest, ACallGivesBackWhatThePluginGave) {
  Journal journal;
  EXPECT_EQ(in_plugin(journal, "good", [&] { return journal.plugin(); }), "good");
}

}  // namespace
}  // namespace assay::run
