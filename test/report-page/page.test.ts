/** The report of a training, opened in a browser: no complaint, nothing wider than the screen, light and dark. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nnc } from '../support/command.ts';
import { hasBrowser, openBrowser } from '../view/browser.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nnc-report-'));
const file = path.join(folder, 'report.html');
let browser: Browser | undefined;

beforeAll(async () => {
  expect(nnc('digits', '--out', folder, '--train', '640', '--test', '200').stderr).not.toContain('error');
  const data = (kind: string) => [
    `x=${path.join(folder, `${kind}-images-idx3-ubyte`)}`,
    `t=${path.join(folder, `${kind}-labels-idx1-ubyte`)}`,
  ];
  const [x, t, xe, te] = [...data('train'), ...data('t10k')];
  const options = [
    '--data',
    x!,
    '--data',
    t!,
    '--eval',
    xe!,
    '--eval',
    te!,
    '--set',
    'hidden=12',
    '--epochs',
    '3',
  ];
  const { stderr, status } = nnc('train', 'models/mlp.nn', ...options, '--report', file, '--plot');
  expect(stderr).toMatch(/loss: training ⠒⠒⠒, held-out ⠒⠂⠐⠒\n *\S+ │/);
  expect(status).toBe(0);
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

test('one file of its own, with every section', () => {
  const text = readFileSync(file, 'utf8');
  // In the order in which they are looked at; the last two folded.
  let before = 0;
  for (const title of [
    'Curves',
    'Confusion matrix',
    'Worst examples',
    'First weights',
    'Weights and gradients',
    'The model',
  ]) {
    const at = text.indexOf(`<h2>${title}</h2>`);
    expect(at, title).toBeGreaterThan(before);
    before = at;
  }
  expect(text.match(/<details><summary><h2>/g)).toHaveLength(2);
  expect(text).toContain('200 held-out samples');
  expect(text).not.toMatch(/https?:|<script/);
  expect(statSync(file).size).toBeLessThan(1_000_000);
});

describe.skipIf(!hasBrowser)('in a browser', () => {
  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)('%i wide, %s', async (width, colorScheme) => {
    const page = await browser!.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== `file://${file}`)
        complaints.push(request.url());
    });
    await page.goto(`file://${file}`);
    expect(complaints).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const images = await page.$$eval('img', (all) => all.map((image) => image.naturalWidth));
    expect(images.length).toBeGreaterThan(30);
    expect(images.every((natural) => natural === 28)).toBe(true);
    // Text in the pictures of curves stays legible.
    const tick = await page.$$eval('svg text', (all) =>
      Math.min(...all.map((text) => text.getBoundingClientRect().height)),
    );
    expect(tick).toBeGreaterThan(9);
    const [ink, paper] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.documentElement);
      return [color, backgroundColor].map((text) => Number(/\d+/.exec(text)![0]));
    });
    expect(Math.abs(ink! - paper!)).toBeGreaterThan(150);
    expect(colorScheme === 'dark' ? paper! < 60 : paper! > 200).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Confusion matrix',
    );
    await page.close();
  });
});
