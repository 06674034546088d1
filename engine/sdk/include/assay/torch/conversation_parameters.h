#pragma once

/// Parameters by which the engine trains on conversations, for the `properties` of a fine-tuning strategy's parameter
/// schema: a string literal to be joined with the strategy's own. A strategy that declares them needs no code for them.
#define ASSAY_CONVERSATION_PARAMETERS \
  R"("conversations":{"type":["array","null"],"minItems":1,"default":null,"description":"files of conversations, each {path, weight}: OpenAI's messages, ShareGPT's or Alpaca's, as they are; none: the dataset's own training rows","items":{"type":"object","additionalProperties":false,"required":["path"],"properties":{)" \
  R"("path":{"type":"string","minLength":1,"format":"path","description":"a .jsonl, .json, .csv or .tsv file"},)" \
  R"("weight":{"type":"number","exclusiveMinimum":0,"default":1,"description":"how often each of its conversations is read in an epoch"}}}},)" \
  R"("rows_weight":{"type":"number","minimum":0,"default":0,"description":"beside conversations: how often each of the dataset's own training rows is read in an epoch"},)" \
  R"("too_long":{"type":"string","enum":["error","cut","leave_out"],"default":"error","description":"what becomes of a conversation that does not fit the model's window; cut keeps the turns that fit"})"
