/** What older versions wrote, a training after two of four epochs and a built program: tensors are taken, programs are not. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readProgram } from '../../runtime/read-program.ts';
import { readTensors } from '../../src/data/tensor-files.ts';
import { nnc, root, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

/** A layer with a state, Adam, standardised inputs; version 1 kept neither settings nor a recipe. */
const older = path.join(root, 'test/golden/older');
const file = (name: string): string => path.join(older, name);
const table = file('xor.csv');
const training = ['--data', `x=${table}#a,b`, '--data', `t=${table}#t`, '--standardize', 'x', '--seed', '3'];

describe.each(['version-1', 'version-2'])('what %s wrote', (version) => {
  it('goes on from its checkpoint to the weights that it had after that', async () => {
    cpSync(file(version), at(version), { recursive: true });
    const { code, err } = await nnc(
      ...['train', file('centred.nn'), ...training, '--epochs', '4', '--save', at(version), '--resume'],
    );
    expect(code, err).toBe(0);
    const lossOf = (epoch: number): number =>
      Number(new RegExp(`^epoch ${epoch}/4 {2}loss ([0-9.]+)`, 'm').exec(err)?.[1]);
    expect([lossOf(1), lossOf(2)]).toEqual([Number.NaN, Number.NaN]);
    expect(lossOf(3)).toBeCloseTo(0.7129, 3);
    const now = readTensors(at(`${version}/weights.safetensors`));
    const then = readTensors(file(`${version}/after.safetensors`));
    expect([...now.keys()].sort()).toEqual([...then.keys()].sort());
    for (const [name, { shape, data }] of then) {
      const found = now.get(name)!;
      expect(found.shape, name).toEqual(shape);
      for (const [k, value] of [...data].entries()) expect(found.data[k], name).toBeCloseTo(Number(value), 4);
    }
  });

  it('runs with its weights', async () => {
    const weights = ['--weights', file(`${version}/weights.safetensors`)];
    const { code, out, err } = await nnc('run', file('centred.nn'), '--data', `x=${table}#a,b`, ...weights);
    expect(code, err).toBe(0);
    expect(out).toMatch(
      /^output p: f32\[4, 2\], classes of t\n.*\n {2}0 +1 50\.8% +0 49\.2%\n {2}1 +0 55\.5%/,
    );
  });

  it('but a program is built again', () => {
    const json: unknown = JSON.parse(readFileSync(file(`${version}/program.json`), 'utf8'));
    expect(() => readProgram(json)).toThrow(
      `version is ${version.at(-1)}; this runtime reads version 3: build the program again`,
    );
  });
});
