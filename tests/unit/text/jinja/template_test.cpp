#include "text/jinja/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace assay::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Template::Options with_files(std::map<std::string, std::string> files) {
  Template::Options options;
  options.loader = [files = std::move(files)](std::string_view name) -> std::optional<std::string> {
    const auto found = files.find(std::string(name));
    if (found == files.end()) return std::nullopt;
    return found->second;
  };
  return options;
}

std::string render(std::string_view source, const OrderedJson& variables = OrderedJson::object(),
                   const Template::Options& options = {}) {
  return Template::parse(source, options).render(variables);
}

std::string error_of(std::string_view source, Template::Options options = {}) {
  try {
    render(source, OrderedJson::object(), options);
  } catch (const TemplateError& error) {
    return error.what();
  }
  return "no error";
}

const std::string here = std::string(ASSAY_SOURCE_DIR) + "/tests/unit/text/jinja/";

TEST(TemplateTest, RendersTheRecordedCasesAsJinja2Did) {
  std::ifstream file(here + "cases.json");
  const OrderedJson document = OrderedJson::parse(file);
  const auto files = document.at("files").get<std::map<std::string, std::string>>();
  for (const OrderedJson& row : document.at("cases")) {
    const auto source = row.at("template").get<std::string>();
    SCOPED_TRACE(source);
    Template::Options options = row.value("files", false) ? with_files(files) : Template::Options();
    options.strict = row.value("strict", false);
    if (row.at("expected").is_null()) {
      EXPECT_THROW(render(source, document.at("context"), options), TemplateError);
      continue;
    }
    try {
      EXPECT_EQ(render(source, document.at("context"), options), row.at("expected").get<std::string>());
    } catch (const TemplateError& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

TEST(TemplateTest, TheRecordedCasesAreWhatTheInstalledJinja2Gives) {
  if (std::system("/usr/bin/python3 -c 'import jinja2' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "python3-jinja2 is not installed";
  EXPECT_EQ(std::system(("/usr/bin/python3 '" + here + "record_cases.py' --check").c_str()), 0);
}

TEST(TemplateTest, AnErrorNamesFileLineAndColumn) {
  Template::Options options;
  options.name = "prompts/route.j2";
  EXPECT_THAT(error_of("line one\né {{ 1 / 0 }}", options), HasSubstr("prompts/route.j2:2:8: division by zero"));
  EXPECT_THAT(error_of("a\n{% if x %}", options), HasSubstr("prompts/route.j2:2:11: "));
  EXPECT_THAT(error_of("{{ x|nofilter }}", options), HasSubstr("prompts/route.j2:1:6: No filter named 'nofilter'."));
}

TEST(TemplateTest, AnErrorInAnIncludedTemplateNamesThatTemplate) {
  EXPECT_THAT(error_of("{% include 'part.j2' %}", with_files({{"part.j2", "\n {{ 1 + 'a' }}"}})),
              HasSubstr("part.j2:2:7: "));
}

TEST(TemplateTest, AStrictTemplateRefusesAnAbsentField) {
  Template::Options options;
  options.strict = true;
  EXPECT_THAT(error_of("Q: {{ question }}", options), HasSubstr("<template>:1:7: 'question' is undefined"));
  EXPECT_EQ(render("{{ question|default('none') }}", OrderedJson::object(), options), "none");
}

TEST(TemplateTest, KeepsTheOrderOfTheKeysItIsGiven) {
  EXPECT_EQ(render("{{ row }}", {{"row", {{"zebra", 1}, {"ant", 2}}}}), "{'zebra': 1, 'ant': 2}");
}

TEST(TemplateTest, AnEndlessTemplateStopsAtItsLimits) {
  Template::Options options;
  options.max_steps = 10'000;
  EXPECT_THAT(error_of("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", options),
              HasSubstr("steps"));
  options.max_output = 1000;
  EXPECT_THAT(error_of("{{ 'ab' * 1000 }}", options), HasSubstr("1000 bytes"));
  EXPECT_THAT(error_of("{{ ('\"' * 400)|tojson|tojson|length }}", options), HasSubstr("1000 bytes"))
      << "on the way, not only at the end";
  EXPECT_THAT(error_of("{{ ['\"' * 600]|map('tojson')|map('length')|list }}", options), HasSubstr("1000 bytes"));
  EXPECT_THAT(error_of("{% for a in range(600) %}ab{% endfor %}", options), HasSubstr("1000 bytes"));
  EXPECT_THAT(error_of("{% set x = 'ab' %}{% for a in range(60) %}{% set ns = x ~ x %}{{ '%5000s' % ns }}{% endfor %}",
                       options),
              HasSubstr("1000 bytes"));
}

TEST(TemplateTest, DeepNestingAndRecursionAreErrors) {
  EXPECT_NE(error_of("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "no error");
  EXPECT_NE(error_of("{{ " + std::string(5000, '(')), "no error");
  EXPECT_NE(error_of("{{ " + std::string(100'000, '-') + "1 }}"), "no error");
  std::string sum = "{{ 1";
  for (int i = 0; i < 100'000; ++i) sum += "+1";
  EXPECT_NE(error_of(sum + " }}"), "no error");
  std::string blocks;
  for (int i = 0; i < 10'000; ++i) blocks += "{% if 1 %}";
  EXPECT_NE(error_of(blocks), "no error");
  EXPECT_NE(error_of("{% include 'a' %}", with_files({{"a", "{% include 'a' %}"}})), "no error");
  EXPECT_NE(error_of("{% extends 'a' %}", with_files({{"a", "{% extends 'a' %}"}})), "no error");
}

TEST(TemplateTest, UndeclaredVariablesAreThoseItLooksUp) {
  const auto names = [](std::string_view source) { return Template::parse(source, {}).undeclared_variables(); };
  EXPECT_THAT(names("{{ text }} {{ row.label }} {{ range(n)|join(sep) }}"), ElementsAre("n", "row", "sep", "text"));
  EXPECT_THAT(names("{% for x in xs %}{{ loop.index }}{{ x }}{% endfor %}{{ x }}"), ElementsAre("x", "xs"));
  EXPECT_THAT(names("{% set a = b %}{{ a }}{% macro m(c, d=e) %}{{ c }}{{ f }}{{ caller() }}{% endmacro %}"),
              ElementsAre("b", "e", "f"));
  EXPECT_THAT(names("{% if a %}{% set x = 1 %}{% endif %}{{ x }}"), ElementsAre("a", "x"));
  EXPECT_THAT(names("{% if a %}{% set x = 1 %}{% else %}{% set x = 2 %}{% endif %}{{ x }}"), ElementsAre("a"));
  EXPECT_THAT(names("{% macro m() %}{{ later }}{% endmacro %}{% set later = 1 %}{{ m() }}"), ElementsAre());
  EXPECT_THAT(names("{% block t %}{{ self.t }}{{ super() }}{{ z }}{% endblock %}{% set z = 1 %}"), ElementsAre("z"));
}

TEST(TemplateTest, ReferencedTemplatesAreFoundThroughEachOther) {
  const auto options = with_files({{"a", "{% extends 'b' %}"}, {"b", "{% import 'c' as c %}"}, {"c", ""}});
  EXPECT_THAT(Template::parse("{% if x %}{% include ['a', 'gone'] %}{% endif %}", options).referenced_templates(),
              ElementsAre("a", "b", "c", "gone"));
}

TEST(TemplateTest, TheTimeIsTheGivenOne) {
  Template::Options options;
  options.now = 0;
  EXPECT_EQ(render("{{ strftime_now('%Y') }}", OrderedJson::object(), options).size(), 4U);
  EXPECT_EQ(render("{{ strftime_now('') }}", OrderedJson::object(), options), "");
}

TEST(TemplateTest, OneTemplateRendersManyTimes) {
  const Template greeting = Template::parse("{% set n = n + 1 %}{{ n }}", {});
  EXPECT_EQ(greeting.render({{"n", 1}}), "2");
  EXPECT_EQ(greeting.render({{"n", 1}}), "2");
}

}  // namespace
}  // namespace assay::text
