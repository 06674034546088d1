#pragma once
#include <assay/sdk/json.h>

#include "text/sentence_piece_model.h"
#include "text/token_model.h"

/// What transformers adds to a tokenizer from the files beside it.
namespace assay::text {

/// A tokenizer.json without a model for one that the SentencePiece library runs. Gives `config` the roles that the model
/// itself assigns (bos_token, …) where it names none. `added_tokens` is added_tokens.json: spellings to ids.
Json describe(const SentencePieceModel& model, Json& config, const Json& added_tokens);

/// Changes a tokenizer.json as tokenizer_config.json asks: tokens of `added_tokens_decoder` and tokens with a role are
/// added tokens, `add_prefix_space` overrides a byte-level pre-tokenizer's, and in tokenizers of the Llama and Gemma
/// classes `add_bos_token` and `add_eos_token` override the post-processor.
void follow_config(Json& description, const TokenModel& model, const Json& config);

}  // namespace assay::text
