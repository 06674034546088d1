#include "config/perturbations.h"

#include <gmock/gmock.h>

#include "unit/config/experiment_fixture.h"

namespace assay::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PerturbationsTest : public assay::testing::ExperimentFixture {
 protected:
  std::vector<Perturbation> read(const std::string& items) const {
    return load(experiment() + "perturb:\n" + items).perturb;
  }
  std::vector<std::string> faults(const std::string& items) const {
    return problems(experiment() + "perturb:\n" + items);
  }
};

TEST_F(PerturbationsTest, AVariantIsCalledByWhatItChanges) {
  const auto list = read(
      "  - {typos: 0.05}\n  - {case: lower, whitespace: doubled}\n  - {name: mine, choices: reversed, shots: "
      "shuffled}\n"
      "  - {instruction: \"Décidez à quel bureau ce message doit être adressé.\"}\n");
  std::vector<std::string> names;
  for (const Perturbation& one : list) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("typos=0.05", "case=lower, whitespace=doubled", "mine",
                                 "instruction=Décidez à quel bureau ce message doit êt…"));
  EXPECT_EQ(list[0].typos, 0.05);
  EXPECT_EQ(list[1].letter_case, "lower");
  EXPECT_EQ(list[1].whitespace, "doubled");
  EXPECT_EQ(list[2].choices, "reversed");
  EXPECT_EQ(list[2].shots, "shuffled");
  EXPECT_EQ(list[3].position.line, 20);
}

TEST_F(PerturbationsTest, ATemplateIsAFileOfTheExperimentOrALibrarysPrompt) {
  write("other.j2", "{{ input }}");
  const auto list = read("  - {template: other.j2}\n  - {template: classification@1}\n");
  EXPECT_EQ(list[0].template_file, folder_ / "other.j2");
  EXPECT_EQ(list[1].template_file, "classification@1");
  EXPECT_THAT(faults("  - {template: none.j2}\n"),
              ElementsAre("e.yaml:17:16: 'perturb' names none.j2, which does not exist (paths are relative to the "
                          "experiment's folder)"));
}

TEST_F(PerturbationsTest, WhatIsThereTwiceOrChangesNothingIsNamedWithItsPlace) {
  EXPECT_THAT(
      faults("  - {typos: 0.1}\n  - {name: again, typos: 0.1}\n"),
      ElementsAre("e.yaml:18:5: this variant of 'perturb' changes what the one in line 17 does; leave one out"));
  EXPECT_THAT(faults("  - {name: a, typos: 0.1}\n  - {name: a, case: lower}\n"),
              ElementsAre("e.yaml:18:5: two variants of 'perturb' are called 'a'; give one of them another `name`"));
  EXPECT_THAT(
      faults("  - {name: idle}\n"),
      ElementsAre(HasSubstr("e.yaml:17:5: a variant of 'perturb' that changes nothing; give it one of instruction")));
}

TEST_F(PerturbationsTest, WhatTheSchemaRefusesIsSaidOnce) {
  EXPECT_THAT(faults("  - {typos: 1.5}\n"), ElementsAre(HasSubstr("'perturb[0].typos' must be at most 1")));
  EXPECT_THAT(faults("  - {choices: revresed}\n"), ElementsAre(HasSubstr("did you mean reversed?")));
  EXPECT_THAT(faults("  - {typoes: 0.1}\n"), ElementsAre(HasSubstr("unknown key 'typoes'")));
}

TEST_F(PerturbationsTest, WithoutTheSectionThereAreNone) { EXPECT_THAT(load(experiment()).perturb, IsEmpty()); }

}  // namespace
}  // namespace assay::config
