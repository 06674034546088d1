#include <filesystem>
#include <fstream>
#include <optional>

#include "fuzz/driver.h"
#include "text/jinja/template.h"

using namespace assay;

namespace {

// clang-format off
const std::vector<std::string> words = {
    "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{%+", "{{-", "-}}", "{{ x }}", "{% if x %}", "{% elif y %}", "{% else %}",
    "{% endif %}", "{% for a in xs %}", "{% for k, v in d.items() recursive %}", "{% endfor %}", "{% break %}", "{% continue %}",
    "{% set x = 1 %}", "{% set x %}", "{% endset %}", "{% set ns = namespace(n=0) %}", "{% set ns.n = ns.n + 1 %}",
    "{% macro m(a, b=2) %}", "{% endmacro %}", "{{ m(1) }}", "{% call m(1) %}", "{% endcall %}", "{{ caller() }}",
    "{% filter upper %}", "{% endfilter %}", "{% with a = 1 %}", "{% endwith %}", "{% raw %}", "{% endraw %}", "{% block b %}",
    "{% endblock %}", "{{ super() }}", "{{ self.b() }}", "{% include 'part' %}", "{% extends 'base' %}", "{% import 'part' as p %}",
    "{% from 'part' import m %}", "{% generation %}", "{% endgeneration %}", "{% autoescape true %}", "{% endautoescape %}",
    "loop", "loop.index", "loop.previtem", "loop.nextitem", "loop.changed(a)", "loop.cycle(1, 2)", "loop(xs)", "loop.last",
    "|upper", "|title", "|tojson", "|tojson(indent=2)", "|join(',')", "|length", "|sort", "|sort(attribute='k')", "|unique", "|map('upper')",
    "|map(attribute='k')", "|select('odd')", "|reject('none')", "|selectattr('k')", "|groupby('k')", "|batch(3, 'x')", "|slice(3)",
    "|first", "|last", "|list", "|string", "|int", "|float", "|round(2)", "|abs", "|default('d')", "|d('x', true)", "|replace('a', 'b')",
    "|trim", "|wordwrap(5)", "|wordcount", "|center(9)", "|indent(2)", "|truncate(5)", "|format(1, 2)", "|escape", "|safe", "|urlize",
    "|urlencode", "|xmlattr", "|striptags", "|pprint", "|filesizeformat", "|items", "|dictsort", "|sum", "|min", "|max", "|reverse",
    "|attr('k')", "|forceescape", "|random", ".split()", ".strip()", ".format(1)", "'%s %d' % (1, 2)", "'{:>10}'.format(x)", ".items()",
    "is defined", "is none", "is string", "is mapping", "is divisibleby 3", "is in xs", "is sameas x", "is callable", "not", "and", "or",
    "in", "if", "else", "==", "!=", "<=", "//", "**", "~", "[::-1]", "[1:]", "[-1]", "range(9)", "range(99999999)", "dict(a=1)", "cycler(1, 2)",
    "joiner(',')", "namespace()", "raise_exception('no')", "strftime_now('%Y')", "true", "none", "1.5e3", "0x1f", "'é🙂'", "\"q\"", "()",
    "[1, [2]]", "{'a': {'b': 1}}", "(1,)", "*xs", "**d", "__class__", "\n", "  ", "\r\n"};
// clang-format on

/// Templates of the tests' own cases.
std::vector<std::string> seeds() {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/unit/text/jinja/cases.json");
  std::vector<std::string> list;
  const Json document = Json::parse(file);
  for (const Json& row : document.at("cases")) list.push_back(row.at("template").get<std::string>());
  list.push_back(
      "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m.content | trim }}{% if not loop.last %}\n{% endif %}{% "
      "endfor %}");
  list.push_back(
      "{% set ns = namespace(f=none) %}{% for a in xs recursive %}{% set ns.f = loop.changed %}{{ loop.cycle('a', 'b') "
      "}}"
      "{% if loop.depth < 3 %}{{ loop(xs) }}{% endif %}{% else %}-{% endfor %}");
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  const OrderedJson context = OrderedJson::parse(R"({
    "x": "Hello, <b>wörld</b> 🙂", "y": 3, "xs": [3, 1, 2, -7], "d": {"k": "v", "n": null, "items": 1}, "r": 2.5, "none": null,
    "messages": [{"role": "user", "content": " Hi ", "k": 2}, {"role": "assistant", "content": "No.\n", "k": 1}]})");
  fuzz::Target target;
  target.name = "template";
  target.seeds = seeds();
  target.words = words;
  target.longest = 4096;
  target.read = [&](const std::string& input) {
    text::Template::Options options;
    options.strict = input.size() % 5 == 0;
    options.max_steps = 100'000;
    options.max_output = 1 << 20;
    options.now = 1'700'000'000;
    options.loader = [&](std::string_view name) -> std::optional<std::string> {
      if (name == "part")
        return "{% macro m(a) %}[{{ a }}{{ caller and caller() }}]{% endmacro %}{% set v = 1 %}{{ x }}";
      if (name == "base") return "<{% block b %}base{% endblock %}>{{ self.b() }}";
      if (name == "me") return input;
      return std::nullopt;
    };
    const auto parsed = text::Template::parse(input, options);
    static_cast<void>(parsed.undeclared_variables());
    static_cast<void>(parsed.missing_templates());
    const std::string first = parsed.render(context);
    if (first.size() > options.max_output) throw std::logic_error("a text past its limit");
    if (first.find(" at 0x") == std::string::npos && parsed.render(context) != first)
      throw std::logic_error("rendering twice gives two texts");
  };
  return fuzz::run(target, argc, argv);
}
