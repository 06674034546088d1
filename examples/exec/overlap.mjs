// The share of a target's words that the answer has: a scorer for assay's exec metric, in Node.
import { createInterface } from "node:readline";

const words = (text) => new Set(text.toLowerCase().split(/\s+/).filter(Boolean));

function score(example) {
  const target = words(example.target);
  const answer = words(example.answer);
  if (target.size === 0) return null;
  return [...target].filter((word) => answer.has(word)).length / target.size;
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  const reply =
    message.type === "hello"
      ? { protocol: 1, version: "1.0", outputs: [{ name: "word_overlap" }] }
      : { scores: message.examples.map(score) };
  process.stdout.write(JSON.stringify(reply) + "\n");
}
