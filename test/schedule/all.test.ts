/** Equal layers share their kernels: what equal means, what the shared ones are called, and how many there are. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { structureOf } from '../../compiler/fuse/structure.ts';
import { lower } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { plan } from '../../compiler/plan/index.ts';
import { printAll } from '../../compiler/plan/targets.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { roleOf } from '../../compiler/schedule/roles.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { dispatchesOf, type Program } from '../../runtime/program.ts';
import { validateProgram } from '../../runtime/validate-program.ts';
import { programOf as checked } from '../prelude/program.ts';
import { type KernelOptions, kernelOf } from '../support/kernels.ts';

const keyOf = (lines: string, options: KernelOptions): string => {
  const { kernel, values } = kernelOf(lines, options);
  return structureOf(kernel, values).key;
};

const lines = `
  input %x[b: 6, i: 4]: f32
  param %w[i: 4]: f32
  %s[b: 6]: f32 = sum[i: 4 where i < 3] %x[b, i] * %w[i] + %x[b, (i + 1) mod 4]
  %y[b: 6]: f32 = exp(%s[b]) / 2.0
  result output y %y`;
const options: KernelOptions = { rows: ['b'] };

describe('the structure of a kernel', () => {
  test('heeds no names', () => {
    const renamed = lines
      .replaceAll('%x', '%zz')
      .replaceAll('%w', '%a')
      .replaceAll('%s', '%q')
      .replaceAll('%y', '%m')
      .replace(/\bi\b/g, 'a')
      .replace(/\bb\b/g, 'z');
    expect(keyOf(renamed, { rows: ['z'] })).toBe(keyOf(lines, options));
  });

  test('heeds the order of no terms, which depends on names', () => {
    const of = (one: string, other: string): string => `
      input %x[k: 13]: f32
      %y[${one}: 6, ${other}: 4]: f32 = %x[2 * ${one} + ${other}]
      result output y %y`;
    expect(keyOf(of('a', 'b'), { rows: ['a', 'b'] })).toBe(keyOf(of('b', 'a'), { rows: ['b', 'a'] }));
  });

  test.each([
    ['an extent', [/b: 6/g, 'b: 7']],
    ['a reducer', ['sum[', 'max[']],
    ['a guard', ['i < 3', 'i < 2']],
    ['a constant', ['2.0', '3.0']],
    ['a function', ['exp', 'sin']],
    ['a position', ['(i + 1)', '(i + 2)']],
    ['which value is read', ['%x[b, (i + 1) mod 4]', '%w[(i + 1) mod 4]']],
    ['the shape of what is read', ['input %x[b: 6', 'input %x[b: 8']],
  ] as const)('heeds %s', (_, [from, to]) => {
    const other = lines.replace(from, to);
    expect(other).not.toBe(lines);
    expect(keyOf(other, options)).not.toBe(keyOf(lines, options));
  });

  test('heeds the type of what is read', () => {
    const of = (dtype: string): string =>
      keyOf(`input %x[i: 4]: ${dtype}\n%y[i: 4]: f32 = to_f32(%x[i])\nresult output y %y`, { rows: ['i'] });
    expect(of('i32')).not.toBe(of('u32'));
  });

  test('heeds what is stored, and over what', () => {
    const update = `
      param %w[i: 4]: f32
      %a[i: 4]: f32 = 2.0 * %w[i]
      %new[i: 4]: f32 = %w[i] - %a[i]
      update %w <- %new`;
    const of = (stores: readonly string[], inPlace: Readonly<Record<string, string>> = {}): string =>
      keyOf(update, { rows: ['i'], stores, inPlace });
    const keys = [of(['new']), of(['new'], { new: 'w' }), of(['a', 'new']), of(['new', 'a'])];
    expect(new Set(keys).size).toBe(4);
  });
});

test.each([
  [['Block_1.Dense_2.W', 'Block_7.Dense_2.W'], 'Block.Dense_2.W'],
  [['h1', 'h12', 'h3'], 'h'],
  [['d.h1', 'd.h2'], 'd.h'],
  [['adam.m.Dense_1.W.next', 'adam.m.Dense_2.W.next'], 'adam.m.Dense.W.next'],
  [['x', 'x'], 'x'],
  [['x', 'Block_1.y'], 'x'],
  [['a', 'b'], 'a'],
  [['p_2', 's_2'], 'p_2'],
  [['x1.W', 'y1.W'], 'W'],
] as const)('%j play the role of %s', (names, role) => {
  expect(roleOf(names)).toBe(role);
});

/** `h1 = h0 + relu(dense(h0))` and so on, one step of training. */
function chain(blocks: number, target: Target): Program {
  const text = `model chain {
    input x: f32[B, 16]
    target t: f32[B, 16]
    h0 = x
    ${Array.from({ length: blocks }, (_, k) => `h${k + 1} = h${k} + (h${k} |> Dense(16) |> relu)`).join('\n    ')}
    loss = mse(h${blocks}, t)
  }
  train chain { minimize loss with adam(lr = 1e-3) }`;
  const program = checked(text, { training: true, bindings: new Map([['B', 8]]) });
  const fused = fuse(runPasses(differentiate(lower(program, { kind: 'train' }))), target);
  const planned = plan(
    'chain',
    fused,
    printAll(scheduleAll(fused.kernels, fused.values, target), target),
    target,
  );
  validateProgram(planned);
  return planned;
}

describe.each(Object.values(defaultTargets))('on $class', (target) => {
  const [ten, forty] = [10, 40].map((blocks) => chain(blocks, target));

  test('four times as many equal blocks have no more kernels', () => {
    expect(forty!.code.kernels.length).toBe(ten!.code.kernels.length);
    expect(forty!.code.kernels.length).toBeLessThan(12);
    expect(dispatchesOf(forty!).length).toBeGreaterThan(3 * dispatchesOf(ten!).length);
  });

  test('a kernel says whom it serves, and a dispatch what it is', () => {
    const { code, steps } = ten!;
    const dispatches = dispatchesOf({ steps });
    for (const [k, kernel] of code.kernels.entries()) {
      const { name } = kernel;
      const served = dispatches.filter((d) => d.kernel === k).map((d) => d.name);
      if (served.length === 1) expect(served).toEqual([name]);
      else if ('wgsl' in kernel) expect(kernel.wgsl).toContain(`// serves: ${served.join(', ')}\n`);
    }
    expect(new Set(dispatches.map(({ name }) => name)).size).toBe(dispatches.length);
    const updates = dispatches.filter(({ name }) => /W/.test(name)).map(({ equations }) => equations.join());
    for (const layer of ['Dense_1', 'Dense_7', 'Dense_10']) {
      expect(updates.some((equations) => equations.includes(`%${layer}.W.next[`))).toBe(true);
    }
  });
});
