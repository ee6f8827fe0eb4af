/** `(h[:, t], c[:, t]) = cell(…)` in a scan: several results of one step, each carried, against plain loops. */
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { expectClose, graphOf, modelWith, resultOf } from '../lower/lowered.ts';
import { expectGradient } from '../support/gradient.ts';
import { checkText, shortly } from './check-text.ts';

const run = { kind: 'run' } as const;

/** What h and c become: `1 - 0.5 h + c x` and `h x - c`. */
const cell = (types: string, result: string): string =>
  `fn cell(x: f32[B, D], h${types}, c${types})${result} = both(1 - 0.5 * h + c * x, h * x - c)
   fn both(a, b) { return (a, b) }
   `;
const scan = (body: string): string => `input x: f32[B, T, 1]
  input c0: f32[B, 1]
  scan t: T { ${body} }
  output y = h + 2 * c`;
const step = '(h[:, t], c[:, t]) = cell(x[:, t], (h[:, t - 1] else 0), (c[:, t - 1] else c0))';

describe('several results of a step', () => {
  const x = [0.5, -1, 2, 0.25];

  it.each([
    ['by its parameters', ': f32[B, D]', ''],
    ['by its parameters and its result', ': f32[B, D]', ' -> f32[B, D]'],
    ['by its result alone', '', ' -> f32[B, D]'],
  ])('are carried side by side; their shapes are told %s', (_, types, result) => {
    const expected: number[] = [];
    let [h, c] = [0, 0.75];
    for (const one of x) {
      [h, c] = [1 - 0.5 * h + c * one, h * one - c];
      expected.push(h + 2 * c);
    }
    const text = `${cell(types, result)}${modelWith(scan(step))}`;
    const feeds = { x: [x.map((one) => [one])], c0: [[0.75]] };
    expectClose(resultOf(text, 'y', feeds, run, { set: { B: 1, T: 4 } }), expected);
  });

  it.each([1, 2, 3])('have right gradients over %i positions', (T) => {
    const text = `${cell(': f32[B, D]', '')}${modelWith(scan(step))}`;
    expectGradient(graphOf(text, run, { set: { B: 2, T } }), { order: 1 });
  });

  it('are of one evaluation: what is drawn in it is drawn once', () => {
    const body = `input x: f32[T, 3]
      scan t: T { (a[t, :], b[t, :]) = drawn(x[t, :]) }
      output y = a - b
      output z = a`;
    const text = `fn drawn(x: f32[N]) { n = uniform[N] + 0 * x\n return (n, n) }\n${modelWith(body)}`;
    const feeds = { x: [0, 0].map(() => [0, 0, 0]), key: 3 };
    const values = (name: string) => resultOf(text, name, feeds, run, { set: { T: 2 } });
    expectClose(values('y'), [0, 0, 0, 0, 0, 0]);
    expect(new Set(values('z')).size).toBe(6);
  });

  it('make the weights of an inline cell once', () => {
    const more = `layer Cell(units: int) (x: f32[B, I], h: f32[B, units], c: f32[B, units]) {
      g = (x |> Dense(units)) + (h |> Dense(units, bias = false))
      return (tanh(c + g), c + sigmoid(g))
    }
    `;
    const body = `input x: f32[B, T, 2]
      scan t: T { (h[:, t], c[:, t]) = Cell(3)(x[:, t], (h[:, t - 1] else 0), (c[:, t - 1] else 0)) }
      output y = h`;
    const { program, diagnostics } = checkText(`${more}${modelWith(body)}`);
    expect(shortly({ diagnostics })).toEqual([]);
    expect(program!.parameters.map(({ path }) => path)).toEqual([
      'Cell_1.Dense_1.W',
      'Cell_1.Dense_1.b',
      'Cell_1.Dense_2.W',
    ]);
  });

  it('may be left out, and lie along any axis', () => {
    const body = `input x: f32[T, 4]
      scan t: T {
        (_, c[:, t]) = split(x[t, :], 2, over 0)
        s[:, t] = c[:, t] + (s[:, t - 1] else 0)
      }
      output y = s`;
    const feeds = {
      x: [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    };
    expectClose(resultOf(modelWith(body), 'y', feeds, run, { set: { T: 2 } }), [3, 10, 4, 12]);
  });

  it('have the shape of what stands beside them, where nothing else tells it', () => {
    const sums =
      'scan t: T { s[:, t] = (s[:, t - 1] else 0) + x[:, t] - 0.5 * s2[:, t]\ns2[:, t] = x[:, t] * (s[:, t - 1] else 0) }';
    const text = modelWith(`input x: f32[B, T]\n${sums}\noutput y = s`);
    expectClose(resultOf(text, 'y', { x: [[1, 2, 4]] }, run, { set: { B: 1, T: 3 } }), [1, 2, 2]);
    const wider = checkText(
      modelWith(
        'input x: f32[B, T]\ninput z: f32[B, 1]\nscan t: T { s[b, t, :] = s[b, t - 1, :] + z[b, :] }\noutput y = s * x[0, 0]',
      ),
    );
    expect(shortly(wider)[0]).toContain('NN312');
  });

  it.each([
    [
      'scan t: T { (a[:, t], b) = split(x[:, t], 2, over -1) }',
      'NN369 3:13 expected an equation with the index t',
    ],
    [
      'scan t: T { (a[:, t], b[b, t, j]) = split(x[:, t], 2, over -1) }',
      'NN369 3:13 expected an equation with the index t',
    ],
    [
      'scan t: T { (a[:, t], b[:, t], c[:, t]) = split(x[:, t], 2, over -1) }',
      'NN238 3:43 expected 3 values for as many names',
    ],
    ['scan t: T { (a[:, t], b[:, t]) = tanh(x[:, t]) }', 'NN238 3:34 expected 2 values for as many names'],
    [
      '(a[:, t], b[:, t]) = split(x, 2, over -1)',
      'NN238 3:2 expected a name for each of several results, found a with indices',
    ],
  ])('are refused in %s', (line, message) => {
    const said = shortly(checkText(modelWith(`input x: f32[B, T, 4]\n${line}\noutput y = x + 0 * sum(a)`)));
    expect(said.filter((one) => !one.startsWith('NN234'))).toEqual([expect.stringContaining(message)]);
  });

  it('are laid out as they are written', () => {
    const text = modelWith(`  input x: f32[B, T, 4]\n  scan t: T {\n    ${step}\n  }\n  output y = h`);
    expect(format({ name: 'test.nn', text })).toEqual({ text: expect.stringContaining(step) });
  });
});
