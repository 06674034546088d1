import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

const FOLDER = process.env.PAGE_REPORTS;
if (!FOLDER) throw new Error('PAGE_REPORTS names the folder that reports.py has filled');

/** Chromium as the distribution installs it; ASSAY_CHROMIUM names another. */
function executable() {
  const named = process.env.ASSAY_CHROMIUM;
  const found = [named, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  );
  if (!found) throw new Error('no Chromium: scripts/setup --tests installs it');
  return found;
}

let browser;

export async function launch() {
  browser ??= await chromium.launch({ executablePath: executable(), args: ['--no-sandbox'] });
  return browser;
}

export async function close() {
  await browser?.close();
}

export function pathOf(report) {
  return report.endsWith('.html') ? resolve(report) : join(resolve(FOLDER), `${report}.html`);
}

/**
 * Opens a report. `problems` gathers what must not happen: errors on the console, uncaught ones, requests to anything but
 * the file itself, dialogues.
 */
export async function open(report, { hash = '', width = 1280, height = 900, ...more } = {}) {
  const context = await (await launch()).newContext({ viewport: { width, height }, ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems = [];
  const url = pathToFileURL(pathOf(report)).href;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && !request.url().startsWith('data:'))
      problems.push(`request: ${request.url()}`);
  });
  await page.goto(url + hash);
  if (more.javaScriptEnabled !== false) await page.waitForSelector('html[data-ready]');
  return { page, problems, close: () => context.close() };
}

/** Scrolls through the whole page, so that all that is made when it is seen is made. */
export async function seeAll(page) {
  const step = 500;
  for (let y = 0; y < (await page.evaluate(() => document.documentElement.scrollHeight)); y += step) {
    await page.evaluate((top) => window.scrollTo(0, top), y);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  await page.waitForFunction(() => [...document.querySelectorAll('.chart')].every((chart) => chart.dataset.drawn));
  if (await page.locator('#examples .controls').count()) await page.waitForSelector('#examples table');
}
