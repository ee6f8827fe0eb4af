/** Several results: what a left side of names takes, what `split` gives, and what is refused. */
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';
import { checkText, shortly } from './check-text.ts';

const model = (body: string): string => `model m {\n  input x: f32[2, 6]\n${body}\n}\n`;

function results(text: string): Readonly<Record<string, readonly number[]>> {
  const x = tensor64(
    [2, 6],
    Array.from({ length: 12 }, (_, k) => k),
  );
  const found = evaluateWith(graphOf(text, 'run'), { x }).results;
  return Object.fromEntries([...found].map(([name, { data }]) => [name, [...data]]));
}

describe('several results', () => {
  it('that nobody needs are left out with _', () => {
    const fn = 'fn three(a: f32[N, M]) {\n  return (a[0, :], a[1, :], 2 * a[0, :])\n}\n';
    const text = `${fn}${model('  (_, b, _) = three(x)\n  output y = b')}`;
    expect(checkText(text).diagnostics).toEqual([]);
    expect(results(text)).toEqual({ y: [6, 7, 8, 9, 10, 11] });
    const unused = checkText(text.replace('(_, b, _)', '(a, b, _)')).diagnostics;
    expect(unused.map(({ message, hint }) => [message, hint])).toEqual([
      ['the value a is never used', 'a result that nobody needs is left out: (a, _) = …'],
    ]);
    expect(shortly(checkText(text.replace('= b', '= _'))).join()).toContain('nothing here is called _');
  });

  it('are values of a function, a layer or a pair in brackets', () => {
    const fn = 'fn ends(a: f32[N, M]) {\n  return (a[0], a[-1] + 1)\n}\n'.replaceAll(
      /a\[(0|-1)\]/g,
      'a[$1, :]',
    );
    const layer = 'layer Both() (a: f32[N, M]) {\n  s[i] = sum[j] a[i, j]\n  return (s, s * 2, M)\n}\n';
    const text = `${fn}${layer}${model('  (a, b) = ends(x)\n  (s, d, m) = x |> Both\n  (d, s) = (s, d)')}`;
    expect(shortly(checkText(text)).filter((line) => line.startsWith('NN203'))).toHaveLength(2);
    const right = `${fn}${layer}${model('  (a, b) = ends(x)\n  (s, d, m) = x |> Both()\n  (p, q) = (d, s)\n  output one = a\n  output two = b\n  output three = p + q\n  output four = a[0] * 0 + m')}`;
    expect(results(right)).toEqual({
      one: [0, 1, 2, 3, 4, 5],
      two: [7, 8, 9, 10, 11, 12],
      three: [45, 153],
      four: [6],
    });
  });

  it('go on from pass to pass of repeat', () => {
    const text = model('  (a, b) = (x, x * 0 + 1)\n  repeat 3 { (a, b) = (b, a + b) }\n  output y = a - 2*x');
    // Fibonacci: (x, 1), (1, x + 1), (x + 1, x + 2), (x + 2, 2x + 3).
    expect(results(text)['y']).toEqual(Array.from({ length: 12 }, (_, k) => k + 2 - 2 * k));
  });

  it('of split are equal parts in order', () => {
    const text = model(
      '  (a, b, c) = split(x, 3, over -1)\n  (top, bottom) = x |> split(2, over 0)\n  output y = stack(a, b, c)\n  output z = bottom - top',
    );
    expect(results(text)).toEqual({ y: [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11], z: [6, 6, 6, 6, 6, 6] });
  });

  it.each([
    ['(a, b) = x', 'NN238 3:12 expected 2 values for as many names, found f32[2, 6]'],
    ['(a, b) = (x, x, x)', 'NN238 3:12 expected 2 values for as many names, found 3 values'],
    ['(a, b) = split(x, 4, over -1)', 'NN352 3:12 split needs a number of parts that 6 can be divided by'],
    ['(a, b) = split(x, 2)', 'NN352 3:12 split needs a tensor, a number of parts and one axis'],
    ['(a, a) = (x, x)', 'NN203 3:7 a is defined twice'],
    ['(x, b) = (x, x)', 'NN203 3:4 x is defined twice'],
    ['y = (x, x) + 1', 'NN302 3:7 expected a number or a tensor for +, found 2 values'],
    ['output y = (x, x)', 'NN229 3:14 expected a tensor for this output, found 2 values'],
    ['(a, b) = (z, x)', 'NN201 3:13 nothing here is called z'],
  ])('%s is refused', (statement, problem) => {
    const errors = checkText(model(`  ${statement}`)).diagnostics.filter(
      ({ severity }) => severity === 'error',
    );
    expect(shortly({ diagnostics: errors })).toHaveLength(1);
    expect(shortly({ diagnostics: errors })[0]).toContain(problem);
  });
});

describe('several results of which the first is declared', () => {
  const both =
    'layer Both (a: f32[N, M], start: f32[N] = 1) -> f32[N] {\n  s[i] = start[i] + sum[j] a[i, j]\n  return (s, 2 * s)\n}\nfn pass(a: f32[N, M]) -> f32[N, M] = (a, a + 1)\n';

  it('are that one where one is wanted, and all on a left side', () => {
    const text = `${both}${model('  output one = x |> Both\n  output sum = pass(x) + x\n  (s, d) = x |> Both(d[:, 0])\n  (p, d) = pass(x)\n  output y = s\n  output z = d')}`;
    expect(shortly(checkText(text)).filter((line) => !line.startsWith('NN2'))).toEqual([]);
    const right = `${both}${model('  (p, q) = pass(x)\n  output one = x |> Both\n  output two = pass(x) + x\n  (s, d) = Both()(x, q[:, 0])\n  output three = d')}`;
    expect(results(right)).toEqual({
      one: [16, 52],
      two: Array.from({ length: 12 }, (_, k) => 2 * k),
      three: [32, 116],
    });
  });

  it('are one value once they have one name', () => {
    const text = `${both}${model('  y = x |> Both\n  (a, b) = y\n  output z = a + b')}`;
    expect(shortly(checkText(text))[0]).toContain(
      'NN238 9:12 expected 2 values for as many names, found f32[',
    );
  });

  it('are of the declared type', () => {
    const text = `fn f(x: f32[N, M]) -> f32[N] = (x, x)\n${model('  (a, b) = f(x)\n  output z = a + b')}`;
    expect(shortly(checkText(text))[0]).toContain('NN327');
  });
});
