#include "library_prompt.h"

namespace prompt_optimizer {
namespace {

/// The text itself, or an expression whose value it is where something in it would be read as a template.
std::string literal(const std::string& text) {
  const bool plain = text.find("{{") == std::string::npos && text.find("{%") == std::string::npos &&
                     text.find("{#") == std::string::npos && !text.ends_with('\n') && !text.ends_with('{');
  return plain ? text : "{{ " + assay::Json(text).dump() + " }}";
}

}  // namespace

std::string library_prompt(const Prompt& prompt, const std::string& instruction, const std::string& name,
                           const std::string& description) {
  std::string text = "---\nname: " + name + "\nversion: 1\ndescription: " + assay::Json(description).dump() +
                     "\nvariables: {input: required, passages: optional, answer_prefix: optional}\noutput: text\n---\n";
  const std::string told = prompt.instruction.value_or(instruction);
  if (!told.empty()) text += literal(told) + "\n\n";
  text += "{% for passage in passages %}\n{{ passage.text }}\n\n{% endfor %}\n";
  for (const assay::sdk::Shot& shot : prompt.shots) {
    const std::string answer =
        shot.rationale.empty() ? shot.target : shot.rationale + " So the answer is " + shot.target;
    text += literal(shot.input) + "\nAnswer: " + literal(answer) + "\n\n";
  }
  return text + "{{ input }}\nAnswer:{% if answer_prefix %} {{ answer_prefix }}{% endif %}\n";
}

}  // namespace prompt_optimizer
