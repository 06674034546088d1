// What a reader can do with a report, in Chromium. Reports come from reports.py, or PAGE_REPORTS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, test as testOf } from 'node:test';

import { close, open, pathOf, seeAll } from './browser.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const REPORTS = ['everything', 'planted', 'partial'];
const WIDTHS = [360, 1280, 1920];

after(close);

const test = (name, run) => testOf(name, { timeout: 300_000 }, run);

/** Violations that keep someone from reading: serious and critical ones. */
async function violations(page) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map(
      (one) =>
        `${one.id}: ${one.nodes
          .slice(0, 3)
          .map((node) => `${node.target} ${node.any[0]?.message ?? ''}`)
          .join('; ')}`,
    );
}

for (const report of REPORTS) {
  for (const width of WIDTHS) {
    test(`${report} at ${width} pixels: no error, no request, no sideways scrolling, every chart draws, no serious violation`, async () => {
      const { page, problems, close: done } = await open(report, { width });
      await seeAll(page);
      assert.deepEqual(problems, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `the page is ${wide} pixels wide`);
      const charts = await page.$$eval('.chart', (all) =>
        all.map((chart) => ({
          title: chart.closest('figure').querySelector('h3').textContent,
          label: chart.getAttribute('aria-label'),
          shapes: chart.querySelectorAll('svg path, svg rect, svg circle, svg line, svg polyline').length,
          texts: chart.querySelectorAll('svg text').length,
          rows: chart.closest('figure').querySelectorAll('table tbody tr').length,
        })),
      );
      for (const chart of charts) {
        assert.ok(
          chart.shapes > 3 && chart.texts > 1 && chart.rows > 0,
          `“${chart.title}” is empty: ${JSON.stringify(chart)}`,
        );
        assert.ok(chart.label.length > 20, `“${chart.title}” has no description`);
      }
      assert.deepEqual(await violations(page), []);
      await done();
    });
  }
}

test('a run of everything has every picture', async () => {
  const { page, close: done } = await open('everything');
  const titles = await page.$$eval('figure h3', (all) => all.map((one) => one.textContent));
  for (const wanted of [
    'Differences to',
    'against cost',
    'against latency',
    'against training time',
    'Total cost against volume',
    'Score by training-set size',
    'Loss by step',
    'Latency',
    'by language',
    'Confusion of',
    'Calibration',
    'Fragility',
    'Timeline',
  ]) {
    assert.ok(
      titles.some((title) => title.includes(wanted)),
      `${wanted} is missing among ${titles.join(', ')}`,
    );
  }
  assert.equal(await page.locator('.missing').count(), 0);
  await done();
});

test('another dataset is shown when it is picked, and says what it lacks', async () => {
  const { page, problems, close: done } = await open('everything');
  await page.getByLabel('Dataset').selectOption('more');
  await seeAll(page);
  assert.match(await page.locator('.question').textContent(), /more/);
  assert.match(await page.locator('#mistakes .missing').textContent(), /Slices.*by:/);
  assert.deepEqual(problems, []);
  await done();
});

const column = (page, name) =>
  page.$$eval(
    `#matrix tbody tr`,
    (rows, at) => rows.map((row) => row.children[at].textContent),
    name === 'value' ? 3 : 2,
  );

test('the matrix sorts by a press on a column’s head, and back', async () => {
  const { page, close: done } = await open('everything');
  const values = async () =>
    (await column(page, 'value')).map((text) => parseFloat(text.replace('−', '-'))).filter((x) => !Number.isNaN(x));
  const head = page.locator('#matrix th[data-column="value"]');
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  const descending = await values();
  assert.deepEqual(
    descending,
    [...descending].sort((a, b) => b - a),
  );
  await page.keyboard.press('Enter'); // the focus stays on the head
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  const ascending = await values();
  assert.deepEqual(
    ascending,
    [...ascending].sort((a, b) => a - b),
  );
  assert.ok(new Set(ascending).size > 2);
  await done();
});

test('the matrix shows another metric, a part of its rows, and strategies by models and datasets', async () => {
  const { page, close: done } = await open('everything');
  const before = await column(page, 'value');
  await page.locator('#matrix').getByLabel('Metric').selectOption('tokens');
  const after_ = await column(page, 'value');
  assert.notDeepEqual(before, after_);
  assert.match(await page.locator('#matrix thead').textContent(), /tokens/);
  await page.locator('#matrix').getByLabel('Filter').fill('few_shot more');
  const rows = await page.$$eval('#matrix tbody tr', (all) => all.map((row) => row.textContent));
  assert.ok(rows.length > 0 && rows.every((row) => row.includes('few_shot') && row.includes('more')));
  await page.locator('#matrix').getByLabel('Filter').fill('');
  await page.locator('#matrix').getByLabel('As').selectOption('grid');
  assert.match(await page.locator('#matrix thead').textContent(), /tickets · nano.*more · nano/);
  await done();
});

test('a number tells, at the keyboard too, the SQL that gives it: the store says the same', async () => {
  const { page, close: done } = await open('everything');
  const store = join(process.env.PAGE_REPORTS, 'everything/results/assay.sqlite');
  for (const [i, button] of (await page.locator('#matrix tbody td:nth-child(4) button.sourced').all()).entries()) {
    await button.focus();
    const tooltip = page.locator('#source-of-number');
    const [sql, command] = await tooltip.locator('code').allTextContents();
    assert.match(command, /^assay show [0-9a-f]+ --metric accuracy --run 1/);
    const value = execFileSync('sqlite3', ['-noheader', store, sql], { encoding: 'utf8' }).split('|')[0];
    assert.equal((100 * Number(value)).toFixed(1), await button.textContent());
    assert.equal(await button.getAttribute('aria-describedby'), 'source-of-number');
    if (i === 5) break;
  }
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#source-of-number').isHidden());
  await done();
});

test('“A right, B wrong” finds the planted disagreement, which opens side by side with the difference', async () => {
  const { page, problems, close: done } = await open('planted');
  const examples = page.locator('#examples');
  await examples.scrollIntoViewIfNeeded();
  await examples.getByLabel('A', { exact: true }).selectOption({ index: 0 });
  await examples.getByLabel('B', { exact: true }).selectOption({ index: 1 });
  await examples.getByLabel('Show').selectOption('a_right_b_wrong');
  await page.waitForFunction(() => document.querySelectorAll('#examples .list tbody tr').length === 1);
  const link = examples.locator('.list tbody a');
  assert.equal(await link.textContent(), 'row-17');
  await link.click();
  const detail = page.locator('#example');
  await detail.locator('.side-by-side').waitFor();
  assert.match(await detail.textContent(), /a planted mistake/);
  assert.equal(await detail.locator('.diff ins').first().textContent(), 'a planted mistake'.split(' ')[0]);
  assert.match(page.url(), /#example=plain\/row-17$/);
  assert.deepEqual(problems, []);
  await done();
});

test('a permalink opens its example, by id or by number, and says so where there is none', async () => {
  for (const [hash, wanted] of [
    ['#example=plain/row-17', /Example row-17[^]*question 17/],
    ['#example=plain/3', /question 3/],
    ['#example=plain/nowhere', /no example “nowhere”/],
  ]) {
    const { page, problems, close: done } = await open('planted', { hash });
    await page.waitForFunction(() => document.querySelector('#example')?.textContent !== '');
    assert.match(await page.locator('#example').textContent(), wanted);
    assert.ok(
      await page
        .locator('#example')
        .evaluate((one) => one === document.activeElement && one.getBoundingClientRect().top < window.innerHeight),
    );
    assert.deepEqual(problems, []);
    await done();
  }
});

test('a permalink into another dataset picks that dataset', async () => {
  const { page, close: done } = await open('everything', { hash: '#example=more/2' });
  await page.locator('#example .side-by-side').waitFor();
  assert.equal(await page.getByLabel('Dataset').inputValue(), 'more');
  await done();
});

test('a search looks into all texts', async () => {
  const { page, close: done } = await open('planted');
  const examples = page.locator('#examples');
  await examples.scrollIntoViewIfNeeded();
  await examples.getByLabel('Search').fill('PLANTED mistake');
  await page.waitForFunction(() => document.querySelectorAll('#examples .list tbody tr').length === 1);
  assert.equal(await examples.locator('.list tbody a').textContent(), 'row-17');
  await examples.getByLabel('Search').fill('nothing says this');
  await page.waitForFunction(() => /No example/.test(document.querySelector('#examples [role=status]').textContent));
  await done();
});

test('whatever a model wrote is text: nothing runs, nothing is fetched, control characters are pictures', async () => {
  for (let i = 0; i < 12; ++i) {
    const { page, problems, close: done } = await open('planted', { hash: `#example=plain/hostile-${i}` });
    const output = page.locator('#example pre.output').first();
    await output.waitFor();
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.deepEqual(problems, []);
    const text = await output.textContent();
    assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text), 'a control character was left');
    assert.equal(await output.locator('*:not(button)').count(), 0, 'markup became elements');
    if (text.includes('bell')) assert.match(text, /bell ␇ escape ␛\[31m/);
    if (text.includes('emoji')) assert.match(text, /🧑‍🚀🏳️‍🌈 ﷽ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢/u);
    if (text.startsWith('long')) {
      assert.ok(text.length < 30_000);
      await output.getByRole('button').click();
      assert.ok((await output.textContent()).length > 1_000_000);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 1280, `a long line makes the page ${wide} pixels wide`);
    }
    await done();
  }
});

test('a damaged block of examples is told, and the rest of the page stands', async () => {
  const damaged = join(process.env.PAGE_REPORTS, 'damaged.html');
  const text = readFileSync(pathOf('planted'), 'utf8');
  writeFileSync(damaged, text.replace(/(id="examples-0-index">)[^<]{40}/, `$1${'A'.repeat(40)}`));
  const { page, close: done } = await open(damaged);
  await page.locator('#examples').scrollIntoViewIfNeeded();
  await page.locator('#examples .alert').waitFor();
  assert.match(await page.locator('#examples .alert').textContent(), /cannot be read.*write the report again/);
  assert.ok((await page.locator('#matrix tbody tr').count()) > 0);
  await done();
});

test('what the winner gets wrong is one press away', async () => {
  const { page, close: done } = await open('everything');
  await page.getByRole('button', { name: 'See what it gets wrong' }).click();
  await page.locator('#examples').getByLabel('Show').locator('option[value=a_wrong]:checked').waitFor({ state: 'attached' });
  const list = page.locator('#examples .list tbody tr');
  await list.first().waitFor();
  assert.match(await list.first().locator('td').nth(2).innerText(), /✗/);
  await done();
});

test('the cost follows the volume that is typed', async () => {
  const { page, close: done } = await open('everything');
  const tile = page.locator('.tile', { hasText: 'requests a month' });
  const input = tile.getByRole('spinbutton');
  assert.equal(await input.inputValue(), '10000');
  const before = await tile.locator('.main').textContent();
  await input.fill('1000000');
  const after_ = await tile.locator('.main').textContent();
  assert.notEqual(before, after_);
  assert.match(after_, /^\$[\d.,]+$/);
  await done();
});

test('light and dark follow the system, and the switch', async () => {
  const luminance = (page) =>
    page.evaluate(() => {
      const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      return (r + g + b) / 3;
    });
  for (const [colorScheme, isDark] of [
    ['light', false],
    ['dark', true],
  ]) {
    const { page, problems, close: done } = await open('everything', { colorScheme });
    await seeAll(page);
    assert.equal((await luminance(page)) < 128, isDark);
    assert.deepEqual(await violations(page), []);
    const text = () => page.locator('.chart svg text').first().getAttribute('fill');
    const before = await text();
    await page.getByRole('button', { name: isDark ? 'Light' : 'Dark' }).click();
    assert.equal((await luminance(page)) < 128, !isDark);
    assert.notEqual(await text(), before);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(problems, []);
    await done();
  }
});

test('on paper all charts are drawn, all that is folded is open, and the screen is as before afterwards', async () => {
  const { page, problems, close: done } = await open('everything', { colorScheme: 'dark' });
  const folded = await page.locator('details:not([open])').count();
  await page.evaluate(() =>
    window.addEventListener('beforeprint', () => {
      window.printed = {
        charts: [...document.querySelectorAll('.chart')].map((chart) => chart.querySelectorAll('svg path').length),
        folded: document.querySelectorAll('details:not([open])').length,
        isDark: getComputedStyle(document.documentElement).getPropertyValue('--paper').trim() === '#15171a',
      };
    }),
  );
  const pdf = await page.pdf({ format: 'A4' });
  const seen = await page.evaluate(() => window.printed);
  assert.ok(seen.charts.length > 8 && seen.charts.every((paths) => paths > 3), JSON.stringify(seen));
  assert.equal(seen.folded, 0);
  assert.equal(seen.isDark, false);
  assert.ok(pdf.length > 50_000);
  await page.waitForFunction((count) => document.querySelectorAll('details:not([open])').length === count, folded);
  assert.deepEqual(problems, []);
  await done();
});

test('without a script the page is its tables', async () => {
  const { page, close: done } = await open('everything', { javaScriptEnabled: false });
  assert.match(await page.locator('main').innerText(), /Cells by accuracy/);
  assert.equal(await page.locator('nav').count(), 0);
  await done();
});

test('a partial run says what is missing and invents no interval', async () => {
  const { page, problems, close: done } = await open('partial');
  await seeAll(page);
  const text = await page.locator('main').innerText();
  assert.match(text, /1 stage failed/);
  assert.match(text, /nothing was recorded for example/);
  assert.match(await page.locator('#matrix').innerText(), /no result|failed/i);
  const wide = await page.$$eval('#matrix tbody .ci', (all) => all.map((one) => one.textContent));
  assert.ok(
    wide.every((one) => !/NaN|null|undefined/.test(one)),
    wide.join(),
  );
  assert.ok(!/NaN|undefined|null/.test(text));
  assert.deepEqual(problems, []);
  await done();
});

test('everything can be reached by the keyboard, and what has the focus is seen', async () => {
  const { page, close: done } = await open('everything');
  const seen = new Set();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return { name: one.tagName, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 };
    });
    seen.add(focus.name);
    assert.ok(focus.ring, `${focus.name} has the focus and does not show it`);
  }
  for (const name of ['A', 'BUTTON', 'SELECT', 'INPUT'])
    assert.ok(seen.has(name), `${name} was not reached: ${[...seen]}`);
  await done();
});
