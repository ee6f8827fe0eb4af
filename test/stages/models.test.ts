/**
 * Whole models, small: graph, optimized graph, kernels and nests of each purpose say the same, for all classes of
 * targets, and so does the processor, in f32. Sizes that are written in a text are replaced by smaller ones, all different or all equal.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { equalSizes } from '../../src/model/equal-sizes.ts';
import { programOf } from '../prelude/program.ts';
import { cpuExecutor } from '../support/cpu.ts';
import { drawn, expectAgreement } from '../support/whole-models.ts';

/** Sizes in a text, and what stands for them: small ones, and equal ones where that is possible. */
interface Sizes {
  readonly written: readonly number[];
  readonly small: readonly number[];
  readonly equal: readonly number[];
}

const images: Sizes = { written: [784, 10], small: [7, 3], equal: [3, 3] };

const sizes: Readonly<Record<string, Sizes>> = {
  'models/mlp.nn': images,
  'models/softmax_regression.nn': images,
  'bench/models/softmaxreg.nn': images,
  'bench/models/mlp.nn': { written: [784, 512, 256, 10], small: [7, 8, 5, 3], equal: [3, 3, 3, 3] },
  // Two convolutions and poolings leave one pixel of 12.
  'bench/models/lenet.nn': {
    written: [28, 6, 16, 120, 84, 10],
    small: [12, 2, 3, 5, 4, 3],
    equal: [12, 3, 3, 3, 3, 3],
  },
  'bench/models/resnet.nn': { written: [16, 32, 10], small: [4, 2, 5], equal: [3, 3, 3] },
  // Four heads of two columns; of one.
  'bench/models/gpt.nn': { written: [64, 65, 128], small: [5, 3, 8], equal: [4, 4, 4] },
  'bench/models/lstm.nn': { written: [32, 65, 64, 128], small: [4, 5, 3, 2], equal: [4, 4, 4, 4] },
};

/** Of one character none comes next. */
const fewest = (file: string, name: string): number =>
  file === 'models/char_lstm.nn' && name === 'N' ? 2 : 1;

const replaced = (text: string, { written }: Sizes, by: readonly number[]): string =>
  text.replace(/(?<![\w.-])\d+(?![\w.])/g, (digits) => {
    const k = written.indexOf(Number(digits));
    return k < 0 ? digits : String(by[k]);
  });

const files = ['models', 'bench/models'].flatMap((folder) =>
  readdirSync(new URL(`../../${folder}/`, import.meta.url)).flatMap((file) =>
    file.endsWith('.nn') ? [`${folder}/${file}`] : [],
  ),
);

const executor = cpuExecutor(2);

const agree = (
  text: string,
  purpose: Purpose['kind'],
  bindings: ReadonlyMap<string, number>,
): Promise<void> => {
  const lowered = lower(programOf(text, { training: purpose === 'train', bindings }), { kind: purpose });
  return expectAgreement(executor, lowered, drawn(lowered));
};

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const purposes = /^train /m.test(text) ? (['init', 'run', 'train'] as const) : (['run'] as const);
  const known = sizes[file];
  const small = known ? replaced(text, known, known.small) : text;
  const equal = known ? replaced(text, known, known.equal) : text;
  const free = (of: string, extent: number): ReadonlyMap<string, number> =>
    new Map([...equalSizes(programOf(of), extent, new Map()).keys()].map((name) => [name, extent]));

  test.each(purposes)('%s, sizes all different', { timeout: 120_000 }, async (purpose) => {
    const program = programOf(small);
    const bindings = program.dimensions.map(({ name }, k) => [name, [2, 7, 5][k]!] as const);
    await agree(small, purpose, new Map(bindings));
  });
  test.each(purposes.slice(-1))('%s, one sample', { timeout: 120_000 }, async (purpose) => {
    const program = programOf(small);
    await agree(small, purpose, new Map(program.dimensions.map(({ name }) => [name, fewest(file, name)])));
  });
  test.each(purposes.slice(-1))('%s, equal sizes', { timeout: 120_000 }, async (purpose) => {
    await agree(equal, purpose, free(equal, known?.equal.at(-1) ?? 3));
  });
});
