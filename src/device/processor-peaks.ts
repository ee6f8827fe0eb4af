/** The processor as a target in; programs that reach what it can do at best out: a copy, and chains of multiply and add. */
import { parseGraph } from '../../compiler/ir/parse.ts';
import { compile } from '../../compiler/pipeline.ts';
import type { Target } from '../../compiler/target.ts';
import type { PeakPrograms } from '../../runtime/peaks.ts';

/** More than caches hold that are not shared. */
const copied = 2 ** 23;
/** So much that starting the threads does not count, and in rows that stay in the nearest cache. */
const [rows, row] = [2 ** 11, 2 ** 11];
/** Chains that do not wait for each other, and turns of each. */
const [chains, turns] = [8, 8];

export function processorPeaks(target: Target): PeakPrograms {
  const chain = (k: number): string =>
    Array.from({ length: turns }).reduce((sum: string) => `(${sum} * %x[i] + %x[i])`, `${k + 2}.0`);
  const all = Array.from({ length: chains }, (_, k) => chain(k)).join(' + ');
  const program = (lines: string) => compile(parseGraph(`graph peak {\n${lines}\n}`), target).program;
  return {
    copying: program(`input %x[i: ${copied}]: f32\n%y[i: ${copied}]: f32 = -%x[i]\nresult output %y`),
    bytes: 2 * 4 * copied,
    computing: program(`input %x[i: ${row}]: f32\n%y[j: ${rows}, i: ${row}]: f32 = ${all}\nresult output %y`),
    flops: rows * row * chains * (2 * turns + 1),
  };
}
