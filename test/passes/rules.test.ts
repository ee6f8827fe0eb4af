/** What each pass is for, as equations before and after. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { defaultSplit, passes, splitReductions } from '../../compiler/passes/index.ts';
import type { Pass } from '../../compiler/passes/rebuild.ts';

const equations = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ kind }) => kind === 'equation').map((node) => printNode(node, graph.nodes));

const rewritten = (names: string, text: string): readonly string[] =>
  equations(
    names
      .split(' ')
      .reduce((graph, name) => (passes.get(name) as Pass).run(graph), parseGraph(`graph test {\n${text}\n}`)),
  );

describe('tighten', () => {
  it('replaces a loop with one point by that point', () => {
    expect(
      rewritten(
        'tighten trivial-reductions canonicalise',
        `input %x[c: 8]: f32
         %y[b: 4]: f32 = sum[c: 8 where c == b + 1] %x[c]`,
      ),
    ).toEqual(['%y[b: 4]: f32 = %x[b + 1]']);
  });

  it('works for an index of any name', () => {
    const text = `input %x[c: 8]: f32
       %y[one: 4]: f32 = sum[c: 8 where c == one] %x[c]`;
    expect(rewritten('tighten trivial-reductions', text)).toEqual(['%y[one: 4]: f32 = %x[one]']);
  });

  it('guards the point where it may be outside', () => {
    const [y] = rewritten(
      'tighten trivial-reductions canonicalise',
      `input %x[c: 8]: f32
       %y[b: 4]: f32 = sum[c: 8 where c == 3*b] %x[c]`,
    );
    expect(y).toBe('%y[b: 4]: f32 = if 3*b <= 7 then %x[3*b] else 0.0');
  });

  it('inverts divisions', () => {
    expect(
      rewritten(
        'tighten canonicalise',
        `input %x[c: 8]: f32
         %y[b: 4]: f32 = sum[c: 8 where c div 2 == b] %x[c]`,
      ),
    ).toEqual(['%y[b: 4]: f32 = sum[c_mod: 2] %x[2*b + c_mod]']);
  });

  it('keeps a loop over data', () => {
    const text = `input %x[c: 8]: f32
         input %t[c: 8]: i32
         %y[b: 4]: f32 = sum[c: 8 where %t[c] == b] %x[c]`;
    expect(rewritten('tighten', text)).toEqual(['%y[b: 4]: f32 = sum[c: 8 where %t[c] == b] %x[c]']);
  });

  it('narrows a loop to constant bounds', () => {
    expect(
      rewritten(
        'tighten canonicalise',
        `input %x[c: 100]: f32
         %y: f32 = sum[c: 100 where 2*c < 9, c > 1] %x[c]`,
      ),
    ).toEqual(['%y: f32 = sum[c: 3] %x[c + 2]']);
  });

  it('makes a product with a one-hot vector a read', () => {
    expect(
      rewritten(
        'tighten trivial-reductions canonicalise',
        `input %x[c: 8, d: 3]: f32
         %y[b: 8, d: 3]: f32 = sum[c: 8] (if c == b then 1.0 else 0.0) * %x[c, d]
         %z[b: 8, d: 3]: f32 = sum[c: 8] %x[c, d] * to_f32(c == b)`,
      ),
    ).toEqual(['%y[b: 8, d: 3]: f32 = %x[b, d]', '%z[b: 8, d: 3]: f32 = %x[b, d]']);
  });
});

describe('trivial-reductions', () => {
  it('drops indices of extent 1 and those that a sum does not depend on', () => {
    expect(
      rewritten(
        'trivial-reductions',
        `input %x[c: 8]: f32
         %a[c: 8]: f32 = sum[i: 1] %x[c]
         %b[c: 8]: f32 = sum[i: 5] %x[c]
         %m[c: 8]: f32 = max[i: 5] %x[c]
         %s: f32 = sum[c: 8, i: 5] %x[c]`,
      ),
    ).toEqual([
      '%a[c: 8]: f32 = %x[c]',
      '%b[c: 8]: f32 = %x[c] * 5.0',
      '%m[c: 8]: f32 = %x[c]',
      '%s: f32 = sum[c: 8] %x[c] * 5.0',
    ]);
  });

  it('gives a maximum over nothing the lowest number', () => {
    const text = `input %x[c: 8]: f32
         %m[c: 8]: f32 = max[i: 1 where c < 3] %x[c]`;
    expect(rewritten('trivial-reductions', text)).toEqual([
      '%m[c: 8]: f32 = if c < 3 then %x[c] else -3.4028234663852886e+38',
    ]);
  });
});

describe('strip', () => {
  it('drops what only differentiation reads', () => {
    expect(
      rewritten(
        'strip',
        `input %x[c: 8]: f32
         %y[c: 8]: f32 = stop_gradient(%x[c]) + exp(%x[c]) derivative(%x[c]: result)`,
      ),
    ).toEqual(['%y[c: 8]: f32 = %x[c] + exp(%x[c])']);
  });
});

describe('share', () => {
  it('merges equations that differ in names only', () => {
    expect(
      rewritten(
        'share eliminate-dead',
        `input %x[b: 4, c: 8]: f32
         %m[b: 4]: f32 = max[c: 8] %x[b, c]
         %n[i: 4]: f32 = max[k: 8] %x[i, k]
         %y[b: 4]: f32 = %m[b] + %n[b]
         result output %y`,
      ),
    ).toEqual(['%m[b: 4]: f32 = max[c: 8] %x[b, c]', '%y[b: 4]: f32 = %m[b] + %m[b]']);
  });

  it('keeps apart what differs in extent, reducer or guard', () => {
    const text = `input %x[b: 4, c: 8]: f32
         %m[b: 4]: f32 = max[c: 8] %x[b, c]
         %n[b: 4]: f32 = min[c: 8] %x[b, c]
         %o[b: 4]: f32 = max[c: 7] %x[b, c]
         %p[b: 4]: f32 = max[c: 8 where c <= b] %x[b, c]`;
    expect(rewritten('share', text)).toHaveLength(4);
  });
});

describe('eliminate-dead', () => {
  it('keeps what results and updates need, and all leaves', () => {
    const graph = parseGraph(`graph test {
      input %x: f32
      input %unused: f32
      state %s: f32
      %a: f32 = %x + 1.0
      %b: f32 = %x + 2.0
      %c: f32 = %a + 3.0
      result output %a
      update %s <- %c
    }`);
    const names = passes
      .get('eliminate-dead')!
      .run(graph)
      .nodes.map(({ name }) => name);
    expect(names).toEqual(['x', 'unused', 's', 'a', 'c']);
  });
});

describe('forward-copies', () => {
  it('reads through copies, transposes and broadcasts', () => {
    expect(
      rewritten(
        'forward-copies eliminate-dead',
        `input %x[i: 3, j: 4]: f32
         %a[i: 3, j: 4]: f32 = %x[i, j]
         %t[j: 4, i: 3]: f32 = %a[i, j]
         %r[k: 2, i: 3]: f32 = %t[0, i]
         %y[k: 2, i: 3]: f32 = %r[k, i] + %t[k, i]
         result output %y`,
      ),
    ).toEqual(['%y[k: 2, i: 3]: f32 = %x[i, 0] + %x[i, k]']);
  });

  it('keeps a copy of a leaf that is a result', () => {
    const text = `input %x[i: 3]: f32
         %a[i: 3]: f32 = %x[i]
         result output %a`;
    expect(rewritten('forward-copies eliminate-dead', text)).toEqual(['%a[i: 3]: f32 = %x[i]']);
  });
});

describe('propagate-constants', () => {
  it('writes a constant where it is read', () => {
    expect(
      rewritten(
        'propagate-constants eliminate-dead canonicalise',
        `input %x[i: 3]: f32
         %c[i: 3]: f32 = 2.0
         %y[i: 3]: f32 = %x[i] * %c[i]
         result output %y`,
      ),
    ).toEqual(['%y[i: 3]: f32 = 2.0 * %x[i]']);
  });
});

describe('merge-sums', () => {
  it('adds sums over the same range', () => {
    expect(
      rewritten(
        'merge-sums eliminate-dead',
        `input %x[i: 3, k: 9]: f32
         input %z[k: 9]: f32
         %a[i: 3]: f32 = sum[k: 9] %x[i, k]
         %b[i: 3]: f32 = sum[r: 9] exp(%z[r])
         %y[i: 3]: f32 = %a[i] + %b[i]
         result output %y`,
      ),
    ).toEqual(['%y[i: 3]: f32 = sum[k: 9] %x[i, k] + exp(%z[k])']);
  });

  it('leaves contractions and sums that others read apart', () => {
    const text = `input %x[i: 3, k: 9]: f32
         input %z[k: 9]: f32
         %a[i: 3]: f32 = sum[k: 9] %x[i, k] * %z[k]
         %b[i: 3]: f32 = sum[k: 9] %x[i, k]
         %c[i: 3]: f32 = sum[k: 9] %z[k]
         %y[i: 3]: f32 = %a[i] + %b[i]
         %w[i: 3]: f32 = %b[i] + %c[i]
         result output %y
         result output %w`;
    expect(rewritten('merge-sums eliminate-dead', text)).toHaveLength(5);
  });
});

describe('split-reductions', () => {
  const split = (text: string): readonly string[] =>
    equations(splitReductions(defaultSplit).run(parseGraph(`graph test {\n${text}\n}`)));

  it('moves an axis of fitting length to a second stage', () => {
    expect(
      split(`input %x[b: 128, i: 784]: f32
             %y: f32 = sum[b: 128, i: 784] %x[b, i]`),
    ).toEqual(['%y.partial[b: 128]: f32 = sum[i: 784] %x[b, i]', '%y: f32 = sum[b: 128] %y.partial[b]']);
  });

  it('cuts a single long axis', () => {
    expect(
      split(`input %x[i: 65536]: f32
             %y: f32 = max[i: 65536] %x[i]`),
    ).toEqual([
      '%y.partial[i_part: 256]: f32 = max[i: 256] %x[256*i_part + i]',
      '%y: f32 = max[i_part: 256] %y.partial[i_part]',
    ]);
  });

  it('guards a ragged end', () => {
    expect(
      split(`input %x[i: 20011]: f32
             %y: f32 = sum[i: 20011] %x[i]`),
    ).toEqual([
      '%y.partial[i_part: 141]: f32 = sum[i: 142 where 142*i_part + i < 20011] %x[142*i_part + i]',
      '%y: f32 = sum[i_part: 141] %y.partial[i_part]',
    ]);
  });

  it('leaves short ones, ones with many results and positions alone', () => {
    const text = `input %x[i: 20000, j: 64]: f32
             %a: f32 = sum[j: 64] %x[0, j]
             %b[j: 64]: f32 = sum[i: 20000] %x[i, j]
             %c: i32 = argmax[i: 20000] %x[i, 0]`;
    expect(split(text)).toHaveLength(3);
  });
});
