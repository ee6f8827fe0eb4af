import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { checkModel } from '../../src/model/checked-model.ts';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor, type ProgramChoice } from '../../src/model/purpose.ts';
import { pageOf } from '../../src/views/page/of.ts';
import { hasBrowser, openBrowser } from './browser.ts';
import { deepNetwork } from './deep-network.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'nnc-view-'));
let browser: Browser;

function written(
  model: string,
  choice: Omit<ProgramChoice, 'set'>,
  target: Target = defaultTargets.hardware,
): string {
  const parsed = parseModel(model);
  const { program, purpose } = checkedFor('dump', parsed, { ...choice, set: new Map() });
  const file = path.join(folder, `${path.basename(model, '.nn')}-${purpose.kind}-${target.class}.html`);
  writeFileSync(file, pageOf({ parsed, program, purpose, target }));
  return file;
}

beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** Messages on the console, errors, requests other than the page itself. */
  readonly complaints: readonly string[];
}

async function opened(file: string, width: number, scheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== `file://${file}` && !request.url().startsWith('data:')) {
      complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(`file://${file}`);
  await page.waitForSelector('html[data-ready]');
  return { page, complaints };
}

const marked = (page: Page, panel: string, mark: string): Promise<readonly string[]> =>
  page.$$eval(`#panel-${panel} .is-${mark}`, (elements) =>
    elements.filter((e) => e.closest('math') === null).map((e) => e.getAttribute('data-k') ?? ''),
  );

const valueKey = async (page: Page, panel: string, text: string): Promise<string> => {
  const row = page.locator(`#panel-${panel} .equation`, { hasText: text }).first();
  return (await row.getAttribute('data-k')) ?? '';
};

async function openOnly(page: Page, ...panels: readonly string[]): Promise<void> {
  for (const tab of await page.$$('#tabs [aria-pressed="true"]')) await tab.click();
  for (const panel of panels) await page.click(`#tabs [data-panel="${panel}"]`);
}

test.skipIf(!hasBrowser)(
  'the page of a program for the processor has its WebAssembly, line by line',
  async () => {
    const { page, complaints } = await opened(
      written('models/xor.nn', { purpose: 'train' }, defaultTargets.cpu),
      1280,
    );
    await openOnly(page, 'source', 'code');
    expect(await page.locator('#panel-code h1').innerText()).toBe('WebAssembly');
    await page.locator('#panel-source .line', { hasText: 'h = x |> Dense' }).click();
    const stored = page.locator('#panel-code .line.is-to', { hasText: '.store ' }).first();
    await stored.click();
    expect(await page.locator('#thread .is-from', { hasText: 'h = x |> Dense' }).count()).toBe(1);
    expect(await page.locator('#panel-source .line.is-from').count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

describe.skipIf(!hasBrowser)('the page of the perceptron', () => {
  let file = '';
  /** The kernel before it computes what corrects Adam's means. */
  const firstLayer = 'k1';
  beforeAll(() => {
    file = written('models/mlp.nn', { purpose: 'train' });
  });

  test('from a source line to its kernel and its WGSL, and back', async () => {
    const { page, complaints } = await opened(file, 1280);
    await openOnly(page, 'source', 'kernels', 'code');
    // It is open at first, but for its comments.
    const code = page.locator('#panel-code details[open]');
    expect(await code.locator('> summary').first().getAttribute('data-k')).toBe(firstLayer);
    const comments = code.locator('details', { hasText: '// Dense_1_y_sum' });
    expect(await comments.getAttribute('open')).toBeNull();
    await page.click('#panel-source [data-k="L0:11"]');
    // They say from which line it is.
    expect(await comments.getAttribute('open')).not.toBeNull();
    expect(await marked(page, 'source', 'selected')).toEqual(['L0:11']);
    const kernels = (await marked(page, 'kernels', 'to')).filter((key) => key.startsWith('k'));
    // The first layer, and the gradients of its weights, its bias and its output.
    expect(kernels).toHaveLength(4);
    expect(kernels).toContain(firstLayer);

    // A statement of the kernel's code knows the line that it came from.
    const statement = page.locator('#panel-code .line.is-to', { hasText: 'h[' }).last();
    await statement.click();
    expect(await marked(page, 'source', 'from')).toEqual(['L0:11']);
    expect(await marked(page, 'kernels', 'from')).toContain(firstLayer);
    expect(await page.locator('#thread .is-from', { hasText: 'h = x |> Dense' }).count()).toBe(1);

    await page.keyboard.press('Escape');
    expect(await page.$$('.panel .is-selected, .panel .is-from, .panel .is-to')).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('an equation knows its adjoint, its kernel and its buffer; the adjoint knows the equation', async () => {
    const { page, complaints } = await opened(file, 1280);
    await openOnly(page, 'equations', 'backward', 'memory');
    const h = await valueKey(page, 'equations', 'max(');
    await page.locator(`#panel-equations .equation[data-k="${h}"] .about`).click();
    const adjoints = await marked(page, 'backward', 'to');
    expect(adjoints).toHaveLength(2);
    expect(await marked(page, 'memory', 'to')).toContain(firstLayer);
    expect((await marked(page, 'memory', 'to')).some((key) => key.startsWith('b'))).toBe(true);

    await page.locator(`#panel-backward .equation[data-k="${adjoints.at(-1)}"] .about`).click();
    expect(await marked(page, 'equations', 'from')).toContain(h);

    // A tensor within a formula is that tensor.
    await page.locator('#panel-backward .equation math .t[data-k]').last().click();
    expect(await page.locator('#thread .is-selected').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a buffer shows who lives in it and who reads it', async () => {
    const { page } = await opened(file, 1280);
    await openOnly(page, 'memory', 'kernels');
    await page.locator('#panel-memory g.buffer.temporary .size').first().click({ force: true });
    const [buffer] = await marked(page, 'memory', 'selected');
    expect(buffer).toMatch(/^b\d+$/);
    expect((await marked(page, 'kernels', 'from')).length).toBeGreaterThan(0);
    expect((await marked(page, 'kernels', 'to')).length).toBeGreaterThan(0);
    await page.close();
  });

  test('layers of the graph open and close, by mouse and by key', async () => {
    const { page, complaints } = await opened(file, 1280);
    await openOnly(page, 'graph');
    const layer = page.locator('#panel-graph .box-head', { hasText: 'Dense_1' });
    const nodes = () => page.locator('#panel-graph .node').count();
    const before = await nodes();
    await layer.click();
    expect(await layer.getAttribute('aria-expanded')).toBe('false');
    expect(await nodes()).toBeLessThan(before);
    await page.keyboard.press('Enter');
    expect(await nodes()).toBe(before);
    expect(await page.locator('#panel-graph .edge.forward').count()).toBeGreaterThan(5);
    expect(await page.locator('#panel-graph .edge.adjoint').count()).toBeGreaterThan(5);
    const colour = (kind: string) =>
      page
        .locator(`#panel-graph .edge.${kind}`)
        .first()
        .evaluate((e) => getComputedStyle(e).stroke);
    expect(await colour('forward')).not.toBe(await colour('adjoint'));
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('by keyboard alone: search, arrows, Enter, numbers, theme', async () => {
    const { page, complaints } = await opened(file, 1280);
    await page.keyboard.press('/');
    await page.keyboard.type('d.Dense_1.W');
    await page.keyboard.press('Enter');
    expect(await page.locator('#thread .is-selected').innerText()).toBe('d.Dense_1.W');
    expect(page.url()).toContain('#d.Dense_1.W');
    await page.locator('#panel-source [tabindex="0"]').focus();
    const start = await page.evaluate(() => document.activeElement?.getAttribute('data-k'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const [line] = await marked(page, 'source', 'selected');
    expect(Number(line?.split(':')[1])).toBe(Number(start?.split(':')[1]) + 1);
    await page.keyboard.press('6');
    expect(await page.isVisible('#panel-code')).toBe(true);
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.keyboard.press('t');
    expect(await paper()).not.toBe(light);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('what does not fit is behind an arrow', async () => {
    const { page } = await opened(file, 1280);
    const arrow = page.locator('#panels-strip .arrow.right');
    expect(await arrow.isVisible()).toBe(false);
    for (const panel of ['kernels', 'code']) await page.click(`#tabs [data-panel="${panel}"]`);
    // The one that was opened last is in sight; others are to the left.
    const end = async () => {
      const box = await page.locator('#panel-code').boundingBox();
      return (box?.x ?? 0) + (box?.width ?? 0);
    };
    expect(await end()).toBeLessThanOrEqual(1280);
    await page.click('#panels-strip .arrow.left');
    await arrow.waitFor({ state: 'visible' });
    await arrow.click();
    await page.setViewportSize({ width: 400, height: 800 });
    await page.locator('#tabs-strip .arrow.right').waitFor({ state: 'visible' });
    await page.close();
  });

  test('a name in the address is selected when the page opens', async () => {
    const { page } = await opened(file, 1280);
    await page.goto(`file://${file}#logits`);
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    expect(await page.locator('#thread .is-selected').innerText()).toBe('logits');
    await page.close();
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)('readable at %i pixels, %s', async (width, scheme) => {
    const { page, complaints } = await opened(file, width, scheme);
    for (const tab of await page.$$('#tabs button')) {
      if ((await tab.getAttribute('aria-pressed')) !== 'true') await tab.click();
      const panel = `#panel-${await tab.getAttribute('data-panel')}`;
      const box = await page.locator(panel).boundingBox();
      expect(box?.width).toBeGreaterThan(Math.min(width, 330) - 30);
      if (width === 400) expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(400);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await lowContrast(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Texts with less than 4.5 : 1 between them and what is behind them (WCAG 2.1, level AA). */
const lowContrast = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (colour: string): number[] => {
      if (canvas === null) return [0, 0, 0, 255];
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (colour: number[]): number => {
      const [r = 0, g = 0, b = 0] = colour.map((c) =>
        c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element: Element): number[] => {
      for (let e: Element | null = element; e !== null; e = e.parentElement) {
        const colour = rgba(getComputedStyle(e).backgroundColor);
        if ((colour[3] ?? 0) > 250) return colour;
      }
      return [255, 255, 255, 255];
    };
    const poor = new Set<string>();
    for (const element of document.querySelectorAll('.panel:not([hidden]) *, #top *, #thread *')) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent?.trim() !== '');
      if (!own || element.closest('svg') !== null || element.getClientRects().length === 0) continue;
      const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5)
        poor.add(`${element.className} "${element.textContent?.slice(0, 20)}" ${ratio.toFixed(2)}`);
    }
    return [...poor].slice(0, 5);
  });

describe.skipIf(!hasBrowser)('a network of 50 residual convolutions', () => {
  test('stays small, opens at once, and finds its way from a line to a kernel', async () => {
    const model = path.join(folder, 'deep.nn');
    writeFileSync(model, deepNetwork(50));
    const file = written(model, { purpose: 'train' });
    expect(statSync(file).size).toBeLessThan(5e6);
    const { page, complaints } = await opened(file, 1280);
    // Folded layers are not made before they are opened.
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(8000);
    await page.click('#tabs [data-panel="equations"]');
    await page.click('#tabs [data-panel="kernels"]');
    expect(await page.locator('#panel-graph .box-head[aria-expanded="true"]').count()).toBe(0);
    await page.click('#panel-source [data-k="L0:30"]');
    // The one that it is in, and what holds the fifty.
    expect(await page.locator('#panel-graph .box-head[aria-expanded="true"]').count()).toBe(2);
    expect(await page.locator('#panel-graph .node.is-to').count()).toBeGreaterThan(4);
    // Those of the gradient are in a folder with those of the other forty-nine, which has a mark.
    expect(await marked(page, 'kernels', 'to')).toContainEqual(expect.stringMatching(/^k/));
    expect(await page.locator('#panel-kernels details.has-to:not([open])').count()).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe.skipIf(!hasBrowser)('passes of a repeat', () => {
  test('are one box and one line until they are opened', async () => {
    const model = path.join(folder, 'twelve.nn');
    writeFileSync(
      model,
      `layer Block(width: int) (x: f32[B, C]) -> f32[B, C] {
  return x + (x |> Dense(width) |> relu |> Dense(C))
}
model twelve {
  input x: f32[B, 8]
  target t: i32[B]
  h = x
  repeat 12 { h = h |> Block(16) }
  loss = cross_entropy(h |> Dense(3), t)
}
`,
    );
    const { page, complaints } = await opened(written(model, { purpose: 'grad' }), 1280);
    const title = 'Block_1 … Block_12 × 12';
    const heads = page.locator('#panel-graph .box-head');
    const before = await heads.count();
    expect(await heads.filter({ hasText: title }).count()).toBe(1);
    expect(await heads.filter({ hasText: 'Block_7' }).count()).toBe(0);
    await heads.filter({ hasText: title }).click();
    expect(await heads.count()).toBe(before + 12);
    const summary = page.locator('#panel-equations summary', { hasText: title });
    expect(await summary.count()).toBe(1);
    const seventh = page.locator('#panel-equations summary', { hasText: /^Block_7/ });
    expect(await seventh.count()).toBe(0);
    await summary.click();
    // What a folder holds is made after it is open.
    await seventh.waitFor();
    expect(await seventh.count()).toBe(1);
    await openOnly(page, 'kernels', 'types');
    const first = page.locator('#panel-kernels summary', { hasText: /Block_1_.* … .*Block_12_.* × 12$/ });
    expect(await first.count()).toBe(1);
    const types = page.locator('#panel-types summary', { hasText: /^Block_1 … .* × 12$/ });
    expect(await types.count()).toBe(1);
    expect(await page.locator('#panel-types .line', { hasText: 'Block_7' }).count()).toBe(0);
    await types.click();
    await page.locator('#panel-types .line', { hasText: 'Block_7: Block' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe('the file', () => {
  test('names nothing that would have to be fetched', () => {
    const html = readFileSync(written('models/scalar.nn', {}), 'utf8').replace(/id="data">[^<]*/, '');
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|@import|url\((?!#)/);
  });

  test('is the same for the same model, but for the times of passes', () => {
    const parsed = parseModel('models/xor.nn');
    const { program } = checkModel(parsed, { bindings: new Map(), training: false });
    const sizes = [0, 1].map(
      () => pageOf({ parsed, program, purpose: { kind: 'run' }, target: defaultTargets.software }).length,
    );
    expect(Math.abs(sizes[0]! - sizes[1]!)).toBeLessThan(400);
  });
});
