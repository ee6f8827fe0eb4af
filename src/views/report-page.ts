/** What a training was in, one page out that needs nothing but itself: no script, no font, no network. */

import { groupedDigits } from '../terminal/grouped-digits.ts';
import { numberText } from '../terminal/progress.ts';
import { type Chart, overEpochs } from './chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { escapeHtml } from './html.ts';
import { lineChart } from './line-chart.ts';
import { paletteStyle, scrollingStyle } from './palette.ts';
import type {
  Classification,
  Example,
  ParameterHistory,
  Picture,
  ReportData,
  Summary,
} from './report-data.ts';
import { filterImage, largestOf, sampleImage } from './report-images.ts';

export async function reportPage(data: ReportData): Promise<string> {
  const sections = [
    section('Curves', await joined([...data.charts, ...(data.rates ? [data.rates] : [])].map(chartCard))),
    data.classification ? confusionSection(data.classification) : '',
    data.classification ? worstSection(data.classification) : '',
    data.filters ? filterSection(data.filters) : '',
    weightsFold(await joined(data.parameters.map(parameterCards))),
    fold('The model', `<pre class="scrolls" tabindex="0">${escapeHtml(data.source)}</pre>`),
  ];
  const facts = data.facts.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<link rel="icon" href="data:,">',
    `<title>Training of ${escapeHtml(data.model)}</title>`,
    `<style>${paletteStyle}${scrollingStyle}${style}</style>`,
    '</head>',
    '<body>',
    `<header><h1>Training of ${escapeHtml(data.model)}</h1><p>${escapeHtml(data.file)}</p><dl>${facts.join('')}</dl></header>`,
    `<main>${sections.join('')}</main>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const section = (title: string, cards: string): string =>
  cards === '' ? '' : `<section><h2>${title}</h2><div class="cards">${cards}</div></section>`;

/** What is looked at after all else. */
const fold = (title: string, body: string): string =>
  `<details><summary><h2>${title}</h2></summary>${body}</details>`;

const weightsFold = (cards: string): string =>
  cards === ''
    ? ''
    : fold(
        'Weights and gradients',
        `<p class="note">Norms of each parameter and its gradient, and how their numbers are spread: a column for each time, the stronger the more of them. The gradient is that of the first batch.</p><div class="cards">${cards}</div>`,
      );

/** None where there is nothing to show, as of a loss that never was a finite number. */
const card = (title: string, body: string): string =>
  body === '' ? '' : `<figure><figcaption>${escapeHtml(title)}</figcaption>${body}</figure>`;

const joined = async (parts: readonly Promise<string>[]): Promise<string> =>
  (await Promise.all(parts)).join('');

const chartCard = async (chart: Chart): Promise<string> => card(chart.title, await lineChart(chart));

const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'a number' : shape.join(' × '));

async function parameterCards({ path, shape, weights, gradients }: ParameterHistory): Promise<string> {
  const norms = (name: string, all: readonly Summary[]) => ({
    name,
    points: all.map(({ epoch, norm }) => ({ x: epoch, y: norm })),
  });
  const measured = gradients.length > 0;
  const curves = [norms('weights', weights), ...(measured ? [norms('gradient', gradients)] : [])];
  const cards = [
    card('norms', await lineChart(overEpochs(`${path}: norms over epochs`, 'norm', curves))),
    card('weights', await histogramChart(`${path}: weights over epochs`, weights, 'weights')),
    ...(measured
      ? [card('gradient', await histogramChart(`${path}: gradient over epochs`, gradients, 'gradients'))]
      : []),
  ].join('');
  return cards === '' ? '' : `<h3>${escapeHtml(path)} <small>${shapeText(shape)}</small></h3>${cards}`;
}

function confusionSection({ confusion, of, samples, names }: Classification): string {
  const right = confusion.reduce((sum, row, k) => sum + row[k]!, 0);
  const heads = names.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = confusion.map((row, k) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, c) => {
      const share = total === 0 ? 0 : n / total;
      const kind = c === k ? 'hit' : 'miss';
      return `<td class="${n === 0 ? 'none' : kind}" style="--share:${share.toFixed(3)}">${n}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(names[k]!)}</th>${cells.join('')}<td class="recall">${total === 0 ? '' : `${((100 * row[k]!) / total).toFixed(0)}%`}</td></tr>`;
  });
  const head = `<tr><th scope="col">is \\ said</th>${heads}<th scope="col">found</th></tr>`;
  const note = `${groupedDigits(samples)} ${of} samples, ${((100 * right) / Math.max(1, samples)).toFixed(1)}% right. A row is what a sample is, a column what the model says.`;
  return `<section><h2>Confusion matrix</h2><p class="note">${note}</p><div class="scrolls" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion"><thead>${head}</thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function worstSection({ worst, of, names }: Classification): string {
  const tile = ({ sample, target, predicted, probability, picture, values }: Example): string => {
    const [is, said] = [target, predicted].map((k) => escapeHtml(names[k] ?? String(k)));
    const isRight = predicted === target;
    const name = `sample ${sample}: is ${is}${isRight ? '' : `, said ${said}`}`;
    const body = picture
      ? `<img src="${sampleImage(picture)}" alt="${name}" width="${picture.width}" height="${picture.height}">`
      : `<code>${values.map((v) => Number(v.toPrecision(3))).join(', ')}</code>`;
    return `<figure class="tile">${body}<figcaption>is <b>${is}</b>${isRight ? '' : `, said <b>${said}</b>`}<br><small>${numberText(probability)} · #${sample}</small></figcaption></figure>`;
  };
  return `<section><h2>Worst examples</h2><p class="note">The ${of} samples whose class the model gave the least, with what it gave, and the sample's number from 0.</p><div class="tiles">${worst.map(tile).join('')}</div></section>`;
}

function filterSection({ path, pictures }: NonNullable<ReportData['filters']>): string {
  const largest = largestOf(pictures);
  const tile = (picture: Picture, k: number): string =>
    `<figure class="tile"><img src="${filterImage(picture, largest)}" alt="${escapeHtml(path)}, row ${k}" width="${picture.width}" height="${picture.height}"><figcaption><small>${k}</small></figcaption></figure>`;
  return `<section><h2>First weights</h2><p class="note">The rows of ${escapeHtml(path)} as images: blue below 0, orange above, up to ${numberText(largest)}.</p><div class="tiles small">${pictures.map(tile).join('')}</div></section>`;
}

const style = `
:root {
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  color: var(--ink); background: var(--paper);
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 20px clamp(12px, 3vw, 32px) 48px; max-width: 1400px; }
h1 { font-size: 1.6rem; margin: 0; }
header p { margin: 2px 0 12px; color: var(--dim); overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 36px 0 8px; padding-top: 10px; border-top: 1px solid var(--rule); }
h3 { grid-column: 1 / -1; margin: 14px 0 0; font-size: 1rem; overflow-wrap: anywhere; }
small, .note { color: var(--dim); font-weight: normal; }
.note { margin: 0 0 10px; max-width: 75ch; }
dl { display: flex; flex-wrap: wrap; gap: 6px 26px; margin: 0; }
dt { color: var(--dim); font-size: 0.8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr)); gap: 14px; }
figure { margin: 0; padding: 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font-variant-numeric: tabular-nums; }
.confusion { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.confusion th, .confusion td { padding: 5px 8px; text-align: right; border: 1px solid var(--rule); min-width: 38px; max-width: 16ch; overflow-wrap: break-word; }
.confusion th { font-weight: 600; color: var(--dim); }
.confusion td { background: var(--card); }
.confusion .hit { background: color-mix(in srgb, var(--c) calc(var(--share) * 45%), var(--card)); }
.confusion .miss { background: color-mix(in srgb, var(--b) calc(12% + var(--share) * 48%), var(--card)); }
.confusion .none, .confusion .recall { color: var(--dim); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; }
.tiles.small { grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); }
.tile { padding: 8px; text-align: center; }
.tile figcaption { font-weight: normal; margin: 6px 0 0; overflow-wrap: anywhere; }
.tile img { width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; display: block; }
.tile code { font-size: 0.75rem; overflow-wrap: anywhere; }
details { margin-top: 36px; border-top: 1px solid var(--rule); padding-top: 10px; }
summary { cursor: pointer; }
summary h2 { display: inline; border: 0; margin: 0; padding: 0; }
summary + * { margin-top: 10px; }
pre { padding: 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; font: 13px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
`;
