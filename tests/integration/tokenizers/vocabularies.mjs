// Real vocabularies, which npm packages carry, as the `model` of a tokenizer.json.
import fs from "node:fs";
import path from "node:path";

// GPT-2's printable spelling of bytes.
const byteSymbols = (() => {
  const symbols = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; ++byte) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    symbols.push(String.fromCodePoint(printable ? byte : next++));
  }
  return symbols;
})();
const spell = (bytes) => Array.from(bytes, (byte) => byteSymbols[byte]).join("");

// The two parts that byte-pair encoding makes a token of when it may use the tokens before it only.
function parts(bytes, ranks, limit) {
  let pieces = Array.from(bytes, (byte) => String.fromCharCode(byte));
  for (;;) {
    let best = -1;
    let bestRank = limit;
    for (let i = 0; i + 1 < pieces.length; ++i) {
      const rank = ranks.get(pieces[i] + pieces[i + 1]);
      if (rank !== undefined && rank < bestRank) [best, bestRank] = [i, rank];
    }
    if (best < 0) return pieces;
    pieces.splice(best, 2, pieces[best] + pieces[best + 1]);
  }
}

/// OpenAI's ranks: an encoder of the package tiktoken.
export function tiktoken(packages, name) {
  const encoder = JSON.parse(fs.readFileSync(path.join(packages, "tiktoken/encoders", `${name}.json`), "utf8"));
  const ranks = new Map();
  for (const line of encoder.bpe_ranks.split("\n")) {
    const [, first, ...tokens] = line.split(" ");
    tokens.forEach((token, i) => ranks.set(Buffer.from(token, "base64").toString("latin1"), Number(first) + i));
  }
  const vocab = {};
  const merges = [];
  for (const [text, rank] of [...ranks].sort((a, b) => a[1] - b[1])) {
    const bytes = Buffer.from(text, "latin1");
    vocab[spell(bytes)] = rank;
    if (bytes.length < 2) continue;
    const pair = parts(bytes, ranks, rank);
    if (pair.length === 2) merges.push(pair.map((part) => spell(Buffer.from(part, "latin1"))));
  }
  return { pattern: encoder.pat_str, model: { type: "BPE", vocab, merges, ignore_merges: true } };
}

async function fromLlamaPackage(packages, file, options) {
  const { default: tokenizer } = await import(path.join(packages, file));
  const vocab = {};
  tokenizer.vocabById.slice(0, options.size).forEach((token, id) => (vocab[token] = id));
  const merges = [...tokenizer.merges].sort((a, b) => a[1] - b[1]).map(([pair]) => pair.split(" "));
  return { type: "BPE", vocab, merges: merges.filter(([left, right]) => left + right in vocab), ...options.model };
}

/// Llama 2's 32,000 tokens with byte fallback.
export const llama2 = (packages) =>
  fromLlamaPackage(packages, "llama-tokenizer-js/llama-tokenizer.js", {
    size: 32000,
    model: { unk_token: "<unk>", fuse_unk: true, byte_fallback: true },
  });

/// Llama 3's 128,000 tokens, its special ones apart.
export const llama3 = (packages) =>
  fromLlamaPackage(packages, "llama3-tokenizer-js/bundle/llama3-tokenizer-with-baked-data.js", {
    size: 128000,
    model: { ignore_merges: true },
  });
