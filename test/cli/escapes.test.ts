/** Whatever others wrote, none of it reaches a terminal as it is: no escapes, no overrides of the reading direction. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../runtime/data/npy.ts';
import { writeNpz } from '../../runtime/data/npz.ts';
import { writeSafetensors } from '../../runtime/data/safetensors.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { writeZip } from '../../runtime/data/zip.ts';
import { model, nnc, root, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

/** Sets a title, clears the screen, the 8-bit form of the same, deletes, and turns the reading direction. */
const evil = 'a\x1b]0;owned\x07\x1b[2J\x9b2J\x7f\u202eb';
const unsafe = /[^\P{Cc}\n]|[\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const one = hostTensor('f32', [1], Float32Array.of(1));

const named = {
  weights: `${evil}.safetensors`,
  archive: `${evil}.npz`,
  entries: `${evil}2.npz`,
  table: `${evil}.csv`,
  cells: 'cells.csv',
  header: 'header.csv',
  source: `${evil}.nn`,
  comment: 'comment.nn',
  ir: `${evil}.nnir`,
  array: 'array.npy',
  folder: 'rows.csv',
};
const file = Object.fromEntries(Object.entries(named).map(([key, name]) => [key, at(name)])) as typeof named;

const linear = `model m {\n  input x: f32[B, 2]\n  param w: f32[2] init zeros\n  output y[b] = sum[i] w[i] * x[b, i]\n}\n`;

beforeAll(() => {
  writeFileSync(
    file.weights,
    writeSafetensors(
      new Map([
        [evil, one],
        [`standardize.${evil}.mean`, one],
      ]),
    ),
  );
  writeFileSync(
    file.archive,
    writeNpz(
      new Map([
        [evil, one],
        ['b', one],
      ]),
    ),
  );
  writeFileSync(file.entries, writeZip(new Map([[evil, Uint8Array.of(1)]])));
  writeFileSync(file.table, `a,b\n1,2\n3,${evil}\n`);
  writeFileSync(file.cells, `${evil},2\n${evil}2,4\n`);
  writeFileSync(file.header, `${evil},b\n1,2\n3,?\n`);
  writeFileSync(file.source, linear.replace('w[i] *', `w[i] * ${evil}`));
  writeFileSync(file.comment, `// ${evil}\nuse "${evil}"\n${linear} // ${evil}\n`);
  writeFileSync(file.ir, `graph ${evil}`);
  writeFileSync(
    file.array,
    writeNpy(one).map((byte, k) => (k === 22 ? 0x1b : byte)),
  );
  writeFileSync(file.folder, '1,2\n3,4\n');
});

const linearFile = (): string => {
  writeFileSync(at('linear.nn'), linear);
  return at('linear.nn');
};
const run = (...data: readonly string[]): readonly string[] => ['run', linearFile(), ...data];

const cases: readonly (readonly [string, () => readonly string[]])[] = [
  ['keys of safetensors', () => run('--weights', file.weights, '--data', `x=${file.folder}`)],
  ['keys of safetensors that are inputs', () => run('--inputs', file.weights)],
  ['a selection', () => run('--data', `x=${file.weights}#${evil}2`)],
  ['members of an archive', () => run('--data', `x=${file.archive}`)],
  ['entries of an archive that are no arrays', () => run('--data', `x=${file.entries}`)],
  ['cells of a table', () => run('--data', `x=${file.table}`)],
  ['class names of a table', () => run('--data', `x=${file.cells}#0:labels`)],
  ['the header of a table', () => run('--data', `x=${file.header}`)],
  ['a column that is not there', () => run('--data', `x=${file.folder}#${evil}`)],
  ['the header of an array', () => run('--data', `x=${file.array}`)],
  ['a name of an input', () => run('--data', `${evil}=${file.folder}`)],
  ['a value of an input', () => run('--at', `${evil}`)],
  ['a file that is not there', () => run('--data', `x=${at(evil)}`)],
  ['a source that is wrong', () => ['check', file.source]],
  ['a source that is wrong, as JSON', () => ['check', file.source, '--json']],
  ['comments and uses', () => ['check', file.comment]],
  ['a source that is not there', () => ['check', at(`${evil}3`)]],
  ['a graph', () => ['opt', file.ir, '--pass', 'strip']],
  ['a pass', () => ['opt', file.ir, '--pass', evil]],
  ['a model', () => ['check', model('mlp'), '--model', evil]],
  ['a setting', () => ['check', model('mlp'), '--set', `${evil}=1`]],
  ['a setting without a value', () => ['check', model('mlp'), '--set', evil]],
  ['a command', () => [evil]],
  ['an option', () => ['check', `--${evil}`]],
  ['a choice', () => ['run', model('mlp'), '--device', evil]],
  ['a parameter', () => ['explain', model('mlp'), '--wrt', evil]],
  ['a place to write to', () => ['init', model('mlp'), '--out', at(`no/${evil}.npz`)]],
  ['a place that was written to', () => ['init', linearFile(), '--out', at(`${evil}-out.npz`)]],
  [
    'the names of files in a dump',
    () => {
      writeFileSync(at(`${evil}-good.nn`), linear);
      return ['dump', at(`${evil}-good.nn`), '--stage', 'graph'];
    },
  ],
  [
    'the names of files in a dump as JSON',
    () => ['dump', at(`${evil}-good.nn`), '--stage', 'graph', '--format', 'json'],
  ],
  [
    'the names of files in a syntax tree',
    () => ['dump', at(`${evil}-good.nn`), '--stage', 'ast', '--format', 'json'],
  ],
  [
    'the names of files in a drawing',
    () => ['dump', at(`${evil}-good.nn`), '--stage', 'graph', '--format', 'svg'],
  ],
];

describe('escapes are made visible in', () => {
  it.each(cases)('%s', async (_, args) => {
    const { code, out, err } = await nnc(...args());
    expect(code, err).not.toBe(70);
    expect(`${out}${err}`.length).toBeGreaterThan(0);
    expect(unsafe.exec(out)?.[0]).toBeUndefined();
    expect(unsafe.exec(err)?.[0]).toBeUndefined();
  });
});

it('nothing but src/terminal/output.ts writes to the terminal', () => {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const writing = files.filter(
    (name) =>
      name.endsWith('.ts') &&
      !name.startsWith('page/') &&
      /\b(?:stdout|stderr)\.write\b|\bconsole\./.test(readFileSync(path.join(root, 'src', name), 'utf8')),
  );
  expect(writing).toEqual(['terminal/output.ts']);
});

it('JSON stays JSON', async () => {
  const { out } = await nnc('check', file.source, '--json');
  const { diagnostics } = JSON.parse(out) as { diagnostics: readonly { readonly file: string }[] };
  expect(diagnostics[0]!.file).toBe(file.source);
});

it('a formatted file is as it is, where no terminal takes it', async () => {
  writeFileSync(at('format.nn'), `// ${evil.replace('\x9b', '')}\nmodel m { output y = 1 }`);
  const { out } = await nnc('fmt', '--stdout', at('format.nn'));
  expect(out).toContain('\u202e');
});
