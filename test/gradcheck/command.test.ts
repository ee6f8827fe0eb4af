/** `nnc gradcheck` as it is called, on a device: agreement, and a false derivative that fails the command. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nnc } from '../support/command.ts';

describe('nnc gradcheck', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nnc-gradcheck-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('checks both orders and both kinds of kernels', () => {
    const { stdout, status } = nnc('gradcheck', 'models/two_layer_sigmoid.nn', '--order', '2', '--json');
    expect(status).toBe(0);
    const { agrees, drawn, checks } = JSON.parse(stdout) as {
      readonly agrees: boolean;
      readonly drawn: readonly string[];
      readonly checks: readonly {
        readonly leaves: readonly { readonly name: string }[];
        readonly unfused: { readonly errors: Readonly<Record<string, number>> };
        readonly fused: { readonly errors: Readonly<Record<string, number>> };
      }[];
    };
    expect(agrees).toBe(true);
    expect(drawn).toEqual(['x', 't']);
    expect(checks).toHaveLength(2);
    for (const { leaves, unfused, fused } of checks) {
      expect(leaves.map(({ name }) => name)).toEqual(['x', 't', 'V', 'a', 'W', 'b']);
      for (const { name } of leaves) {
        expect(unfused.errors[`d.${name}`]).toBeLessThan(1e-4);
        expect(fused.errors[`d.${name}`]).toBeLessThan(1e-4);
      }
    }
  });

  test.each([
    ['--device', 'software'],
    ['--on', 'cpu'],
  ])('agrees where all sizes of a network are equal, in every stage and with %s %s', (...device) => {
    const sizes = ['inputs', 'hidden', 'outputs'].flatMap((name) => ['--set', `${name}=3`]);
    const { stdout, status } = nnc('gradcheck', 'models/two_layer_sigmoid.nn', ...sizes, ...device);
    expect(stdout).toContain(
      'every stage computes the same in f64, for both classes of adapters and the processor',
    );
    expect(stdout).toMatch(/everything agrees\n$/);
    expect(status).toBe(0);
  });

  test('draws lengths that are lengths', () => {
    const file = path.join(folder, 'lengths.nn');
    writeFileSync(
      file,
      `model lengths {
  input x: f32[B, T, 2]
  input n: i32[B]
  h[b, t, i] = (if t < n[b] then x[b, t, i] else 0) + 0.5 * (h[b, t - 1, i] else 0)
  last[b, i] = h[b, n[b] - 1, i]
  loss = mean(last**2)
}
`,
    );
    const { stdout } = nnc('gradcheck', file, '--set', 'T=7', '--no-kernels');
    expect(stdout).toMatch(/everything agrees\n$/);
    const few = nnc('trace', file, '--set', 'B=1', '--set', 'T=1', '--at', 'x=[[[1,2]]],n=[0]');
    expect(few.stderr).toContain('n[0] is 0; allowed are 1 to 1: n - 1 picks one of the 1 positions along t');
  });

  test('takes a batch of one sample of one feature', () => {
    const file = path.join(folder, 'column.nn');
    writeFileSync(
      file,
      `model column {
  input x: f32[B, 1]
  target t: f32[B, 1]
  u = Dense(3)
  w = Dense(3)
  h = x |> u |> tanh
  loss = mse(tanh(u(x) + w(h)) |> Dense(1), t)
}
`,
    );
    for (const batch of [1, 4]) {
      const { stdout, stderr } = nnc('gradcheck', file, '--set', `B=${batch}`);
      expect(stdout, stderr).toMatch(/everything agrees\n$/);
    }
  });

  test('a false derivative is named with its place, and fails the command', () => {
    const file = path.join(folder, 'wrong.nn');
    writeFileSync(
      file,
      `fn squash(x) = tanh(x) derivative 1 - y
model wrong {
  input x: f32[3]
  param w: f32[3] init ones
  h = squash(w * x)
  loss = sum(h * h)
}
`,
    );
    const { stdout, status } = nnc('gradcheck', file, '--no-kernels');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^w .* DISAGREES at \[\d\]: adjoint/m);
    expect(stdout).toContain('the derivative of %h by');
    expect(stdout).toContain('wrong.nn:5:7');
  });

  test('says which losses there are', () => {
    const { stderr, status } = nnc('gradcheck', 'models/scalar.nn', '--loss', 'g');
    expect(status).toBe(2);
    expect(stderr).toContain('f32 numbers are f, df_dx1');
  });
});
