// Renders JSON lines {"template", "context"} from its input; answers each with {"text"} or {"error"}, and how far it came.
#include <iostream>
#include <string>

#include "text/jinja/template.h"

int main() {
  using assay::OrderedJson;
  using assay::text::Template;
  for (std::string line; std::getline(std::cin, line);) {
    const OrderedJson row = OrderedJson::parse(line);
    OrderedJson answer;
    std::string stage = "compile";
    try {
      Template::Options options;
      options.name = "chat_template.jinja";
      const Template parsed = Template::parse(row.at("template").get<std::string>(), options);
      stage = "render";
      answer["text"] = parsed.render(row.at("context"));
    } catch (const assay::text::TemplateError& error) {
      answer["error"] = error.what();
      answer["stage"] = stage;
      answer["line"] = error.line;
    }
    std::cout << answer.dump() << '\n';
  }
  return 0;
}
