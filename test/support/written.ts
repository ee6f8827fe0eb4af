/**
 * A seed in; the text of a random model and what its outputs are, computed beside it with plain loops, out.
 *
 * The texts use what a network is written with: recurrences, scans and cells, `repeat`, layers that take layers, settings for
 * each axis, parts of axes, functions that move elements, equations that read one tensor at several points; few extents, many equal or 1, several readers.
 */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { randomSource } from './random.ts';
import { blocks } from './written-blocks.ts';
import { cells } from './written-cells.ts';
import { equations } from './written-equations.ts';
import { moves } from './written-moves.ts';
import { recurrences } from './written-recurrences.ts';
import { leaf, type Motif, type Scope } from './written-scope.ts';

export interface Written {
  readonly text: string;
  readonly feeds: ReadonlyMap<string, Tensor64>;
  readonly outputs: ReadonlyMap<string, Tensor64>;
  readonly loss: number;
}

/** `smooth`: without kinks, so that the gradient of the loss agrees with differences. */
export function written(seed: number, smooth = false): Written {
  const random = randomSource(seed);
  const n = random.pick([1, 2, 3, 3, 4]);
  const extents = random.chance(0.3) ? [n] : [n, random.pick([1, 1, 2, 3, 4, 5]), n];
  const scope: Scope = { random, lines: [], definitions: [], known: [], feeds: new Map(), extents, smooth };
  for (let k = random.integer(1, 2); k > 0; k--)
    leaf(
      scope,
      Array.from({ length: random.integer(1, 3) }, () => random.pick(extents)),
    );
  const motifs: readonly Motif[] = [
    ...moves,
    ...equations,
    ...recurrences,
    ...recurrences,
    ...cells,
    ...blocks,
  ];
  for (let k = random.integer(2, 6); k > 0; k--) random.pick(motifs)(scope);
  const made = scope.known.filter(({ name }) => !scope.feeds.has(name));
  const last = made.at(-1);
  const shown = made.filter((one) => one === last || random.chance(0.4));
  const parts = made.filter((one) => one === last || random.chance(0.3)).slice(-3);
  const outputs = shown.map(({ name }) => `output out_${name} = ${name}`);
  const loss = parts.map(({ name }, k) => `${k + 1} * mean(sin(${name} + 0.5))`).join(' + ') || '0.0';
  const body = [...scope.lines, ...outputs, `loss = ${loss}`].map((line) => `  ${line}`).join('\n');
  return {
    text: `${scope.definitions.map((text) => `${text}\n\n`).join('')}model written {\n${body}\n}\n`,
    feeds: scope.feeds,
    outputs: new Map(shown.map(({ name, value }) => [`out_${name}`, value])),
    loss: parts.reduce((sum, { value }, k) => {
      const all = [...value.data].map((x) => Math.sin(x + 0.5));
      return sum + ((k + 1) * all.reduce((a, b) => a + b, 0)) / all.length;
    }, 0),
  };
}
