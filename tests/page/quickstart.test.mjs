// The quickstart's report answers what people ask first, in visible text or within two presses.
import assert from 'node:assert/strict';
import { after, test as testOf } from 'node:test';

import { close, open, seeAll } from './browser.mjs';

const REPORT = process.env.QUICKSTART_REPORT;
const test = (name, run) => testOf(name, { timeout: 300_000 }, run);

after(close);

/** The dataset that is shown first, and what is recommended for it. */
async function answerOf(page) {
  return page.evaluate(() => {
    const [dataset] = JSON.parse(document.querySelector('#report').textContent).datasets;
    const chosen = dataset.groups.find((group) => group.group === dataset.recommendation.group);
    return { dataset: dataset.name, chosen: chosen.label, sentences: dataset.recommendation.sentences };
  });
}

const plain = (text) => text.replaceAll('`', '');
const visible = (page) => page.locator('body').innerText();

test('which strategy for 10,000 requests a month, and why: visible', async () => {
  const { page, close: done } = await open(REPORT);
  const { chosen, sentences } = await answerOf(page);
  const decision = await page.locator('.decision').innerText();
  assert.ok(decision.includes(`Choose ${chosen}`), decision);
  assert.ok(decision.includes(plain(sentences[1]).slice(0, 40)), decision);
  const tile = page.locator('.tile', { hasText: 'requests a month' });
  assert.equal(await tile.getByRole('spinbutton').inputValue(), '10000');
  assert.match(await tile.innerText(), /\$0\.\d+[^]*(costs less|No cell)/);
  const text = await visible(page);
  for (const reason of sentences.slice(2)) assert.ok(text.includes(plain(reason)), reason);
  await done();
});

test('is the gain over few_shot real: visible', async () => {
  const { page, close: done } = await open(REPORT);
  assert.match(
    await visible(page),
    /few_shot\(shots=16\): [+−][\d.]+ points \[[^\]]+\] – (▲ real: shown to be better|▼ shown to be worse|not shown to differ) \(adjusted p/,
  );
  await done();
});

test('where does the winner fail: two presses', async () => {
  const { page, close: done } = await open(REPORT);
  const tile = page.locator('.tile', { has: page.getByRole('heading', { name: 'Where it fails' }) });
  const isFlawless = (await tile.innerText()).includes('On none of the 300 test examples');
  await tile.getByRole('button').click();
  const list = page.locator('#examples .list tbody tr');
  await list.first().waitFor();
  assert.match(await list.first().locator('td').nth(2).innerText(), isFlawless ? /✓/ : /✗/);
  await list.first().getByRole('link').click();
  await page.locator('#example .side-by-side').waitFor();
  assert.match(await page.locator('#example').innerText(), /Raw output/);
  await done();
});

test('what did it cost to train: visible', async () => {
  const { page, close: done } = await open(REPORT);
  const tile = page.locator('.tile', { has: page.getByRole('heading', { name: 'Training' }) });
  assert.match(await tile.innerText(), /Training[^]*\d+(\.\d+)? s[^]*\$0\.\d+, once[^]*parameters/);
  await done();
});

test('how do I see the raw output of example 17: one press', async () => {
  const { page, close: done } = await open(REPORT);
  const { chosen, dataset } = await answerOf(page);
  await page.locator('#examples').scrollIntoViewIfNeeded();
  await page.getByLabel('Example id').fill('17');
  await page.locator('#examples').getByRole('button', { name: 'Open' }).click();
  const asked = page.locator('#example .asked', { hasText: chosen }).first();
  await asked.waitFor();
  assert.ok((await asked.locator('pre.output').innerText()).trim().length > 0);
  assert.match(await asked.innerText(), /Raw output[^]*read as[^]*Exact prompt[^]*prompt tokens/);
  assert.ok(page.url().endsWith(`#example=${dataset}/17`));
  await done();
});

test('it opens from disk without an error or a request, and all of its pictures draw', async () => {
  const { page, problems, close: done } = await open(REPORT);
  await seeAll(page);
  assert.deepEqual(problems, []);
  const drawn = await page.$$eval('.chart', (all) => all.map((chart) => chart.querySelectorAll('svg path').length));
  assert.ok(drawn.length >= 9 && drawn.every((paths) => paths > 3), drawn.join());
  await done();
});
