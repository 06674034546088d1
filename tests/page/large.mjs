// How a large report behaves: node large.mjs report.html; prints one JSON object of seconds and megabytes.
import { readFileSync, readdirSync } from 'node:fs';

import { close, launch, open, seeAll } from './browser.mjs';

const report = process.argv[2];

/** Anonymous memory of the renderer, the process that holds the page, megabytes: the largest of Chromium's renderers. */
function rendererMegabytes() {
  let most = 0;
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      most = Math.max(most, Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) / 1024);
    } catch {
      // it ended meanwhile
    }
  }
  return most;
}

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

await launch();
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, rendererMegabytes());
}, 50);
const found = {};
let opened;
found.interactive = await timed(async () => {
  opened = await open(report);
  await opened.page.locator('#matrix th[data-column="value"] button').click();
});
const { page, problems } = opened;
found.megabytes_opened = rendererMegabytes();
found.examples_listed = await timed(async () => {
  await page.locator('#examples').scrollIntoViewIfNeeded();
  await page.waitForSelector('#examples .list');
});
found.filtered = await timed(async () => {
  await page.locator('#examples').getByLabel('Show').selectOption('a_right_b_wrong');
  await page.waitForFunction(() => /page 1 of/.test(document.querySelector('#examples [role=status]').textContent));
});
found.example_opened = await timed(async () => {
  await page.evaluate(() => {
    location.hash = '#example=rows/77777';
  });
  await page.locator('#example .side-by-side').waitFor();
});
await seeAll(page);
found.megabytes_seen = rendererMegabytes();
found.searched = await timed(async () => {
  await page.locator('#examples').getByLabel('Show').selectOption('all');
  await page.locator('#examples').getByLabel('Search').fill('Ticket 99999');
  await page.waitForFunction(() => /^1 of/.test(document.querySelector('#examples [role=status]').textContent), null, {
    timeout: 60_000,
  });
});
clearInterval(watch);
found.megabytes_peak = peak;
found.problems = problems;
console.log(JSON.stringify(found));
await close();
