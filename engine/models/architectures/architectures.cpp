#include "models/architectures/architectures.h"

#include <array>

namespace assay::models {

std::span<const Architecture> architectures() {
  static constexpr std::array kAll{
      Architecture{"gemma", "GemmaForCausalLM", &read_gemma},
      Architecture{"gpt2", "GPT2LMHeadModel", &read_gpt2},
      Architecture{"gpt_neox", "GPTNeoXForCausalLM", &read_gpt_neox},
      Architecture{"llama", "LlamaForCausalLM", &read_llama},
      Architecture{"mistral", "MistralForCausalLM", &read_mistral},
      Architecture{"phi", "PhiForCausalLM", &read_phi},
      Architecture{"qwen2", "Qwen2ForCausalLM", &read_qwen2},
      Architecture{"qwen3", "Qwen3ForCausalLM", &read_qwen3},
  };
  return kAll;
}

}  // namespace assay::models
