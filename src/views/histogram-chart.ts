/** How the numbers of a tensor are spread, over the epochs: a column for each time, the stronger the more of them. */

import { chartWidth, drawChart } from './chart-library.ts';
import { pngUri } from './png.ts';
import { bins, type Summary } from './report-data.ts';

/** Blue of the weights, magenta of the gradients: strong enough on white and on black. */
const tints = { weights: [0.2, 0.5, 0.95], gradients: [0.85, 0.25, 0.6] } as const;

const height = 246;
const margin = { marginTop: 20, marginRight: 16, marginBottom: 36, marginLeft: 60 };
const rows = 60;

/** The empty text where no time has finite numbers alone. */
export async function histogramChart(
  title: string,
  summaries: readonly Summary[],
  of: keyof typeof tints,
): Promise<string> {
  const sound = summaries.filter(({ least, most }) => Number.isFinite(least) && Number.isFinite(most));
  if (sound.length === 0) return '';
  const last = sound.at(-1)!.epoch;
  const ends = [Math.min(...sound.map((s) => s.least)), Math.max(...sound.map((s) => s.most))] as const;
  const [low, high] = ends[0] < ends[1] ? ends : [ends[0] - 0.5, ends[0] + 0.5];
  // A column is as wide as the time between two of them, and stands in the middle of it.
  const half = sound.length > 1 ? last / (sound.length - 1) / 2 : 0.5;
  const density = sound.map((summary) => rowShares(summary, low, high));
  const uri = pngUri(sound.length, rows, (column, row) => {
    const all = density[column]!;
    const share = all[rows - 1 - row]! / Math.max(...all, Number.MIN_VALUE);
    return [...tints[of], Math.sqrt(share)];
  });
  return drawChart(title, 'page', (plot) => ({
    height,
    ...margin,
    x: { label: 'epoch', domain: [-half, last + half], ticks: epochTicks(last) },
    y: { label: of === 'weights' ? 'weight' : 'gradient', domain: [low, high], ticks: 5, grid: true },
    marks: [
      plot.image([uri], {
        frameAnchor: 'middle',
        src: (self: string) => self,
        width: chartWidth - margin.marginLeft - margin.marginRight,
        height: height - margin.marginTop - margin.marginBottom,
        preserveAspectRatio: 'none',
        imageRendering: 'pixelated',
      }),
    ],
  }));
}

/** Whole epochs, at most seven of them. */
const epochTicks = (last: number): readonly number[] => {
  const step = Math.max(1, Math.ceil(last / 6));
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, k) => k * step);
};

/** What part of the numbers lies in each row of a picture: a part of the histogram is spread over its rows. */
function rowShares({ least, most, histogram }: Summary, low: number, high: number): readonly number[] {
  const shares = new Array<number>(rows).fill(0);
  const at = (value: number): number => ((value - low) / (high - low)) * rows;
  const step = (most - least) / bins;
  histogram.forEach((share, k) => {
    const from = at(least + k * step);
    const to = Math.max(at(least + (k + 1) * step), from + 1e-9);
    for (let row = Math.max(0, Math.floor(from)); row < Math.min(rows, to); row++) {
      const overlap = Math.min(to, row + 1) - Math.max(from, row);
      shares[row]! += share * (overlap / (to - from));
    }
  });
  return shares;
}
