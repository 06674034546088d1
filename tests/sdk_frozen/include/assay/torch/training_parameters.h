#pragma once

/// Parameters of the engine's training loop, for the `properties` of a fine-tuning strategy's parameter schema: a string
/// literal to be joined with the strategy's own. A strategy declares `learning_rate` itself, as its default differs.
#define ASSAY_TRAINING_PARAMETERS \
  R"("epochs":{"type":"integer","minimum":1,"default":4,"description":"passes over the training rows"},)" \
  R"("max_steps":{"type":"integer","minimum":0,"default":0,"description":"updates; 0: as many as the epochs have"},)" \
  R"("max_tokens":{"type":"integer","minimum":0,"default":0,"description":"tokens that pass through training at most; 0: as many as the epochs have"},)" \
  R"("max_time":{"type":["number","string"],"minimum":0,"default":0,"pattern":"^([0-9]+(\\.[0-9]+)?[hms])+$","x-pattern-words":"seconds, or a text such as 90s, 10m or 1h30m","description":"of training, after which it ends with what it has: seconds, or a text such as 10m; its results are never reused; 0: none"},)" \
  R"("batch_size":{"type":"integer","minimum":1,"default":16,"description":"rows a batch"},)" \
  R"("batch_tokens":{"type":"integer","minimum":0,"default":0,"description":"a batch takes rows up to so many tokens instead; 0: batch_size rows"},)" \
  R"("gradient_accumulation":{"type":"integer","minimum":1,"default":1,"description":"batches an update"},)" \
  R"("warmup_ratio":{"type":"number","minimum":0,"maximum":1,"default":0.06,"description":"share of the updates in which the learning rate rises"},)" \
  R"("schedule":{"type":"string","enum":["constant","linear","cosine"],"default":"linear","description":"how the learning rate falls"},)" \
  R"("final_share":{"type":"number","minimum":0,"maximum":1,"default":0,"description":"of the learning rate, at the last update"},)" \
  R"("optimizer":{"type":"string","enum":["adamw","sgd"],"default":"adamw","description":"AdamW, or gradient descent with momentum"},)" \
  R"("momentum":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.9,"description":"SGD's"},)" \
  R"("weight_decay":{"type":"number","minimum":0,"default":0,"description":"on matrices; decoupled in AdamW, added to the gradient in SGD"},)" \
  R"("beta1":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.9,"description":"AdamW's"},)" \
  R"("beta2":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.999,"description":"AdamW's"},)" \
  R"("epsilon":{"type":"number","exclusiveMinimum":0,"default":1e-8,"description":"AdamW's"},)" \
  R"("clip_norm":{"type":"number","minimum":0,"default":1,"description":"longest gradient; 0: any"},)" \
  R"("dtype":{"type":"string","enum":["f32","bf16","f64"],"default":"f32","description":"type of the arithmetic; bf16 keeps f32 master values"},)" \
  R"("validate_every":{"type":"integer","minimum":0,"default":0,"description":"updates between validations; 0: an epoch"},)" \
  R"("select":{"type":"string","minLength":1,"default":"loss","description":"what tells the best weights on the validation rows: loss, or one of the experiment's metrics"},)" \
  R"("patience":{"type":"integer","minimum":0,"default":0,"description":"validations without improvement before stopping; 0: never stop early"},)" \
  R"("keep_best":{"type":"boolean","default":true,"description":"keep the best weights on the validation rows, not the last ones"},)" \
  R"("activation_checkpointing":{"type":"boolean","default":false,"description":"less memory for a third more time: layers are computed again on the way back"},)" \
  R"("checkpoint_every":{"type":"integer","minimum":0,"default":0,"description":"updates between checkpoints that a killed run goes on from; 0: about every 30 s"})"
