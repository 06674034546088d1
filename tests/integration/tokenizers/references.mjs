// usage: node references.mjs NODE_MODULES TRAINED OUT     TRAINED: a Unigram tokenizer.model that replaces by "nmt_nfkc"
// Writes tokenizers, and what Hugging Face's own library makes of hard texts: OUT/<name>/{tokenizer,reference}.json.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

import { readSentencePieceModel, sentencePieceModel } from "./sentencepiece.mjs";
import { texts } from "./texts.mjs";
import { llama2, llama3, tiktoken } from "./vocabularies.mjs";

const [packages, trainedModel, out] = process.argv.slice(2);
const hf = createRequire(path.join(packages, "/"))("tokenizers");

const added = (content, options = {}) => ({
  content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...options,
});
/// A tokenizer.json; added tokens get the ids that Hugging Face gives them.
function tokenizer(model, { tokens = [], ...parts }) {
  const known = model.type === "Unigram" ? Object.fromEntries(model.vocab.map(([token], id) => [token, id])) : model.vocab;
  let next = Object.keys(known).length;
  const added_tokens = tokens.map((token) => ({ id: known[token.content] ?? next++, ...token }));
  return { version: "1.0", truncation: null, padding: null, added_tokens, normalizer: null, pre_tokenizer: null,
           post_processor: null, decoder: null, ...parts, model };
}
const sequence = (kind, list) => ({ type: "Sequence", [kind]: list });
const byteLevel = (options = {}) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true, ...options });
const split = (pattern, behavior = "Isolated", invert = false) => ({ type: "Split", pattern, behavior, invert });
const byPattern = (Regex) => sequence("pretokenizers", [split({ Regex }), byteLevel({ use_regex: false })]);
const metaspace = (prepend_scheme, options = {}) => ({ type: "Metaspace", replacement: "▁", prepend_scheme, split: true, ...options });
const replace = (pattern, content) => ({ type: "Replace", pattern, content });
const template = (before, after, ids) => ({
  type: "TemplateProcessing",
  single: [...before.map((id) => ({ SpecialToken: { id, type_id: 0 } })), { Sequence: { id: "A", type_id: 0 } },
           ...after.map((id) => ({ SpecialToken: { id, type_id: 0 } }))],
  pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
  special_tokens: Object.fromEntries(Object.entries(ids).map(([id, number]) => [id, { id, ids: [number], tokens: [id] }])),
});
const llamaDecoder = sequence("decoders", [
  replace({ String: "▁" }, " "), { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 },
]);

function* byteLevels() {
  const tokens = [added("<|endoftext|>"), added("<|im_start|>"), added("<|im_end|>"), added("<tool>", { special: false })];
  const gpt2 = tiktoken(packages, "gpt2");
  yield ["gpt2", tokenizer(gpt2.model, { tokens, pre_tokenizer: byteLevel(), decoder: byteLevel() })];
  yield ["gpt2-prefix", tokenizer({ ...gpt2.model, ignore_merges: false }, {
    tokens: [...tokens, added("<mask>", { lstrip: true }), added("<word>", { single_word: true, rstrip: true, special: false })],
    pre_tokenizer: byteLevel({ add_prefix_space: true }), decoder: byteLevel(),
    post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0], trim_offsets: true, add_prefix_space: true } })];
  yield ["digits", tokenizer(gpt2.model, { tokens, decoder: byteLevel(),
    pre_tokenizer: sequence("pretokenizers", [{ type: "Digits", individual_digits: true }, byteLevel()]) })];
  const cl100k = tiktoken(packages, "cl100k_base");
  yield ["cl100k", tokenizer(cl100k.model, { tokens, pre_tokenizer: byPattern(cl100k.pattern), decoder: byteLevel() })];
  const qwen = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
  yield ["qwen2", tokenizer({ ...cl100k.model, ignore_merges: false }, {
    tokens, normalizer: { type: "NFC" }, pre_tokenizer: byPattern(qwen), decoder: byteLevel(), post_processor: byteLevel() })];
  const o200k = tiktoken(packages, "o200k_base");
  yield ["o200k", tokenizer(o200k.model, { tokens, pre_tokenizer: byPattern(o200k.pattern), decoder: byteLevel() })];
}

async function* llamas() {
  const three = await llama3(packages);
  const pattern = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
  yield ["llama3", tokenizer(three, {
    tokens: [added("<|begin_of_text|>"), added("<|end_of_text|>"), added("<|eot_id|>")], pre_tokenizer: byPattern(pattern),
    post_processor: sequence("processors", [byteLevel(), template(["<|begin_of_text|>"], [], { "<|begin_of_text|>": 128000 })]),
    decoder: byteLevel() })];

  const two = await llama2(packages);
  const tokens = [added("<unk>"), added("<s>"), added("</s>"), added("<mask>", { lstrip: true, rstrip: true }),
                  added("<tool>", { special: false, normalized: true }), added("<word>", { single_word: true, special: false })];
  const post_processor = template(["<s>"], ["</s>"], { "<s>": 1, "</s>": 2 });
  const plain = tokenizer(two, { tokens: tokens.slice(0, 3), post_processor: template(["<s>"], [], { "<s>": 1 }), decoder: llamaDecoder,
    normalizer: sequence("normalizers", [{ type: "Prepend", prepend: "▁" }, replace({ String: " " }, "▁")]) });
  yield ["llama2-sentencepiece", plain, { "tokenizer.model": sentencePieceModel(two),
    "tokenizer_config.json": JSON.stringify({ tokenizer_class: "LlamaTokenizer", add_bos_token: true, add_eos_token: false }) }];
  yield ["llama2", tokenizer(two, { tokens, post_processor, decoder: llamaDecoder,
    normalizer: sequence("normalizers", [{ type: "Prepend", prepend: "▁" }, replace({ String: " " }, "▁")]) })];
  for (const scheme of ["always", "first", "never"])
    yield [`llama2-${scheme}`, tokenizer(two, { tokens, post_processor, pre_tokenizer: metaspace(scheme, { split: scheme !== "first" }),
      decoder: scheme === "first" ? llamaDecoder : metaspace(scheme) })];
  yield ["llama2-no-fallback", tokenizer({ ...two, byte_fallback: false, fuse_unk: false }, { tokens, decoder: null })];

  const steps = {
    nfd: { type: "NFD" }, nfkc: { type: "NFKC" }, nfkd: { type: "NFKD" }, lower: { type: "Lowercase" },
    accents: sequence("normalizers", [{ type: "NFD" }, { type: "StripAccents" }]), nmt: { type: "Nmt" },
    strip: { type: "Strip", strip_left: true, strip_right: true },
    bert: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    spaces: replace({ Regex: " {2,}" }, "▁"), lines: replace({ Regex: "^" }, ">"), empty: replace({ Regex: "x*" }, "-"),
    words: replace({ Regex: String.raw`\b\w+\b` }, "w"), letters: replace({ Regex: String.raw`[^\p{L}\s]` }, "?"),
  };
  for (const [name, normalizer] of Object.entries(steps))
    yield [`normalizer-${name}`, tokenizer(two, { tokens, normalizer, pre_tokenizer: metaspace("first"), decoder: llamaDecoder })];

  const cuts = {
    punctuation: { type: "Punctuation", behavior: "Contiguous" }, digits: { type: "Digits", individual_digits: false },
    whitespace: { type: "Whitespace" }, "whitespace-split": { type: "WhitespaceSplit" }, bert: { type: "BertPreTokenizer" },
    delimiter: { type: "CharDelimiterSplit", delimiter: "e" }, fixed: { type: "FixedLength", length: 3 },
    thousands: split({ Regex: String.raw`(?=(\d{3})+(?!\d))` }), han: split({ Regex: String.raw`[\p{Han}]+` }),
    han2: split({ Regex: String.raw`[\p{L}&&[^\p{Han}]]+` }), possessive: split({ Regex: String.raw`\p{N}{1,3}+|\p{L}++` }),
    sets: split({ Regex: String.raw`[a-f[x-z]]+|[^\w\s]{,2}x|\h+` }),
  };
  for (const behavior of ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"])
    for (const invert of [false, true]) {
      cuts[`split-${behavior}-${invert}`] = split({ Regex: String.raw`\s|\p{P}` }, behavior, invert);
      cuts[`string-${behavior}-${invert}`] = split({ String: "a" }, behavior, invert);
    }
  for (const [name, cut] of Object.entries(cuts))
    yield [`cut-${name}`, tokenizer(two, { tokens, pre_tokenizer: sequence("pretokenizers", [cut, metaspace("first")]), decoder: llamaDecoder })];
}

/// A Unigram vocabulary that the library itself learns from the texts.
function trained(lines) {
  const file = path.join(out, "training.txt");
  fs.writeFileSync(file, lines.join("\n"));
  const learner = new hf.Tokenizer(hf.Unigram.empty());
  learner.setPreTokenizer(hf.metaspacePreTokenizer());
  learner.train([file]);
  const saved = path.join(out, "trained.json");
  learner.save(saved);
  return JSON.parse(fs.readFileSync(saved, "utf8")).model;
}

function* unigrams(lines) {
  const learnt = trained(lines);
  const model = { ...learnt, vocab: [["<unk>", 0], ...learnt.vocab.filter(([token]) => token !== "<unk>")], unk_id: 0 };
  const tokens = [added("<unk>"), added("<s>"), added("</s>"), added("<mask>", { lstrip: true })];
  const normalizer = sequence("normalizers", [{ type: "Nmt" }, { type: "NFKC" }, { type: "Strip", strip_left: false, strip_right: true },
                                              replace({ Regex: " {2,}" }, "▁")]);
  yield ["unigram", tokenizer(model, { tokens, normalizer, pre_tokenizer: metaspace("always"), decoder: metaspace("always") })];
  yield ["unigram-plain", tokenizer({ ...model, byte_fallback: false }, { decoder: { type: "Fuse" } })];
  const bytes = Array.from({ length: 256 }, (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, -30]);
  const spelled = new Set(bytes.map(([token]) => token));
  yield ["unigram-bytes", tokenizer({ ...model, byte_fallback: true, vocab: [...model.vocab.filter(([token]) => !spelled.has(token)), ...bytes] },
    { tokens, pre_tokenizer: metaspace("first"), decoder: llamaDecoder })];
}

/// As transformers converts the tokenizer.model of T5 and XLM-R.
function* converted() {
  const { vocab, charsmap } = readSentencePieceModel(fs.readFileSync(trainedModel));
  const model = { type: "Unigram", unk_id: 0, vocab, byte_fallback: false };
  const tokens = [added("<unk>"), added("<s>"), added("</s>"), added("<mask>", { lstrip: true })];
  const table = { type: "Precompiled", precompiled_charsmap: charsmap };
  yield ["precompiled", tokenizer(model, { tokens, pre_tokenizer: metaspace("always"), decoder: metaspace("always"),
    normalizer: sequence("normalizers", [table, { type: "Strip", strip_left: false, strip_right: true }, replace({ Regex: " {2,}" }, "▁")]),
    post_processor: template([], ["</s>"], { "</s>": 2 }) })];
  yield ["precompiled-first", tokenizer(model, { tokens, decoder: metaspace("first"),
    normalizer: sequence("normalizers", [{ type: "Strip", strip_left: true, strip_right: false }, table]),
    pre_tokenizer: sequence("pretokenizers", [{ type: "WhitespaceSplit" }, metaspace("first")]) })];
}

function* words(lines) {
  const vocab = {};
  for (const token of ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]) vocab[token] = Object.keys(vocab).length;
  for (const piece of new Set(lines.flatMap((line) => line.toLowerCase().match(/[a-z]{1,4}|[^\sa-z]/gu) ?? [])))
    for (const token of [piece, `##${piece}`]) vocab[token] ??= Object.keys(vocab).length;
  const shared = {
    tokens: ["[UNK]", "[CLS]", "[SEP]", "[MASK]"].map((token) => added(token)),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" }, post_processor: { type: "BertProcessing", sep: ["[SEP]", 2], cls: ["[CLS]", 1] },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  };
  yield ["wordpiece", tokenizer({ type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 40, vocab }, shared)];
  yield ["wordlevel", tokenizer({ type: "WordLevel", unk_token: "[UNK]", vocab }, { ...shared, decoder: null })];
}

async function* all(lines) {
  yield* byteLevels();
  yield* llamas();
  yield* unigrams(lines);
  yield* converted();
  yield* words(lines);
}

fs.mkdirSync(out, { recursive: true });
const many = texts(600);
const few = texts(150, 2);
// A folder holds its tokenizer.json, or the files that are named instead of it.
for await (const [name, description, files] of all(many)) {
  const folder = path.join(out, name);
  fs.mkdirSync(folder, { recursive: true });
  const json = JSON.stringify(description);
  for (const [file, content] of Object.entries(files ?? { "tokenizer.json": json })) fs.writeFileSync(path.join(folder, file), content);
  const reference = hf.Tokenizer.fromString(json);
  const rows = [];
  for (const text of /^(normalizer|cut)-/.test(name) ? few : many) {
    const ids = Array.from((await reference.encode(text)).getIds());
    const plain = Array.from((await reference.encode(text, null, { addSpecialTokens: false })).getIds());
    rows.push({ text, ids, plain, decoded: await reference.decode(ids, false), skipped: await reference.decode(ids, true) });
  }
  fs.writeFileSync(path.join(folder, "reference.json"), JSON.stringify(rows));
}
