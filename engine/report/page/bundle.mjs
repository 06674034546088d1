// Bundles the page: node bundle.mjs OUTPUT_FOLDER, where src/ and node_modules/ are beside it, writes page.js, page.css, and
// both as page_assets.cpp. The same sources and lock file give the same bytes in every folder.
import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

const folder = import.meta.dirname;
const output = process.argv[2];
if (!output) throw new Error('usage: node bundle.mjs OUTPUT_FOLDER');

async function bundled(entry, more) {
  const made = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    charset: 'ascii',
    legalComments: 'inline',
    logLevel: 'warning',
    ...more,
  });
  return { text: made.outputFiles[0].text, inputs: Object.keys(made.metafile.inputs) };
}

/** Names of the packages whose files are among `inputs`, in alphabetical order. */
function packagesOf(inputs) {
  const names = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter(Boolean))].sort();
}

/** What their licences ask to be kept: each package's licence and notice, whole. */
async function licences(names) {
  const parts = [];
  for (const name of names) {
    const at = join(folder, 'node_modules', name);
    const about = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
    const files = ['LICENSE', 'LICENSE.txt', 'LICENCE', 'NOTICE'].filter((file) => existsSync(join(at, file)));
    if (!files.some((file) => file.startsWith('LICEN'))) throw new Error(`${name} ${about.version} brings no licence`);
    const texts = await Promise.all(files.map((file) => readFile(join(at, file), 'utf8')));
    parts.push(`${name} ${about.version} (${about.license})`, ...texts.map((text) => text.trim()));
  }
  // A licence is text: nothing in it may end the comment, or the script that the bundle is put into.
  return `/*!\n${parts.join('\n\n').replaceAll('*/', '* /')}\n*/`.replace(/<\/(?=script|style)/gi, '< /').replace(/[^\x00-\x7f]/g, '?');
}

/** A text as C++: pieces that are joined, as compilers limit the length of one. */
function literal(text) {
  if (text.includes(')assay"')) throw new Error('The bundle holds the text that would end its own literal.');
  return text.match(/[^]{1,15000}/g).map((piece) => `R"assay(${piece})assay"`).join('\n');
}

const script = await bundled('src/main.ts', { format: 'iife', target: 'es2022', platform: 'browser' });
const style = await bundled('style.css', { target: ['chrome123', 'firefox120', 'safari17.5'] });
const texts = { 'page.js': `${await licences(packagesOf(script.inputs))}\n${script.text}`, 'page.css': style.text };
for (const [file, text] of Object.entries(texts)) {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${file} holds a text that would end its own element.`);
  await writeFile(join(output, file), text);
}
await writeFile(
  join(output, 'page_assets.cpp'),
  `#include "report/page/page_assets.h"

namespace assay::report {

const std::string_view kPageScript =
${literal(texts['page.js'])};
const std::string_view kPageStyle =
${literal(texts['page.css'])};

}  // namespace assay::report
`,
);
