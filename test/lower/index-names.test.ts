/** Which letters the axes of tensors, gradients and updates get. */
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import { graphOf, modelWith } from './lowered.ts';

/** The letters of each node, and after `|` those of its reduction. */
function letters(text: string, purpose: Purpose = { kind: 'run' }): Readonly<Record<string, string>> {
  const { nodes } = differentiate(graphOf(text, purpose, { training: purpose.kind === 'train' }));
  return Object.fromEntries(
    nodes.map((node) => {
      const reduced = node.kind === 'equation' ? node.reduce?.indices : undefined;
      const list = (indices: typeof node.indices): string => indices.map(({ name }) => name).join(' ');
      return [node.name, list(node.indices) + (reduced === undefined ? '' : ` | ${list(reduced)}`)] as const;
    }),
  );
}

const convolution = modelWith(`
  input x: f32[2, 3, 6, 6]
  param w: f32[4, 3, 3, 3]
  z[n, f, y: 6, q: 6] = sum[c, u, v] w[f, c, u, v] * (x[n, c, y + u - 1, q + v - 1] else 0)
  loss = sum(z * z)
  output dx = grad(loss, x)
  output dw = grad(loss, w)`);

describe('letters', () => {
  it('an axis that is read at a sum has the letter of the equation, and so has the gradient', () => {
    const found = letters(convolution);
    expect(found.x).toBe('n c y q');
    expect(found.dx).toBe('n c y q | f u v');
    expect(found.dw).toBe('f c u v | n y q');
  });

  it('a stride is no hindrance, and neither is a shift', () => {
    const found = letters(
      modelWith('input x: f32[9]\noutput y[t] = sum[k: 3] x[2 * t + k]'.replace('[t]', '[t: 3]')),
    );
    expect(found.x).toBe('t');
  });

  it('what a table is read at by data says nothing: its letter is none that the equation uses', () => {
    const found = letters(
      modelWith(`
  input ids: i32[2, 5]
  param table: f32[7, 3]
  e[n, i] = sum[c] table[ids[n, i], c]
  loss = sum(e)
  output d = grad(loss, table)`),
    );
    expect(found.table).toBe('j c');
    expect(found.d).toBe('j c | n i');
  });

  it('the update of a parameter and the state for it have its letters, also where an axis has one element', () => {
    const text = `${modelWith(`
  input x: f32[4, 3]
  h = x |> Dense(2) |> Dense(1)
  loss = sum(h)`)}train m {\n  minimize loss with adam(lr = 0.1)\n}\n`;
    const found = letters(text, { kind: 'train' });
    for (const layer of ['Dense_1', 'Dense_2']) {
      for (const name of ['W', 'W.next', 'b', 'b.next']) {
        const expected = name.startsWith('W') ? 'o i' : 'o';
        expect([name, found[`${layer}.${name}`]]).toEqual([name, expected]);
        expect([name, found[`adam.m.${layer}.${name}`]]).toEqual([name, expected]);
      }
    }
  });

  it('two axes never share a letter', () => {
    const found = letters(
      modelWith(
        'input a: f32[3]\ninput m: f32[3, 3]\noutput y[i] = m[i, i] * a[i]\noutput o[i, j] = a[i] * a[j]',
      ),
    );
    expect(found).toMatchObject({ a: 'i', m: 'i j', y: 'i', o: 'i j' });
  });
});
