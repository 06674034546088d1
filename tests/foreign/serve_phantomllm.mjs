// serve_phantomllm.mjs '{"key": "…", "error": 429}': phantomllm, which answers everything with one desk, streamed where asked.
// Prints its address. Serves until its standard input ends.
import { MockLLM } from "phantomllm";

const { key, error, stream } = JSON.parse(process.argv[2] ?? "{}");
const mock = new MockLLM();
await mock.start();
if (key) mock.expect.apiKey(key);
if (error) {
  mock.given.chatCompletion.willError(error, "it is not well");
} else if (stream) {
  mock.given.chatCompletion.willStream(["bil", "ling"]);
} else {
  mock.given.chatCompletion.willReturn("billing");
}
mock.given.embedding.willReturn([0.25, 0.5, 0.75]);

console.log(mock.baseUrl);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
