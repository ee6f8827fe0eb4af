import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { pipeline, preparing } from '../../compiler/passes/index.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor } from '../../src/model/purpose.ts';
import { graphDot } from '../../src/views/dot.ts';
import { changesBetween, recordPasses } from '../../src/views/page/passes.ts';
import { passDumps } from '../../src/views/pass-dumps.ts';
import { sideBySide } from '../../src/views/side-by-side.ts';
import { stageNames } from '../../src/views/stages.ts';
import { svgOf } from '../../src/views/svg.ts';
import { nnc as nncHere } from '../cli/command-line.ts';
import { nnc } from '../support/command.ts';

const model = 'models/two_layer_sigmoid.nn';

function graphsOf(file: string, training = false) {
  const choice = { set: new Map(), ...(training && ({ purpose: 'train' } as const)) };
  const { program, purpose } = checkedFor('dump', parseModel(file), choice);
  const lowered = lower(program, purpose);
  const { observe, records } = recordPasses();
  return { ...simplify(lowered, [observe]), records };
}

describe.each(['scalar', 'mlp', 'conv2d', 'iris', 'two_layer_sigmoid'])('models/%s.nn', (name) => {
  test('its graphs, laid out in 100 columns, read back', () => {
    const { lowered, backward, optimized } = graphsOf(`models/${name}.nn`, name === 'mlp');
    for (const graph of [lowered, backward, optimized]) {
      const text = printGraph(graph, { width: 100 });
      expect(parseGraph(text)).toEqual(graph);
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });
});

describe('pictures', () => {
  test('a graph in DOT has every value once, and every read as an edge', () => {
    const { optimized } = graphsOf(model);
    const dot = graphDot(optimized);
    optimized.nodes.forEach((_, id) => {
      expect(dot.match(new RegExp(`^ *v${id} \\[`, 'gm'))).toHaveLength(1);
    });
    const y = optimized.nodes.findIndex(({ name }) => name === 'y');
    const adjoint = optimized.nodes.findIndex(({ name }) => name === 'd.y');
    expect(dot).toMatch(new RegExp(`v${y} -> v${adjoint} \\[.*dashed`));
  });

  test('names with quotes and backslashes stay names', async () => {
    const graph = parseGraph('graph g {\n  scalar %a: f32 @ "a \\"b\\" \\\\.nn":1:1\n  %y: f32 = %a\n}\n');
    const svg = await svgOf(graphDot(graph));
    expect(svg).toContain('<svg');
    expect(svg).toContain('>y</text>');
  });

  test('every stage in every format', async () => {
    const starts = { json: /^[[{]/, dot: /^digraph /, svg: /<svg[\s\S]*<\/svg>/, html: /^<!doctype html>/ };
    for (const [format, start] of Object.entries(starts)) {
      const stages = format === 'svg' || format === 'html' ? ['ast', 'backward', 'plan'] : stageNames;
      for (const stage of stages) {
        const { code, out, err } = await nncHere('dump', model, '--stage', stage, '--format', format);
        expect([code, err], `${stage} ${format}`).toEqual([0, '']);
        expect(out).toMatch(start);
        if (format === 'json') expect(() => JSON.parse(out) as unknown).not.toThrow();
      }
    }
  });
});

describe('passes', () => {
  test('a dump after all says which stood still, and prints what the others left', () => {
    const { records } = graphsOf('models/mlp.nn');
    const text = passDumps(records, { after: 'all' }, (graph) => `graph of ${graph.nodes.length}\n`);
    expect(text.match(/^\/\/ after /gm)).toHaveLength(preparing.length + pipeline.length);
    const still = records.filter(({ before, after }) => before === after).length;
    expect(still).toBeGreaterThan(0);
    expect(text.match(/: unchanged$/gm)).toHaveLength(still);
    expect(text.match(/^graph of/gm)).toHaveLength(preparing.length + pipeline.length - still);
  });

  test('before one pass: each of its runs', () => {
    const { records } = graphsOf('models/mlp.nn');
    const text = passDumps(records, { before: 'canonicalise' }, () => 'graph\n');
    expect(text.match(/^\/\/ before canonicalise/gm)).toHaveLength(
      pipeline.filter(({ name }) => name === 'canonicalise').length,
    );
  });

  test('changes between two graphs are what differs in their texts', () => {
    const read = (body: string) => parseGraph(`graph g {\n  input %x[i: 4]: f32\n${body}\n}\n`);
    const before = read('  %a[i: 4]: f32 = %x[i]\n  %b[i: 4]: f32 = %a[i] + 1.0');
    const after = read('  %b[i: 4]: f32 = %x[i] + 1.0\n  %c[i: 4]: f32 = %x[i]');
    expect(changesBetween(before, after)).toEqual([
      { name: 'a', before: '%a[i: 4]: f32 = %x[i]' },
      { name: 'b', before: '%b[i: 4]: f32 = %a[i] + 1.0', after: '%b[i: 4]: f32 = %x[i] + 1.0' },
      { name: 'c', after: '%c[i: 4]: f32 = %x[i]' },
    ]);
    expect(changesBetween(before, before)).toEqual([]);
  });

  test('--stop-after leaves the graph as that pass left it', () => {
    const { stdout, status } = nnc('dump', model, '--stop-after', 'strip');
    expect(status).toBe(0);
    const { records } = graphsOf(model);
    const strip = records.find(({ pass }) => pass.name === 'strip');
    expect(parseGraph(stdout)).toEqual(strip?.after);
  });

  test('--time-passes lists every pass; an unknown pass is named with its neighbours', () => {
    const { stdout } = nnc('dump', model, '--time-passes');
    expect(stdout.split('\n').filter((line) => /^\S+ +\d+\.\d\d/.test(line))).toHaveLength(
      preparing.length + pipeline.length + 1,
    );
    const wrong = nnc('dump', model, '--dump-after', 'canonicalize');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('canonicalise')]);
  });
});

describe('side by side', () => {
  test('each equation stands beside its adjoint, in 100 columns', () => {
    const text = sideBySide(graphsOf(model).backward, 100);
    const rows = text.split('\n');
    expect(rows.filter((row) => row.length > 100)).toEqual([]);
    expect(rows).toContainEqual(expect.stringMatching(/^%s\[o\] = .* │ %d\.s\[o\] = /));
    expect(rows).toContainEqual(expect.stringMatching(/^param %W\[o, j\] .* │ %d\.W\[o, j\] = /));
    expect(text).toContain('line 14');
  });

  test('is for graphs only', () => {
    const { status, stderr } = nnc('dump', model, '--stage', 'plan', '--side-by-side');
    expect([status, stderr]).toEqual([2, expect.stringContaining('--side-by-side')]);
  });
});

test('view writes the page of the largest program that the model has', () => {
  const { status, stderr } = nnc('view', 'models/mlp.nn', '-o', '/dev/null');
  expect([status, stderr]).toEqual([0, expect.stringContaining('wrote /dev/null')]);
});
