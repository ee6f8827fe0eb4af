/**
 * Marks in, an SVG as text out: drawn by Observable Plot into a document that no browser shows. Both packages are
 * loaded when the first chart is drawn, and by no command that draws none.
 */
import type { PlotOptions } from '@observablehq/plot';
import { tickText } from './chart.ts';

type Plot = typeof import('@observablehq/plot');

/** Pixels, before a page makes the picture as wide as there is room: on a phone, text of 12 pixels stays legible. */
export const chartWidth = 420;

/** Where a chart stands: in a page, or alone, as a file that is no picture without its name space. */
export type ChartPlace = 'page' | 'file';

/** Draws what `options` makes of the library; `title` is what a reader hears who sees no picture. */
export async function drawChart(
  title: string,
  place: ChartPlace,
  options: (plot: Plot) => PlotOptions,
): Promise<string> {
  const [plot, { DOMParser }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  // One of XML: what a browser shows in a page has to be a file of its own, too.
  const document = new DOMParser().parseFromString('<svg/>', 'image/svg+xml') as unknown as Document;
  const asked = options(plot);
  const axis = { line: true, tickSize: 4, tickFormat: tickText };
  const drawn = plot.plot({
    document,
    width: chartWidth,
    style: { fontSize: '12px' },
    ...asked,
    x: { ...axis, ...asked.x },
    y: { ...axis, ...asked.y },
  });
  if (place === 'file') drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', title);
  for (const element of [drawn, ...drawn.querySelectorAll('*')]) {
    for (const { name, value } of [...element.attributes]) {
      if (name !== 'href') element.setAttribute(name, value.replace(/-?\d+\.\d{3,}/g, rounded));
    }
  }
  return drawn.outerHTML;
}

/** Hundredths of a pixel: shorter, and the same whatever the last digit of a logarithm is on this machine. */
const rounded = (digits: string): string => String(Number(Number(digits).toFixed(2)));
