#include <algorithm>
#include <stdexcept>

#include "data/front_matter.h"
#include "fuzz/driver.h"

using namespace assay;

int main(int argc, char** argv) {
  fuzz::Target target;
  target.name = "prompt";
  target.seeds = {
      "---\nname: route\nversion: 1.2\ndescription: A desk.\nvariables: {input: required, shots: optional}\noutput: "
      "label\n---\n{{ input }} =>\n",
      "---\r\nname: a\r\nversion: 1\r\ndescription: |\r\n  long\r\nvariables:\r\n  x: required\r\noutput: "
      "text\r\n---\r\n{% for s in shots %}\r\n{% endfor %}",
      "{{ input }}\n---\n", "---\n---\n"};
  target.words = {"---\n",    "---",    "\n",
                  "\r\n",     "{#",     "#}",
                  "-#}",      "name: ", "version: 1\n",
                  "&a ",      "*a",     "!!binary ",
                  "? ",       "- ",     "[",
                  "]",        "{",      "}",
                  "\"",       "'",      "|",
                  ">",        "<<: ",   "variables: {",
                  "required", "\xff",   std::string(1, '\0'),
                  "\t",       "#"};
  target.read = [](const std::string& input) {
    const data::PromptSource source = data::parse_prompt_source(input, "p.j2");
    if (!source.about) {
      if (source.jinja != input) throw std::logic_error("a file without front matter was changed");
      return;
    }
    if (source.about->name.empty() || source.about->version.empty() || source.about->output.empty())
      throw std::logic_error("front matter without a name");
    if (std::count(source.jinja.begin(), source.jinja.end(), '\n') != std::count(input.begin(), input.end(), '\n')) {
      throw std::logic_error("lines of the template moved");
    }
  };
  return fuzz::run(target, argc, argv);
}
