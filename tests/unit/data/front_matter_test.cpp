#include "data/front_matter.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"
#include "text/jinja/template.h"

namespace assay::data {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kGood =
    "---\nname: route\nversion: 1.2\ndescription: A desk for a message.\nvariables: {input: required, shots: "
    "optional}\noutput: label\n---\n";

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(parse_prompt_source(text, "p.j2"));
  } catch (const BadInput& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
  return text.replace(text.find(old), old.size(), with);
}

TEST(FrontMatterTest, ItIsReadAndTheRestIsTheTemplate) {
  const PromptSource source = parse_prompt_source(kGood + "{{ input }} =>\n", "p.j2");
  ASSERT_TRUE(source.about);
  EXPECT_EQ(source.about->reference(), "route@1.2");
  EXPECT_EQ(source.about->description, "A desk for a message.");
  EXPECT_EQ(source.about->output, "label");
  ASSERT_EQ(source.about->variables.size(), 2U);
  EXPECT_EQ(source.about->variables[0].name, "input");
  EXPECT_TRUE(source.about->variables[0].required);
  EXPECT_FALSE(source.about->variables[1].required);
  EXPECT_EQ(source.about->variables_line, 5);
  text::Template::Options options;
  EXPECT_EQ(text::Template::parse(source.jinja, options).render({{"input", "---\n{{ x }}"}}), "---\n{{ x }} =>")
      << "no line is left of it";
}

TEST(FrontMatterTest, LinesOfTheTemplateKeepTheirNumbers) {
  text::Template::Options options;
  options.name = "p.j2";
  try {
    static_cast<void>(text::Template::parse(parse_prompt_source(kGood + "good\n{% if %}", "p.j2").jinja, options));
    FAIL() << "it is no template";
  } catch (const text::TemplateError& error) {
    EXPECT_THAT(error.what(), StartsWith("p.j2:9:"));
  }
}

TEST(FrontMatterTest, AFileWithoutItIsATemplateFromItsFirstLine) {
  for (const char* text : {"", "-- -\nx", "{{ input }}\n---\nname: x\n---\n", " ---\n", "----\n---\n"}) {
    const PromptSource source = parse_prompt_source(text, "p.j2");
    EXPECT_FALSE(source.about);
    EXPECT_EQ(source.jinja, text);
  }
}

TEST(FrontMatterTest, WindowsLineEndsAreUnderstood) {
  std::string text;
  for (const char c : kGood) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(parse_prompt_source(text, "p.j2").about->name, "route");
}

TEST(FrontMatterTest, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(error_of("---\nname: x\n"),
            "p.j2:1:1: front matter begins with `---` and has no end: a line `---` is missing");
  EXPECT_THAT(error_of("---"), HasSubstr("p.j2:1:1: front matter begins"));
  EXPECT_THAT(error_of("---\n---\n"),
              HasSubstr("p.j2:2:1: front matter is a map of name, version, description, variables, output"));
  EXPECT_THAT(error_of(replaced(kGood, "output: label\n", "")), HasSubstr("front matter has no 'output'"));
  EXPECT_EQ(error_of(replaced(kGood, "output: label", "output: word")),
            "p.j2:6:9: 'output' is one of text, label, number, json, found 'word'");
  EXPECT_EQ(error_of(replaced(kGood, "output: label", "outputs: label")),
            "p.j2:6:1: unknown key 'outputs' in front matter; known: name, version, description, variables, output");
  EXPECT_EQ(error_of(replaced(kGood, "output: label", "name: other")), "p.j2:6:1: the key 'name' stands twice");
  EXPECT_EQ(error_of(replaced(kGood, "route", "Route 1")),
            "p.j2:2:7: 'name' consists of the letters a-z, digits and _, found 'Route 1'");
  EXPECT_THAT(error_of(replaced(kGood, "1.2", "1..2")), HasSubstr("p.j2:3:10: 'version' is a number such as 1 or 1.2"));
  EXPECT_THAT(error_of(replaced(kGood, "1.2", "[1]")), HasSubstr("p.j2:3:10: 'version' must be a text"));
  EXPECT_EQ(error_of(replaced(kGood, "shots: optional", "shots: maybe")),
            "p.j2:5:37: 'variables.shots' is `required` or `optional`, found 'maybe'");
  EXPECT_THAT(error_of(replaced(kGood, "shots: optional", "input: optional")),
              HasSubstr("the variable 'input' stands twice"));
  EXPECT_THAT(error_of(replaced(kGood, "{input: required, shots: optional}", "[input]")),
              HasSubstr("p.j2:5:12: 'variables' is a map"));
  EXPECT_THAT(error_of(replaced(kGood, "version: 1.2", "version: [1")), HasSubstr("p.j2:"));
}

}  // namespace
}  // namespace assay::data
