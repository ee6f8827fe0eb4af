/** `nnc exercise`: what it says of a formula that is open, wrong in each way, or right. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it, test } from 'vitest';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { type Likeness, likenessOf } from '../../src/exercise/likeness.ts';
import { nnc, root, scratch } from '../cli/command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const tried = (name: string, ...formulas: readonly string[]) =>
  nnc('exercise', `models:exercises/${name}`, ...formulas.flatMap((formula) => ['--try', formula]));

describe('nnc exercise', () => {
  it('says what is asked, and where', async () => {
    const { code, out } = await nnc('exercise', 'models:exercises/square');
    expect(code).toBe(0);
    expect(out).toMatch(/^The slope of a square\./);
    expect(out).toContain('Left open:\n\n  line 10: output df_dx = ?\n');
    expect(out).toContain('there are 2');
  });

  it('gives hints in their order, as many as are wanted', async () => {
    const first = await nnc('exercise', 'models:exercises/square', '--hint');
    expect(first.out).toContain('1. f is a product');
    expect(first.out).not.toContain('2. ');
    expect((await nnc('exercise', 'models:exercises/square', '--hint', '9')).out).toContain('no more hints');
  });

  it('takes what is right, in any form', async () => {
    for (const formula of ['2 * x', 'x + x', '(x**2) / x + x']) {
      const { code, out } = await tried('square', formula);
      expect(out).toContain('df_dx is right: 15 numbers at 3 random points.\nCentral differences');
      expect(code).toBe(0);
    }
  });

  it.each([
    ['square', ['-2 * x'], 'It is right up to the sign.'],
    ['square', ['x'], 'what is found is 1/2 times what is wanted'],
    ['square', ['2 * x + 3'], 'It is right up to a constant: 3 is added everywhere.'],
    ['square', ['x / (x - x)'], 'Some of it is no finite number'],
    ['square', ['sum(x)'], 'It has the shape of one number, and [5] is wanted.'],
    ['square', ['grad(loss, x)'], 'Write it without grad'],
    ['softmax', ['(p[n, k] - right[n, k]) / samples'], '1/5 (and samples is 5) times'],
    ['softmax', ['p[n, k]'], 'The score of the right class stands in the loss a second time.'],
    ['dense', ['sum[n] x[n, o] * dy[n, i]'], 'The transpose is right'],
    [
      'convolution',
      ['(N - K) / stride + 1', 'sum[u] w[u] * x[i * stride + u]'],
      'It has the shape [4], and [5] is wanted',
    ],
    [
      'attention',
      ['(sum[d] q[i, d] * k[j, d]) / sqrt(3.0)', 'exp(score[i, j]) / sum[m] exp(score[m, j])'],
      'It is right but for the axis',
    ],
  ])('%s: %j', async (name, formulas, said) => {
    const { code, out } = await tried(name, ...formulas);
    expect(out).toContain(said);
    expect(code).toBe(1);
  });

  it('judges what is there, and says what is still open', async () => {
    const { code, out } = await tried('dense', 'sum[n] x[n, i] * dy[n, o]');
    expect(code).toBe(0);
    expect(out).toContain('dW is right');
    expect(out).not.toContain('dc is right');
    expect(out).toMatch(/Still open:\n\n {2}line \d+: output dc\[o\] = \?\n {2}line/);
  });

  it('shows the input, what is expected and what is found', async () => {
    const { out } = await tried('square', 'abs(2 * x)');
    expect(out).toMatch(/^df_dx +x +expected +found$/m);
    const [, x, expected, found] = /^\[\d\] +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)$/m.exec(out)!.map(Number);
    expect(expected).toBeCloseTo(2 * x!, 2);
    expect(found).toBeCloseTo(-2 * x!, 2);
  });

  it("says what central differences say of a derivative of one's own", async () => {
    const { out } = await tried('sigmoid', '1 - y**2');
    expect(out).toContain('That is the slope of tanh.');
    expect(out).toMatch(/Central differences of the loss say otherwise, too: its derivative by x\[\d\] is/);
  });

  it('checks a copy that is filled in, by the answers that come with nnc', async () => {
    const text = readFileSync(`${root}/models/exercises/square.nn`, 'utf8');
    writeFileSync(at('square.nn'), text.replace('?\n', '2 * x\n'));
    expect((await nnc('exercise', at('square.nn'))).code).toBe(0);
    writeFileSync(at('square.nn'), text.replace('output df_dx = ?', 'output slope = 2 * x'));
    const { code, err } = await nnc('exercise', at('square.nn'));
    expect(code).toBe(1);
    expect(err).toContain('has no formula df_dx');
  });

  it('refuses what is no formula, too many of them, and answers that are none', async () => {
    expect((await tried('square', '2 *')).err).toContain('NN101');
    expect((await tried('square', 'x', 'x')).err).toContain('has 1 open formula, and 2 are given');
    expect((await nnc('exercise', 'models:xor')).err).toContain('there is no such file');
    writeFileSync(at('answers.json'), '{ "answers": { "df_dx": 2 } }');
    const { err } = await nnc('exercise', 'models:exercises/square', '--answers', at('answers.json'));
    expect(err).toContain('holds no answers');
  });

  it('is named by every other command', async () => {
    const { code, err } = await nnc('check', 'models:exercises/square');
    expect(code).toBe(1);
    expect(err).toContain('NN126');
    expect(err).toMatch(/`nnc exercise \S*models\/exercises\/square.nn`/);
  });
});

const tensor = (shape: readonly number[], data: readonly number[]): Tensor64 => ({
  shape,
  data: Float64Array.from(data),
});

test.each<[Likeness['kind'], Tensor64, Tensor64]>([
  ['right', tensor([3], [1, 2, 3]), tensor([3], [1, 2, 3])],
  ['wrong', tensor([3], [1, 2, 3]), tensor([3], [4, 1, 5])],
  ['wrong', tensor([2], [1, 2]), tensor([2], [-1, -2])],
  ['shape', tensor([3], [1, 2, 3]), tensor([2], [1, 2])],
  ['sign', tensor([4], [1, 2, 0, 3]), tensor([4], [-1, -2, 0, -3])],
  ['wrong', tensor([4], [1, 2, 0, 3]), tensor([4], [-1, -2, 1, -3])],
  ['transposed', tensor([2, 3], [1, 2, 3, 4, 5, 6]), tensor([3, 2], [1, 4, 2, 5, 3, 6])],
  ['border', tensor([4], [1, 2, 3, 4]), tensor([4], [7, 2, 3, 4])],
  ['factors', tensor([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), tensor([3, 3], [1, 2, 3, 8, 10, 12, 21, 24, 27])],
])('%s', (kind, expected, found) => {
  expect(likenessOf([{ expected, found }]).kind).toBe(kind);
});
