#pragma once

/// Parameters of the engine's training loop, for the `properties` of a fine-tuning strategy's parameter schema: a string
/// literal to be joined with the strategy's own. A strategy declares `learning_rate` itself, as its default differs.
#define ASSAY_TRAINING_PARAMETERS \
  R"("epochs":{"type":"integer","minimum":1,"default":4,"description":"passes over the training rows"},)" \
  R"("max_steps":{"type":"integer","minimum":0,"default":0,"description":"updates; 0: as many as the epochs have"},)" \
  R"("batch_size":{"type":"integer","minimum":1,"default":16,"description":"rows a backward pass"},)" \
  R"("gradient_accumulation":{"type":"integer","minimum":1,"default":1,"description":"batches an update"},)" \
  R"("warmup_ratio":{"type":"number","minimum":0,"maximum":1,"default":0.06,"description":"share of the updates in which the learning rate rises"},)" \
  R"("schedule":{"type":"string","enum":["constant","linear","cosine"],"default":"linear","description":"how the learning rate falls"},)" \
  R"("final_share":{"type":"number","minimum":0,"maximum":1,"default":0,"description":"of the learning rate, at the last update"},)" \
  R"("weight_decay":{"type":"number","minimum":0,"default":0,"description":"AdamW's, on matrices"},)" \
  R"("beta1":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.9,"description":"AdamW's"},)" \
  R"("beta2":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.999,"description":"AdamW's"},)" \
  R"("epsilon":{"type":"number","exclusiveMinimum":0,"default":1e-8,"description":"AdamW's"},)" \
  R"("clip_norm":{"type":"number","minimum":0,"default":1,"description":"longest gradient; 0: any"},)" \
  R"("dtype":{"type":"string","enum":["f32","bf16","f64"],"default":"f32","description":"type of the arithmetic; bf16 keeps f32 master values"},)" \
  R"("validate_every":{"type":"integer","minimum":0,"default":0,"description":"updates between validations; 0: an epoch"},)" \
  R"("patience":{"type":"integer","minimum":0,"default":0,"description":"validations without improvement before stopping; 0: never stop early"},)" \
  R"("keep_best":{"type":"boolean","default":true,"description":"keep the weights of the lowest validation loss"})"
