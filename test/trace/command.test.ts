/** `nnc trace` as it is called: the table of the textbook, its formats, its messages. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nnc } from '../support/command.ts';

const survey = ['trace', 'models/scalar.nn', '--at', 'x1=2,x2=5'] as const;

describe('nnc trace', () => {
  test('prints the table of the survey', () => {
    const { stdout, status } = nnc(...survey);
    expect(status).toBe(0);
    expect(stdout).toBe(`f of model scalar at x1 = 2, x2 = 5

Forward primal trace, read downwards, and reverse adjoint trace, read upwards

    forward primal                     value  reverse adjoint                       value
-----------------------------------------------------------------------------------------
x1  v-1                                    2  df/dx1 = v̄-1                            5.5
x2  v0                                     5  df/dx2 = v̄0                           1.716
    v1 = ln(v-1) = ln(2)               0.693  v̄-1 = v̄-1 + v̄1 / v-1 = 5 + 1 / 2        5.5
    v2 = v-1 * v0 = 2 * 5                 10  v̄-1 = v̄2 * v0 = 1 * 5                     5
                                              v̄0 = v̄0 + v̄2 * v-1 = -0.284 + 1 * 2   1.716
    v3 = sin(v0) = sin(5)             -0.959  v̄0 = v̄3 * cos(v0) = -1 * cos(5)      -0.284
    v4 = v1 + v2 = 0.693 + 10         10.693  v̄1 = v̄4                                   1
                                              v̄2 = v̄4                                   1
f   v5 = v4 - v3 = 10.693 - (-0.959)  11.652  v̄3 = -v̄5                                 -1
                                              v̄4 = v̄5                                   1
                                              v̄5 = 1                                    1
`);
  });

  test('puts the tangent beside the primal', () => {
    const { stdout } = nnc(...survey, '--tangent', 'x1');
    expect(stdout).toContain('v1 = ln(v-1) = ln(2)               0.693  v̇1 = v̇-1 / v-1 = 1 / 2    0.5');
    expect(stdout).toMatch(/f {3}v5 = v4 - v3 = .* v̇5 = v̇4 {2,}5\.5\n/);
  });

  test('prints every digit as JSON', () => {
    const { stdout } = nnc(...survey, '--json');
    const { forward, reverse } = JSON.parse(stdout) as {
      readonly forward: readonly { readonly symbol: string; readonly value: number }[];
      readonly reverse: readonly { readonly target: string; readonly value: number }[];
    };
    expect(forward.at(-1)).toMatchObject({ symbol: 'v5', value: Math.log(2) + 10 - Math.sin(5) });
    expect(reverse.at(-1)).toMatchObject({ target: 'v-1', value: 5.5 });
  });

  test('prints a table for Markdown and a page for a browser', () => {
    expect(nnc(...survey, '--format', 'md').stdout).toContain(
      '| f | v5 = v4 - v3 = 10.693 - (-0.959) | 11.652 |',
    );
    const page = nnc(...survey, '--format', 'html').stdout;
    expect(page).toContain('<td>v̄0 = v̄3 * cos(v0) = -1 * cos(5)</td><td class="number">-0.284</td>');
    expect(page).not.toMatch(/https?:/);
  });

  test('folds functions of the prelude, in adjoints too, and opens them where that is asked for', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nnc-trace-'));
    const file = path.join(folder, 'm.nn');
    writeFileSync(
      file,
      'model m {\n  input x: f32[B]\n  h = softplus(2 * x) + silu(x) - hard_tanh(x)\n  g = max(x, 0) * exp(x)\n  loss = sum(h + g + relu(x))\n}\n',
    );
    const traced = (...args: readonly string[]) => nnc('trace', file, '--at', 'x=[0.5,-1]', ...args).stdout;
    const [closed, open] = [traced(), traced('--open')];
    rmSync(folder, { recursive: true });
    expect(closed).toContain('softplus.y[b] = softplus(softplus.x[b])');
    expect(closed).toContain('h[b] = softplus.y[b] + x[b] * sigmoid.y[b] - hard_tanh(x[b])');
    expect(closed).toContain('g[b] = maximum(x[b], 0) * exp(x[b])');
    expect(closed).toContain('relu(x[b])');
    expect(closed).toContain('sigmoid(softplus.x[b])');
    expect(closed).not.toContain('log1p');
    expect(open).toContain('log1p');
    expect(open).not.toContain('sigmoid(');
    const values = (text: string) =>
      [...text.matchAll(/\[(?:-?[\d.]+, )*-?[\d.]+\]/g)].map(([value]) => value);
    expect(values(open)).toEqual(values(closed));
  });

  test('puts a device beside the reference, with the distance', () => {
    const { stdout, status } = nnc(...survey, '--on', 'gpu', '--device', 'software');
    expect(status).toBe(0);
    expect(stdout).toMatch(/forward primal +value +device +ulp +reverse adjoint +value +device +ulp/);
    expect(stdout).toMatch(/^ +v2 = v-1 \* v0 = 2 \* 5 +10 +10 +0 /m);
    expect(stdout).toMatch(/^f +v5 = .* 11\.652 +11\.652\d* +[\d.]+ /m);
  });

  test('sums tensors up, a row an equation', () => {
    const { stdout } = nnc('trace', 'models/two_layer_sigmoid.nn', '--at', 'x=[0.5,1],t=[0,1]');
    expect(stdout).toMatch(/^x\[i\] +\[2\] +\[0\.5, 1\]/m);
    expect(stdout).toMatch(/^d\.h\[j\] = sum\[o\] d\.s\.sum\[o\] \* W\[o, j\] .* s\.sum$/m);
  });

  test('says what is missing, and what is not there', () => {
    expect(nnc('trace', 'models/scalar.nn', '--at', 'x1=2')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('input x2 is missing: give --at x2=VALUE') as string,
    });
    expect(nnc(...survey, '--of', 'g').stderr).toContain('there are f, df_dx1');
    expect(nnc('trace', 'models/scalar.nn', '--at', 'x3=2').stderr).toContain('did you mean x1?');
    expect(nnc(...survey, '--tangent', 'y').stderr).toContain('there are x1, x2');
  });
});
