/** Curves and histograms in, SVG out: colours are variables of the page, so that light and dark both fit. */
import { numberText } from '../progress.ts';
import { escapeHtml } from './html.ts';
import { pngUri } from './png.ts';
import { bins, type Chart, type Curve, type Summary } from './report-data.ts';

const width = 420;
const height = 240;
const frame = { left: 56, right: 12, top: 12, bottom: 34 };
const inner = { width: width - frame.left - frame.right, height: height - frame.top - frame.bottom };

interface Scale {
  readonly ticks: readonly number[];
  /** 0 at the low end, 1 at the high one. */
  readonly at: (value: number) => number;
}

/** Steps of 1, 2 or 5 times a power of ten. */
export function linearScale(least: number, most: number, wanted = 5): Scale {
  const spread = most - least || Math.abs(most) || 1;
  const [low, high] = most > least ? [least, most] : [least - spread / 2, most + spread / 2];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12)),
  );
  return { ticks, at: (value) => (value - low) / (high - low) };
}

/** For what shrinks by orders of magnitude. */
export function logScale(least: number, most: number): Scale {
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const span = Math.max(1, high - low);
  const stride = Math.ceil(span / 6);
  const ticks = Array.from({ length: Math.floor(span / stride) + 1 }, (_, k) =>
    Number(`1e${low + k * stride}`),
  );
  return { ticks, at: (value) => (Math.log10(value) - low) / span };
}

const orders = 30;

function scaleFor(values: readonly number[]): Scale {
  const finite = values.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  return least > 0 && most / least > orders ? logScale(least, most) : linearScale(least, most);
}

const x = (share: number): string => (frame.left + share * inner.width).toFixed(1);
const y = (share: number): string => (frame.top + (1 - share) * inner.height).toFixed(1);

const tickText = (value: number): string => {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(0)
    : String(Number(value.toPrecision(4)));
};

/** Axes with their grid. */
function axes(across: Scale, up: Scale, label: string): string {
  return [
    ...up.ticks.map(
      (t) =>
        `<line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(up.at(t))}" y2="${y(up.at(t))}"/>` +
        `<text class="tick" x="${frame.left - 6}" y="${y(up.at(t))}" dy="4" text-anchor="end">${tickText(t)}</text>`,
    ),
    ...across.ticks.map(
      (t) =>
        `<text class="tick" x="${x(across.at(t))}" y="${height - frame.bottom + 16}" text-anchor="middle">${tickText(t)}</text>`,
    ),
    `<line class="axis" x1="${x(0)}" x2="${x(1)}" y1="${y(0)}" y2="${y(0)}"/>`,
    `<text class="tick" x="${x(1)}" y="${height - 4}" text-anchor="end">${label}</text>`,
  ].join('');
}

const svg = (title: string, body: string): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${body}</svg>`;

/** Curves over epochs; those of losses that shrink far have a logarithmic axis. */
export function lineChart({ title, curves }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return '';
  const xs = points.map((p) => p.x);
  const across = linearScale(Math.min(0, ...xs), Math.max(...xs));
  const up = scaleFor(points.map((p) => p.y));
  const body = [axes(across, up, 'epoch'), ...curves.map((curve, k) => drawCurve(curve, k, across, up))].join(
    '',
  );
  return svg(`${title} over epochs`, body);
}

function drawCurve({ name, points }: Curve, k: number, across: Scale, up: Scale): string {
  const good = points.filter((p) => Number.isFinite(up.at(p.y)));
  const path = good.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(across.at(p.x))} ${y(up.at(p.y))}`).join('');
  const few = good.length <= mostDots ? good : [];
  const dots = few.map(
    (p) =>
      `<circle class="dot series${k}" cx="${x(across.at(p.x))}" cy="${y(up.at(p.y))}" r="3">` +
      `<title>${escapeHtml(name)}, epoch ${tickText(p.x)}: ${numberText(p.y)}</title></circle>`,
  );
  return `<path class="curve series${k}" d="${path}"/>${dots.join('')}`;
}

const mostDots = 24;

/** Which curve is which. */
export const legend = (curves: readonly Curve[]): string =>
  `<p class="legend">${curves
    .map(({ name, points }, k) => {
      const last = points.at(-1);
      return `<span><i class="series${k}"></i>${escapeHtml(name)}${last ? ` <b>${numberText(last.y)}</b>` : ''}</span>`;
    })
    .join('')}</p>`;

/** Blue of the weights, magenta of the gradients: strong enough on white and on black. */
const tints = { weights: [0.2, 0.5, 0.95], gradients: [0.85, 0.25, 0.6] } as const;

/** A column for each time, a row for each value: the darker, the more numbers of the tensor are there. */
export function histogramChart(title: string, summaries: readonly Summary[], of: keyof typeof tints): string {
  const sound = summaries.filter(({ least, most }) => Number.isFinite(least) && Number.isFinite(most));
  if (sound.length === 0) return '';
  const last = sound.at(-1)!.epoch;
  const up = linearScale(Math.min(...sound.map((s) => s.least)), Math.max(...sound.map((s) => s.most)));
  // A column is as wide as the time between two of them, and stands in the middle of it.
  const half = sound.length > 1 ? last / (sound.length - 1) / 2 : 0.5;
  const centred = linearScale(-half, last + half);
  const across = { ...centred, ticks: centred.ticks.filter((t) => t >= 0 && Number.isInteger(t)) };
  const rows = 60;
  const density = sound.map((summary) => rowShares(summary, up, rows));
  const uri = pngUri(sound.length, rows, (column, row) => {
    const all = density[column]!;
    const share = all[rows - 1 - row]! / Math.max(...all, Number.MIN_VALUE);
    return [...tints[of], Math.sqrt(share)];
  });
  const image = `<image href="${uri}" x="${x(0)}" y="${y(1)}" width="${inner.width}" height="${inner.height}" preserveAspectRatio="none" style="image-rendering:pixelated"/>`;
  return svg(title, `${image}${axes(across, up, 'epoch')}`);
}

/** What part of the numbers lies in each row of a picture: a part of the histogram is spread over its rows. */
function rowShares({ least, most, histogram }: Summary, up: Scale, rows: number): readonly number[] {
  const shares = new Array<number>(rows).fill(0);
  const step = (most - least) / bins;
  histogram.forEach((share, k) => {
    const from = up.at(least + k * step) * rows;
    const to = Math.max(up.at(least + (k + 1) * step) * rows, from + 1e-9);
    for (let row = Math.max(0, Math.floor(from)); row < Math.min(rows, to); row++) {
      const overlap = Math.min(to, row + 1) - Math.max(from, row);
      shares[row]! += share * (overlap / (to - from));
    }
  });
  return shares;
}
