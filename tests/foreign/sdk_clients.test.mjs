// The clients that OpenAI and Anthropic publish, asking the server that our tests are run against: ADDRESS ends in /v1, KEY is its key.
import assert from "node:assert/strict";
import { test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";

const { ADDRESS, KEY } = process.env;
const openai = new OpenAI({ baseURL: ADDRESS, apiKey: KEY, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: ADDRESS.replace(/\/v1$/, ""), apiKey: KEY, maxRetries: 0 });
const chat = { model: "gpt", max_tokens: 16, messages: [{ role: "user", content: "which desk?" }] };

test("chat", async () => {
  const answer = await openai.chat.completions.create({ ...chat, n: 2, seed: 1, temperature: 1, logprobs: true });
  assert.equal(answer.object, "chat.completion");
  assert.equal(answer.choices.length, 2);
  assert.equal(answer.choices[1].message.role, "assistant");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(typeof answer.choices[0].logprobs.content[0].logprob, "number");
  assert.equal(typeof answer.created, "number");
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
});

test("a stream gives what one piece gives", async () => {
  const whole = await openai.chat.completions.create({ ...chat, temperature: 0 });
  let text = "", usage = null;
  for await (const chunk of await openai.chat.completions.create({ ...chat, temperature: 0, stream: true, stream_options: { include_usage: true } })) {
    assert.equal(chunk.object, "chat.completion.chunk");
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.deepEqual(usage, whole.usage);
  const gathered = await openai.chat.completions.stream({ ...chat, temperature: 0 }).finalChatCompletion();
  assert.equal(gathered.choices[0].message.content, text);
});

test("completions, drawn and scored", async () => {
  const drawn = await openai.completions.create({ model: "gpt", prompt: "which desk?", temperature: 0 });
  assert.equal(drawn.object, "text_completion");
  let text = "";
  for await (const chunk of await openai.completions.create({ model: "gpt", prompt: "which desk?", temperature: 0, stream: true })) text += chunk.choices[0]?.text ?? "";
  assert.equal(text, drawn.choices[0].text);
  const scored = await openai.completions.create({ model: "gpt", prompt: ["a b", "a c"], max_tokens: 0, echo: true, logprobs: 1 });
  for (const choice of scored.choices) assert.equal(choice.logprobs.token_logprobs.length, choice.logprobs.text_offset.length);
  assert.deepEqual(scored.choices.map((choice) => choice.index).sort(), [0, 1]);
});

test("vectors and models", async () => {
  const { data } = await openai.embeddings.create({ model: "e", input: "a text", encoding_format: "float" });
  assert.equal(data[0].object, "embedding");
  assert.equal(data[0].embedding.length, 2);
  const models = await openai.models.list();
  assert.equal(models.data[0].object, "model");
});

test("a file and a fine-tuning job, to its end", async () => {
  const row = JSON.stringify({ messages: [{ role: "user", content: "q" }, { role: "assistant", content: "a" }] });
  const file = await openai.files.create({ purpose: "fine-tune", file: await toFile(Buffer.from(`${row}\n`.repeat(10)), "rows.jsonl") });
  assert.equal(file.object, "file");
  const made = await openai.fineTuning.jobs.create({ model: "base", training_file: file.id, suffix: "desk", metadata: { a: "b" },
                                                     method: { type: "supervised", supervised: { hyperparameters: { n_epochs: 2 } } } });
  assert.equal(made.object, "fine_tuning.job");
  let job = made;
  for (let times = 0; job.status !== "succeeded" && times < 200; ++times) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    job = await openai.fineTuning.jobs.retrieve(made.id);
  }
  assert.match(job.fine_tuned_model, /^ft:base:/);
  const ids = [];
  for await (const one of openai.fineTuning.jobs.list({ limit: 1 })) ids.push(one.id);
  assert.ok(ids.includes(made.id));
  let events = 0;
  for await (const event of openai.fineTuning.jobs.listEvents(made.id, { limit: 2 })) {
    assert.equal(event.object, "fine_tuning.job.event");
    ++events;
  }
  assert.ok(events > 4, `${events} events over several pages`);
  const checkpoints = await openai.fineTuning.jobs.checkpoints.list(made.id);
  assert.equal(checkpoints.data[0].object, "fine_tuning.job.checkpoint");
  await assert.rejects(openai.fineTuning.jobs.cancel(made.id), OpenAI.BadRequestError);
  await assert.rejects(openai.fineTuning.jobs.retrieve("ftjob-none"), OpenAI.NotFoundError);
});

test("errors are those of the API", async () => {
  const stranger = new OpenAI({ baseURL: ADDRESS, apiKey: "sk-of-somebody-else", maxRetries: 0 });
  await assert.rejects(stranger.chat.completions.create(chat), (error) => error instanceof OpenAI.AuthenticationError && error.code === "invalid_api_key");
  await assert.rejects(openai.get("/nothing"), OpenAI.NotFoundError);
  const unknown = new Anthropic({ baseURL: ADDRESS.replace(/\/v1$/, ""), apiKey: "sk-of-somebody-else", maxRetries: 0 });
  await assert.rejects(unknown.messages.create(chat), Anthropic.AuthenticationError);
});

test("messages, in one piece and streamed", async () => {
  const whole = await anthropic.messages.create(chat);
  assert.equal(whole.type, "message");
  assert.equal(whole.stop_reason, "end_turn");
  const streamed = await anthropic.messages.stream(chat).finalMessage();
  assert.equal(streamed.content[0].text, whole.content[0].text);
  assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
});
