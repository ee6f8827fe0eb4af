/** A chart in; a file of it out: the SVG that it is or, as the name says, a PNG that is made of it. */
import { DataError } from '../../runtime/errors.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkWritable, isNamed, requireEnding, writeFileAtomic } from '../terminal/files.ts';
import { missingForPng, pngOfSvg } from './svg-to-png.ts';

export const chartEndings = ['.svg', '.png'] as const;

/** Refuses what `writeChart` could not write, before anything is computed for it. */
export function checkChartFile(flag: string, path: string): void {
  checkWritable(path);
  requireEnding(flag, path, chartEndings);
  const lacking = isNamed(path, '.png') ? missingForPng() : undefined;
  if (lacking !== undefined) throw new UsageError(`${flag} ${path}: ${lacking}`);
}

/** Of pixels that a model makes. */
export function checkPictureFile(flag: string, path: string): void {
  checkWritable(path);
  requireEnding(flag, path, ['.png']);
}

export async function writeChart(path: string, svg: string): Promise<void> {
  if (svg === '') throw new DataError(`cannot write ${path}: nothing has a place on the chart`);
  writeFileAtomic(path, isNamed(path, '.png') ? await pngOfSvg(svg) : svg);
}
