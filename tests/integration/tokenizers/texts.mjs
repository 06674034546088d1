// Texts that tokenizers find hard, the same ones at every call. Run by itself, writes 600 of them to a file, one a line.
import fs from "node:fs";
import { fileURLToPath } from "node:url";

const fixed = [
  "",
  " ",
  "  ",
  "a",
  "Hello, world!",
  "   leading and trailing   ",
  "I'm sure they've said it'll rain; you'D bETTER'S go'T 'ſ it'Re.",
  "tabs\tand\nnewlines\r\n\n  mixed\n\n\n   \n\t\tx",
  "1234567890 3.14159 1,000,000 ½ ² Ⅻ ٣٤٥ १२३ 𝟘𝟙 x1y22z333",
  "naïve café résumé — “quotes” … e\u0301 n\u0303 A\u030A Å ﬁ ﬂ ſt ＡＢＣ ① ㎏",
  "你好，世界！ 這是一個測試。 東京タワー 안녕하세요 세계",
  "Привет, мир! Γειά σου Κόσμε ΟΔΟΣ İstanbul ıI ẞß",
  "שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก ខ្មែរ བོད་",
  "🙂👩‍👩‍👧‍👦 👍🏽 🇩🇪🇫🇷 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣",
  "def f(x):\n    return x**2  # square\n\n\nclass A(B):\n\tpass\n",
  "if (a != b && c[i++] <= 0x1F) { s += \"\\n\\t\"; } // comment\n/* x */",
  "https://example.org/a?b=c&d=%20#frag user.name+tag@example.co.uk",
  "<s>[INST] <<SYS>> hi <</SYS>> [/INST]</s><|endoftext|> <|im_start|>user\nx<|im_end|>",
  "a<s>b </s> c<unk>d  <mask> e<mask>f <tool>  g_<word>_ <word> (<word>)",
  "\u0000\u0001\u0007\u001b[31m\u007f\u0085\u00a0\u00ad\u1680\u180e\u2000\u200b\u200c\u200d\u2028\u2029\u202e\u3000\ufeff\ufffd",
  "▁ ▁▁ a▁b ▁a Ġ ĠĠ <0x41> <0x0A> ##a",
  "ﷺ ﬃ Ⅷ ½ ㈱ ゛ が か\u3099 각 각 ｶﾞ Ω Å ﷲ",
  "don't stop... wait -- what?! (yes) [no] {maybe} *bold* _it_ ~~x~~ `code` $5 50% #1 @me ^_^",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "supercalifragilisticexpialidocious antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
];

/// Numbers from a counter (splitmix32), so that every run sees the same texts.
function* numbers(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    yield (z ^ (z >>> 15)) >>> 0;
  }
}

const ranges = [
  [0x20, 0x7e], [0x20, 0x7e], [0x61, 0x7a], [0x61, 0x7a], [0x0, 0x2f], [0x30, 0x39], [0xa0, 0x24f], [0x300, 0x36f],
  [0x370, 0x52f], [0x590, 0x6ff], [0x900, 0xdff], [0xe00, 0xfff], [0x1100, 0x11ff], [0x1e00, 0x1fff], [0x2000, 0x206f],
  [0x2070, 0x218f], [0x2460, 0x27bf], [0x3000, 0x30ff], [0x3400, 0x9fff], [0xac00, 0xd7a3], [0xf900, 0xfaff],
  [0xfb00, 0xffff], [0x10000, 0x12fff], [0x13000, 0x1ffff], [0x1f300, 0x1faff], [0x20000, 0x323af], [0xe0000, 0xe01ef],
];
const words = fixed.flatMap((text) => text.split(" ")).concat([" ", "  ", "\n", "\t", "<s>", "</s>", "<mask>", "<tool>"]);

function random(next, length) {
  let text = "";
  while (text.length < length) {
    const [first, last] = ranges[next() % ranges.length];
    for (let run = next() % 5; run >= 0; --run) {
      const code = first + (next() % (last - first + 1));
      if (code < 0xd800 || code > 0xdfff) text += String.fromCodePoint(code);
    }
    if (next() % 3 === 0) text += words[next() % words.length];
    if (next() % 2 === 0) text += " ";
  }
  return text;
}

export function texts(count, seed = 1) {
  const generator = numbers(seed);
  const next = () => generator.next().value;
  const generated = Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? random(next, 1 + (next() % 80))
      : Array.from({ length: 1 + (next() % 12) }, () => words[next() % words.length]).join(next() % 4 === 0 ? "" : " "),
  );
  return fixed.concat(generated);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  fs.writeFileSync(process.argv[2], texts(600).map((text) => text.replace(/[\n\r\0]/g, " ")).join("\n"));
