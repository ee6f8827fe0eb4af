/** The equations that differentiation writes: what a reader sees, and what must not be there. */
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';

const expand = (text: string) => {
  const graph = differentiate(parseGraph(`graph test {\n${text}\n}`));
  expect(verify(graph)).toEqual([]);
  return graph;
};

/** The equations after the loss, each without its origin. */
function backward(text: string): readonly string[] {
  const graph = expand(text);
  const loss = graph.nodes.findIndex(({ name }) => name === 'l');
  return graph.nodes.slice(loss + 1).map((node) => printNode(node, graph.nodes));
}

const vector = (...data: readonly number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

describe('backward equations', () => {
  it('of a matrix product', () => {
    expect(
      backward(`
        input %x[b: 128, i: 784]: f32
        param %W[o: 10, i: 784]: f32
        input %g[b: 128, o: 10]: f32
        %y[b: 128, o: 10]: f32 = sum[i: 784] %x[b, i] * %W[o, i]
        %l: f32 = sum[b: 128, o: 10] %y[b, o] * %g[b, o]
        %d.W[o: 10, i: 784]: f32 = gradient %l wrt %W
        %d.x[b: 128, i: 784]: f32 = gradient %l wrt %x`),
    ).toEqual([
      '%d.y[b: 128, o: 10]: f32 = %g[b, o]',
      '%d.W[o: 10, i: 784]: f32 = sum[b: 128] %d.y[b, o] * %x[b, i]',
      '%d.x[b: 128, i: 784]: f32 = sum[o: 10] %d.y[b, o] * %W[o, i]',
    ]);
  });

  it('of a sum into every element', () => {
    expect(
      backward(`
        input %x[i: 4]: f32
        %l: f32 = sum[i: 4] %x[i]
        %d.x[i: 4]: f32 = gradient %l wrt %x`),
    ).toEqual(['%d.x[i: 4]: f32 = 1.0']);
  });

  it('of a function with a derivative in terms of its result: loads the result', () => {
    const squash = `
        input %x[i: 4]: f32
        input %g[i: 4]: f32
        %y[i: 4]: f32 = (1.0 / (1.0 + exp(-%x[i]))) derivative(%x[i]: result * (1.0 - result))
        %l: f32 = sum[i: 4] %y[i] * %g[i]
        %d.x[i: 4]: f32 = gradient %l wrt %x`;
    expect(backward(squash)).toContain('%d.x[i: 4]: f32 = %d.y[i] * (%y[i] * (1.0 - %y[i]))');
  });

  it('of an exponential: loads the result', () => {
    const text = `
        input %x[i: 4]: f32
        %y[i: 4]: f32 = exp(%x[i])
        %l: f32 = sum[i: 4] %y[i] * %y[i]
        %d.x[i: 4]: f32 = gradient %l wrt %x`;
    expect(backward(text)).toContain('%d.x[i: 4]: f32 = %d.y[i] * %y[i]');
  });

  it('of a gather: an equality guard', () => {
    expect(
      backward(`
        param %E[v: 50, d: 8]: f32
        input %t[b: 16]: i32
        %y[b: 16, d: 8]: f32 = %E[%t[b], d]
        %l: f32 = sum[b: 16, d: 8] %y[b, d] * %y[b, d]
        %d.E[v: 50, d: 8]: f32 = gradient %l wrt %E`).at(-1),
    ).toBe('%d.E[v: 50, d: 8]: f32 = sum[b: 16 where %t[b] == v] %d.y[b, d]');
  });

  it('of a maximum: through the position of the first', () => {
    const lines = backward(`
        input %x[b: 3, c: 5]: f32
        input %g[b: 3]: f32
        %y[b: 3]: f32 = max[c: 5] %x[b, c]
        %l: f32 = sum[b: 3] %y[b] * %g[b]
        %d.x[b: 3, c: 5]: f32 = gradient %l wrt %x`);
    expect(lines).toContain('%y.arg[b: 3]: i32 = argmax[c: 5] %x[b, c]');
    expect(lines.at(-1)).toBe('%d.x[b: 3, c: 5]: f32 = if c == %y.arg[b] then %d.y[b] else 0.0');
  });

  it('multiply inside a choice, never outside', () => {
    const lines = backward(`
        input %x[i: 4]: f32
        %y[i: 4]: f32 = if %x[i] > 0.0 then sqrt(%x[i]) else 0.0
        %l: f32 = sum[i: 4] %y[i]
        %d.x[i: 4]: f32 = gradient %l wrt %x`);
    expect(lines.at(-1)).toMatch(/^%d.x\[i: 4\]: f32 = if %x\[i\] > 0.0 then .* else 0.0$/);
  });

  it('of several readers: pointwise parts in one equation, each reduction in its own', () => {
    const lines = backward(`
        input %x[i: 4]: f32
        input %W[o: 3, i: 4]: f32
        %a[i: 4]: f32 = sin(%x[i])
        %b[o: 3]: f32 = sum[i: 4] %W[o, i] * %x[i]
        %c[o: 3]: f32 = sum[i: 4] %W[o, i] * exp(%x[i])
        %p: f32 = sum[i: 4] %a[i] * %a[i] * %x[i]
        %q: f32 = sum[o: 3] %b[o] * %c[o]
        %l: f32 = %p + %q
        %d.x[i: 4]: f32 = gradient %l wrt %x`);
    const own = lines.filter((line) => line.startsWith('%d.x'));
    expect(own).toHaveLength(3);
    expect(own[2]).toMatch(/^%d\.x\[i: 4\]: f32 = .*%d\.x\.1\[i\].*%d\.x\.2\[i\]/);
  });
});

describe('differentiation', () => {
  it('leaves no gradient node, to any order', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      %l: f32 = sum[i: 3] %x[i] ** 4
      %g[i: 3]: f32 = gradient %l wrt %x
      %m: f32 = sum[i: 3] %g[i] * %x[i]
      %h[i: 3]: f32 = gradient %m wrt %x
      %n: f32 = sum[i: 3] %h[i]
      %k[i: 3]: f32 = gradient %n wrt %x
      result gradient %g
      result gradient %h
      result gradient %k`);
    expect(graph.nodes.filter(({ kind }) => kind === 'gradient')).toEqual([]);
    const { results } = evaluateGraph(graph, new Map([['x', vector(1, 2, -1)]]));
    // x^4, then 4x^4, then 16x^3: derivatives 4x^3, 16x^3, 48x^2.
    expect([...results.get('g')!.data]).toEqual([4, 32, -4]);
    expect([...results.get('h')!.data]).toEqual([16, 128, -16]);
    expect([...results.get('k')!.data]).toEqual([48, 192, 48]);
  });

  it('fills with zeros, and says why, where there is no path', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      param %w[j: 2]: f32
      %k[j: 2]: f32 = stop_gradient(%w[j])
      %l: f32 = sum[i: 3, j: 2] %x[i] * %k[j]
      %d.w[j: 2]: f32 = gradient %l wrt %w`);
    const gradient = graph.nodes.at(-1)!;
    expect(printNode(gradient, graph.nodes)).toBe('%d.w[j: 2]: f32 = 0.0');
    expect(gradient.origin.adjoint).toEqual({ of: 'l', wrt: 'w', load: '%w', rule: 'no path' });
  });

  it('writes no adjoint of values that no gradient reaches', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      input %t[i: 3]: i32
      %c[i: 3]: f32 = to_f32(%t[i])
      %k[i: 3]: f32 = exp(stop_gradient(%x[i]))
      %l: f32 = sum[i: 3] %x[i] * %c[i] * %k[i]
      %d.x[i: 3]: f32 = gradient %l wrt %x`);
    const names = graph.nodes.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('d.'))).toEqual(['d.x']);
  });

  it('expands all gradients of one value by one sweep, in place', () => {
    const graph = expand(`
      param %a: f32
      param %b: f32
      %l: f32 = %a * %b * %b
      %d.a: f32 = gradient %l wrt %a
      %a.next: f32 = %a - %d.a
      %d.b: f32 = gradient %l wrt %b
      %b.next: f32 = %b - %d.b
      update %a <- %a.next
      update %b <- %b.next`);
    expect(graph.nodes.map(({ name }) => name)).toEqual(['a', 'b', 'l', 'd.b', 'd.a', 'a.next', 'b.next']);
    const { updates } = evaluateGraph(
      graph,
      new Map([...'ab'].map((n) => [n, { shape: [], data: Float64Array.of(3) }])),
    );
    expect([updates.get('a')!.data[0], updates.get('b')!.data[0]]).toEqual([3 - 9, 3 - 18]);
  });

  it('differentiates by an intermediate value and by the value itself', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      %h[i: 3]: f32 = %x[i] * %x[i]
      %l: f32 = sum[i: 3] %h[i] * %h[i]
      %by.h[i: 3]: f32 = gradient %l wrt %h
      %by.x[i: 3]: f32 = gradient %l wrt %x
      %by.l: f32 = gradient %l wrt %l
      result gradient %by.h
      result gradient %by.x
      result gradient %by.l`);
    const { results } = evaluateGraph(graph, new Map([['x', vector(1, 2, 3)]]));
    expect([...results.get('by.h')!.data]).toEqual([2, 8, 18]);
    expect([...results.get('by.x')!.data]).toEqual([4, 32, 108]);
    expect([...results.get('by.l')!.data]).toEqual([1]);
  });

  it('keeps the names of the nodes that were there', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      %h[i: 3]: f32 = %x[i] * %x[i]
      %l: f32 = sum[i: 3] %h[i] * %h[i]
      %grad[i: 3]: f32 = gradient %l wrt %x
      %d.h[i: 3]: f32 = %x[i]
      result output %d.h
      result gradient %grad`);
    const named = graph.nodes.findIndex(({ name }) => name === 'd.h');
    expect(graph.results[0]!.value).toBe(named);
    expect(graph.nodes.map(({ name }) => name)).toContain('d.h_2');
  });

  it('stays finite where a branch that is not taken is not', () => {
    const graph = expand(`
      input %x[i: 3]: f32
      %y[i: 3]: f32 = if %x[i] > 0.0 then sqrt(%x[i]) + log(%x[i]) else %x[i]
      %l: f32 = sum[i: 3] %y[i] * %y[i]
      %d.x[i: 3]: f32 = gradient %l wrt %x
      result gradient %d.x`);
    const { results } = evaluateGraph(graph, new Map([['x', vector(1, 0, -4)]]));
    expect([...results.get('d.x')!.data]).toEqual([3, 0, -8]);
  });

  it('has the product rule where elements are zero', () => {
    const graph = expand(`
      input %x[i: 4]: f32
      %l: f32 = prod[i: 4] %x[i]
      %d.x[i: 4]: f32 = gradient %l wrt %x
      result gradient %d.x`);
    const { results } = evaluateGraph(graph, new Map([['x', vector(2, 0, 3, 4)]]));
    expect([...results.get('d.x')!.data]).toEqual([0, 24, 0, 0]);
  });

  it('gives a finite gradient of cross-entropy at logits of +-1000', () => {
    const graph = expand(`
      input %x[c: 3]: f32
      %m: f32 = max[c: 3] %x[c]
      %k: f32 = stop_gradient(%m)
      %s: f32 = sum[c: 3] exp(%x[c] - %k)
      %l: f32 = log(%s) + %k - %x[1]
      %d.x[c: 3]: f32 = gradient %l wrt %x
      result loss %l
      result gradient %d.x`);
    const { results } = evaluateGraph(graph, new Map([['x', vector(1000, -1000, 0)]]));
    expect(results.get('l')!.data[0]).toBe(2000);
    expect([...results.get('d.x')!.data]).toEqual([1, -1, 0]);
  });

  it('gives the same graph where there is nothing to do', () => {
    const graph = parseGraph('graph plain {\n input %x: f32\n %y: f32 = %x + 1.0\n result output %y\n}');
    expect(differentiate(graph)).toBe(graph);
  });
});
