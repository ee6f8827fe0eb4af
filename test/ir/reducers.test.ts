/** Every reducer, from its record: values, gradients, kernels of both classes, nothing to reduce; and that it has one place. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import {
  derivedNames,
  gradientOf,
  identityOf,
  isReducerName,
  type ReducerName,
  type ReductionName,
  reducerNames,
  reducers,
  reductionNames,
} from '../../compiler/ir/reducers.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { evaluateCall, functions } from '../../compiler/scalar/functions.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { draws, graphOf, tensor64 } from '../prelude/harness.ts';
import { reduced } from '../support/formulas.ts';
import { expectGradient, withGradients } from '../support/gradient.ts';
import { expectProgramAgrees } from '../support/nests.ts';

const isBool = (by: ReductionName): boolean => isReducerName(by) && reducers[by].result('f32') === undefined;

/** How the columns of each row are reduced: all, some, or in some row none. */
const forms = {
  'every element': '',
  some: ' where c <= b',
  'some, in the first row none': ' where c < 2 * b',
} as const;

type Form = keyof typeof forms;

const takesPart = (form: Form, b: number, c: number): boolean =>
  ({ 'every element': true, some: c <= b, 'some, in the first row none': c < 2 * b })[form];

const numbered = (rows: number, columns: number): Tensor64 =>
  tensor64(
    [rows, columns],
    draws(rows + columns, rows * columns).map((u) => 4 * u - 2),
  );

const modelOf = (by: ReductionName, rows: number, columns: number, form: Form, across = false): Graph =>
  graphOf(
    `model reduced {
       input x: f32[${across ? `${columns}, ${rows}` : `${rows}, ${columns}`}]
       output y[b: ${rows}] = ${by}[c: ${columns}${forms[form]}] (x[${across ? 'c, b' : 'b, c'}]${isBool(by) ? ' > 0' : ''})
     }`,
    'run',
  );

const turned = ({ shape: [rows, columns], data }: Tensor64): Tensor64 => ({
  shape: [columns!, rows!],
  data: data.map((_, k) => data[(k % rows!) * columns! + Math.floor(k / rows!)]!),
});

/** What the reduction is of each row of x, by its record in f64. */
const rowsOf = (by: ReductionName, { shape: [rows, columns], data }: Tensor64, form: Form): number[] =>
  Array.from({ length: rows! }, (_, b) => {
    const row = [...data.subarray(b * columns!, (b + 1) * columns!)].map((x) =>
      isBool(by) ? Number(x > 0) : x,
    );
    return reduced(by, row, form === 'every element' ? undefined : row.map((_, c) => takesPart(form, b, c)));
  });

const shapes = [
  [1, 1],
  [5, 3],
  [3, 3],
  [7, 1],
  [2, 131],
  [70, 13],
] as const;

describe.each(reductionNames)('%s', (by) => {
  describe.each(Object.keys(forms) as readonly Form[])('of %s', (form) => {
    test.each(shapes)('%d rows of %d: the reference and the nests of both classes', (rows, columns) => {
      const x = numbered(rows, columns);
      for (const across of [false, true]) {
        const graph = modelOf(by, rows, columns, form, across);
        const feeds = new Map([['x', across ? turned(x) : x]]);
        const found = evaluateGraph(graph, feeds).results.get('y')!;
        rowsOf(by, x, form).forEach((value, b) => {
          expect(
            Math.abs(found.data[b]! - value),
            `row ${b}: ${found.data[b]}, not ${value}`,
          ).toBeLessThanOrEqual(1e-12 * Math.abs(value));
        });
        for (const target of Object.values(defaultTargets)) {
          expectProgramAgrees(runPasses(graph), feeds, target);
        }
      }
    });
  });

  test('its gradient against differences, to second order', () => {
    for (const form of ['every element', 'some'] as const) {
      const graph = modelOf(by, 4, 5, form);
      if (graph.nodes.at(-1)!.dtype !== 'f32') return;
      expectGradient(graph, { feeds: new Map([['x', numbered(4, 5)]]) });
    }
  });

  test('its gradient over nothing and of equal elements is finite, and 0 where no element takes part', () => {
    for (const value of [0, 1, -2]) {
      const model = modelOf(by, 3, 4, 'some, in the first row none');
      if (model.nodes.at(-1)!.dtype !== 'f32') return;
      const { graph, feeds } = withGradients(
        model,
        new Map([['x', tensor64([3, 4], Array(12).fill(value))]]),
        1,
      );
      const gradient = [...evaluateGraph(differentiate(graph), feeds).results.get('d.x')!.data];
      expect(gradient.every(Number.isFinite), gradient.join()).toBe(true);
      expect(gradient.slice(0, 4)).toEqual([0, 0, 0, 0]);
    }
  });

  test('of a whole tensor, over axes, over none', () => {
    const bool = isBool(by);
    const graph = graphOf(
      `model whole {
         input x: f32[3, 4]
         v[i, j] = x[i, j]${bool ? ' > 0' : ''}
         s = ${bool ? 'x[0, 0] > 0' : 'x[0, 0]'}
         output all_of = ${by}(v)
         output rows_of = ${by}(v, over 1)
         output columns_of = v |> ${by}(over 0)
         output alone = ${by}(s)
       }`,
      'run',
    );
    const x = numbered(3, 4);
    const { results } = evaluateGraph(graph, new Map([['x', x]]));
    const elements = [...x.data].map((e) => (bool ? Number(e > 0) : e));
    const close = (name: string, expected: readonly number[]): void => {
      const found = [...results.get(name)!.data];
      expect(found).toHaveLength(expected.length);
      expected.forEach((e, k) => {
        expect(found[k], name).toBeCloseTo(e, 12);
      });
    };
    close('all_of', [reduced(by, elements)]);
    close(
      'rows_of',
      [0, 1, 2].map((i) => reduced(by, elements.slice(4 * i, 4 * i + 4))),
    );
    close(
      'columns_of',
      [0, 1, 2, 3].map((j) => reduced(by, [elements[j]!, elements[4 + j]!, elements[8 + j]!])),
    );
    close('alone', [reduced(by, [elements[0]!])]);
  });
});

/** By definition, and not by the record. */
const definitions: Partial<Record<ReductionName, (row: readonly number[]) => number>> = {
  mean: (row) => total(row) / row.length,
  norm: (row) => Math.hypot(...row),
  var: (row) => total(row.map((x) => (x - total(row) / row.length) ** 2)) / row.length,
  logsumexp: (row) => Math.log(total(row.map(Math.exp))),
};

const total = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);

describe.each(derivedNames)('%s', (by) => {
  test('is what its name says', () => {
    const definition = definitions[by];
    expect(definition, 'it has a definition').toBeDefined();
    for (const row of [[3], [0.5, -2, 1], [...draws(3, 40)]]) {
      const graph = modelOf(by, 1, row.length, 'every element');
      const found = evaluateGraph(graph, new Map([['x', tensor64([1, row.length], row)]])).results.get('y')!
        .data[0]!;
      expect(found).toBeCloseTo(definition!(row), 12);
    }
  });
});

test('a variance keeps its digits where the mean is large', () => {
  const row = [1e8, 1e8 + 1, 1e8 + 2];
  const { results } = evaluateGraph(
    modelOf('var', 1, 3, 'every element'),
    new Map([['x', tensor64([1, 3], row)]]),
  );
  expect(results.get('y')!.data[0]).toBeCloseTo(2 / 3, 12);
});

describe.each(reducerNames)('%s in a graph', (by) => {
  const reducer = reducers[by];
  const dtypes = (['f32', 'i32', 'u32', 'bool'] as const).filter(
    (dtype) => reducer.result(dtype) !== undefined,
  );

  test('prints and parses back', () => {
    for (const dtype of dtypes) {
      const text = `graph g {\n  input %x[i: 3]: ${dtype}\n  %y: ${reducer.result(dtype)} = ${by}[i: 3] %x[i]\n}\n`;
      const printed = printGraph(parseGraph(text));
      expect(printed).toContain(`= ${by}[i: 3] %x[i]`);
      expect(printGraph(parseGraph(printed))).toBe(printed);
    }
  });

  test('of one element, and of equal ones, means the same after the passes', () => {
    const dtype = dtypes[0]!;
    const type = reducer.result(dtype);
    const graph = parseGraph(`graph g {
      input %x[b: 3]: ${dtype}
      %one[b: 3]: ${type} = ${by}[c: 1] %x[b]
      %some[b: 3]: ${type} = ${by}[c: 1 where b < 2] %x[b]
      %equal[b: 3]: ${type} = ${by}[c: 5] %x[b]
      %guarded[b: 3]: ${type} = ${by}[c: 5 where b < 2] %x[b]
      result value %one
      result value %some
      result value %equal
      result value %guarded
    }`);
    const feeds = new Map([['x', tensor64([3], dtype === 'bool' ? [0, 1, 1] : [-2, 3, 5])]]);
    const plain = evaluateGraph(graph, feeds).results;
    for (const [name, { data }] of evaluateGraph(runPasses(graph), feeds).results) {
      expect([...data], name).toEqual([...plain.get(name)!.data]);
    }
  });

  test('has a neutral element, a function of two, and a gradient where it has floats', () => {
    expect(reducer.doc).toMatch(/^[A-Z].+\.$/);
    expect(dtypes.length).toBeGreaterThan(0);
    for (const dtype of dtypes) {
      const type = functions[reducer.kind === 'value' ? reducer.combine : reducer.beats].type;
      expect(type.result([dtype, dtype])).toBe(reducer.kind === 'value' ? dtype : 'bool');
      const samples = dtype === 'bool' ? [0, 1] : [0, 1, 2, 7, ...(dtype === 'u32' ? [] : [-3])];
      if (reducer.kind === 'value') {
        const none = identityOf(by, dtype);
        for (const x of samples) expect(evaluateCall(reducer.combine, dtype, [none, x])).toBe(x);
      }
    }
    const rule = gradientOf(by);
    expect(rule.to === 'none').toBe(reducer.kind === 'position' || reducer.result('f32') === undefined);
  });
});

describe('one place', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = ['grammar', 'compiler', 'runtime', 'src'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[jt]s$/.test(name))
      .map((name) => path.join(folder, name)),
  );
  const anyName = reductionNames.join('|');

  /** Names that a text lists: quoted, as keys with records, or as choices of a pattern. */
  function listed(text: string): readonly string[] {
    // Words in comments list nothing, and the ends of a range are no reducers.
    const others = /^\s*\*|aliases|\b(min|max): (number|.*\.\1\b)/;
    const lines = text.split('\n').filter((line) => !others.test(line));
    const found = lines.flatMap((line) => [
      ...[...line.matchAll(new RegExp(`(['"\`])(${anyName})\\1`, 'g'))].map((m) => m[2]!),
      ...[...line.matchAll(new RegExp(`^\\s*(${anyName}): [{(\`'"\\w]`, 'g'))].map((m) => m[1]!),
      ...[...line.matchAll(new RegExp(`\\b(${anyName})\\|(${anyName})\\b`, 'g'))].flatMap((m) => [
        m[1]!,
        m[2]!,
      ]),
    ]);
    return [...new Set(found)];
  }

  test('a list of reducers is seen', () => {
    expect(listed("if (by === 'sum' || by === 'prod')")).toEqual(['sum', 'prod']);
    expect(listed('const table = {\n  max: one,\n  argmax: { a: 1 },\n')).toEqual(['max', 'argmax']);
    expect(listed('/^(?:if|all|any)$/')).toEqual(['all', 'any']);
    expect(listed("if (by === 'sum')")).toEqual(['sum']);
  });

  test('no file but the table lists reducers', () => {
    const elsewhere = files
      .filter((file) => !file.startsWith('compiler/ir/reducers/'))
      .flatMap((file) => {
        const names = listed(readFileSync(path.join(root, file), 'utf8'));
        // The functions of two numbers are called max and min, too.
        const own = names.filter((name) => name !== 'max' && name !== 'min');
        return names.length > 1 && own.length > 0 ? [`${file}: ${names.join(', ')}`] : [];
      });
    expect(elsewhere).toEqual([]);
  });

  test('the grammar in writing names them all', () => {
    const file = path.join(root, 'grammar/nn.ebnf');
    const text = readFileSync(file, 'utf8');
    const expected = text.replace(/(REDUCER {2,})[\w\s]+(?=, before "\[")/, `$1${reductionNames.join(' ')}`);
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, expected);
    else expect(text).toBe(expected);
  });

  test('derived ones are written in terms of those that loops know', () => {
    for (const by of derivedNames) {
      const used = new Set<ReducerName>();
      reduced(by, [1, 2], undefined, (name) => used.add(name));
      expect([...used].every(isReducerName), by).toBe(true);
      expect(used.size, by).toBeGreaterThan(0);
    }
  });
});
