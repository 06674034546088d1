// Pictures for the documentation: node screenshots.mjs report.html FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { close, open, seeAll } from './browser.mjs';

const [report, folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node screenshots.mjs report.html FOLDER');
mkdirSync(folder, { recursive: true });

/** One section as a reader sees it. */
async function section(name, selector, { height = 900, ...options } = {}) {
  const { page, close: done } = await open(report, { width: 1280, height, ...options });
  await seeAll(page);
  await page.locator(selector).evaluate((one) => one.scrollIntoView({ block: 'start' }));
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await done();
}

await section('report-answer', 'body', { height: 980 });
await section('report-matrix', '#matrix', { height: 980 });
await section('report-pictures', '#differences', { height: 1150 });
await section('report-example', '#example', { hash: '#example=routing/17', height: 900 });
await section('report-dark', '#volume', { colorScheme: 'dark', height: 1100 });
await close();
