/** Pictures of samples, filters and counts in, images as data URIs and cells of tables out. */
import { extremesOf } from '../data/extremes.ts';
import { pngUri } from './png.ts';
import type { Picture } from './report-data.ts';
import { signedColour } from './signed-colour.ts';

/** A sample as it looks: from its least to its largest number. */
export function sampleImage({ width, height, channels, values }: Picture): string {
  const { least, most } = extremesOf(values);
  const grey = (k: number): number => (most > least ? (values[k]! - least) / (most - least) : 0);
  const plane = width * height;
  return pngUri(width, height, (x, y) => {
    const at = y * width + x;
    const [r, g, b] = [0, 1, 2].map((c) => grey(at + (channels === 3 ? c * plane : 0)));
    return [r!, g!, b!, 1];
  });
}

/** Weights: nothing at 0, blue below, orange above, all on the scale of the largest of them. */
export function filterImage({ width, height, channels, values }: Picture, largest: number): string {
  const plane = width * height;
  return pngUri(width, height, (x, y) => {
    const at = y * width + x;
    const parts = Array.from({ length: channels }, (_, c) => values[at + c * plane]!);
    const value = parts.reduce((sum, part) => sum + part, 0) / channels;
    return signedColour(largest > 0 ? value / largest : 0);
  });
}

export const largestOf = (pictures: readonly Picture[]): number =>
  pictures.reduce((most, { values }) => values.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);
