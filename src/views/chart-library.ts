/**
 * Marks in, an SVG as text out: drawn by Observable Plot into a document that no browser shows. Both packages are
 * loaded when the first chart is drawn, and by no command that draws none.
 */
import type { PlotOptions } from '@observablehq/plot';
import { tickText } from './chart.ts';
import { onPaper, pictureColour } from './palette.ts';

type Plot = typeof import('@observablehq/plot');

/** Pixels, before a page makes the picture as wide as there is room: on a phone, text of 12 pixels stays legible. */
export const chartWidth = 420;

/**
 * Where a chart stands: in a page, whose colours it takes, or alone, as a file. That is no picture without its name space,
 * and may be put on a page of any colour, by programs that know no variables: it has white paper of its own.
 */
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
  if (place === 'file') {
    drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    drawn.setAttribute('color', pictureColour('ink'));
    layOnPaper(drawn, document);
  }
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', title);
  for (const element of [drawn, ...drawn.querySelectorAll('*')]) {
    for (const { name, value } of [...element.attributes]) {
      if (name === 'href') continue;
      const coloured = place === 'file' ? onPaper(value) : value;
      element.setAttribute(name, coloured.replace(/-?\d+\.\d{3,}/g, rounded));
    }
  }
  return drawn.outerHTML;
}

/** Of the paper around a chart, in pixels. */
const border = 10;

function layOnPaper(drawn: Element, document: Document): void {
  const sheet = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const [width, height] = ['width', 'height'].map((name) =>
    String(Number(drawn.getAttribute(name)) + 2 * border),
  );
  for (const element of [drawn, sheet]) {
    element.setAttribute('width', width!);
    element.setAttribute('height', height!);
  }
  drawn.setAttribute('viewBox', `${-border} ${-border} ${width} ${height}`);
  sheet.setAttribute('x', String(-border));
  sheet.setAttribute('y', String(-border));
  sheet.setAttribute('fill', 'white');
  drawn.prepend(sheet);
}

/** Hundredths of a pixel: shorter, and the same whatever the last digit of a logarithm is on this machine. */
const rounded = (digits: string): string => String(Number(Number(digits).toFixed(2)));
