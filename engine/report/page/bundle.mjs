// Bundles the page: node bundle.mjs OUTPUT_FOLDER, run beside src/ and node_modules/, writes page.js and page.css there.
// The same sources and lock file give the same bytes in every folder.
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
  return `/*!\n${parts.join('\n\n')}\n*/`.replace(/<\/(?=script|style)/gi, '< /').replace(/[^\x00-\x7f]/g, '?');
}

const script = await bundled('src/main.ts', { format: 'iife', target: 'es2022', platform: 'browser' });
const style = await bundled('style.css', { target: ['chrome123', 'firefox120', 'safari17.5'] });
const kept = await licences(packagesOf(script.inputs));
for (const text of [script.text, style.text]) {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error('The bundle holds a text that would end its own element.');
}
await writeFile(join(output, 'page.js'), `${kept}\n${script.text}`);
await writeFile(join(output, 'page.css'), style.text);
