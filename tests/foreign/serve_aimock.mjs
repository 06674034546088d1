// serve_aimock.mjs '{"key": "…", "chaos": {…}}': @copilotkit/aimock, which answers message number i with the i-th desk.
// Prints its address. Serves until its standard input ends.
import { LLMock } from "@copilotkit/aimock";

const { key, chaos } = JSON.parse(process.argv[2] ?? "{}");
const mock = new LLMock({ port: 0, host: "127.0.0.1", strict: true, chaos, ...(key ? { auth: { apiKeys: [key] } } : {}) });
const desks = ["billing", "outage", "account"];
const last = (request) => request.messages.filter((message) => message.role === "user").at(-1);
const usage = { prompt_tokens: 11, completion_tokens: 3, input_tokens: 11, output_tokens: 3 };

const type = "invalid_request_error";
const refuse = (model, status, error) => mock.on({ model }, { error, status });
refuse("too-small", 400, { message: "This model's maximum context length is 8 tokens", type, code: "context_length_exceeded" });
refuse("unknown", 404, { message: "The model `unknown` does not exist", type, code: "model_not_found" });
refuse("spent", 429, { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" });
refuse("flagged", 403, { message: "Your input was flagged", metadata: { reasons: ["violence"], flagged_input: "message" } });
mock.on({ endpoint: "chat", predicate: last }, (request) => ({ content: desks[(/\d+/.exec(last(request).content)[0] % 1000) % 3], usage }));
mock.onEmbedding(/./, { embedding: [0.25, 0.5, 0.75] });

console.log(await mock.start());
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
