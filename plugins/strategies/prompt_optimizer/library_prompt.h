#pragma once
#include <string>

#include "prompt.h"

namespace prompt_optimizer {

/// A prompt as a file of the prompt library (docs/prompts.md): `prompt` written out, the question and what else the list's
/// strategies bring as variables. Texts are quoted where Jinja would read them.
std::string library_prompt(const Prompt& prompt, const std::string& instruction, const std::string& name,
                           const std::string& description);

}  // namespace prompt_optimizer
