/** A comparison of the four ways to a derivative in; its tables, its plot and its JSON out. */
import type { Comparison, Growth, Way } from '../../compiler/compare/index.ts';
import { printExpr } from '../../compiler/ir/print.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import type { Chart } from './chart.ts';
import { dataJson } from './json.ts';
import type { Table } from './table.ts';
import { numberText } from './trace-numbers.ts';

/** Longer formulas are not printed. */
const longest = 180;

const error = (x: number): string => (x === 0 ? '0' : x.toExponential(1));

export function waysTable(
  { byHand, numerical, symbolic, automatic }: Comparison,
  of: string,
  wrt: string,
): Table {
  const row = (name: string, way: Way | undefined, note: string): readonly string[] =>
    way === undefined
      ? [name, '', '', '', '', note]
      : [
          name,
          String(way.derivative),
          error(
            Math.abs(way.derivative - automatic.derivative) /
              Math.max(Math.abs(automatic.derivative), 1e-300),
          ),
          String(way.operations),
          String(way.kept),
          note,
        ];
  const given = byHand === undefined ? 'none: --hand NAME, or a derivative clause' : 'as the author wrote it';
  return {
    title: `Four ways to d${of}/d${wrt}`,
    head: ['way', 'derivative', 'relative difference', 'operations', 'values kept', ''],
    rows: [
      row('by hand', byHand, given),
      row('numerical', numerical, `central difference, step ${error(numerical.step)}, for each input`),
      row('symbolic', symbolic, 'written out, nothing shared'),
      row('automatic', automatic, 'reverse mode: value and all derivatives'),
    ],
  };
}

export const stepsTable = ({ steps }: Comparison): Table => ({
  title: 'Numerical: relative error against the step',
  head: ['step', 'forward difference', 'central difference'],
  rows: steps.map(({ step, forward, central }) => [error(step), error(forward), error(central)]),
});

export const stepsPlot = ({ steps }: Comparison): Chart => ({
  title: 'Truncation to the right, rounding to the left',
  x: { label: 'step', logarithmic: true },
  y: { label: 'error', logarithmic: true },
  curves: [
    { name: 'forward', points: steps.map(({ step, forward }) => ({ x: step, y: forward })) },
    { name: 'central', points: steps.map(({ step, central }) => ({ x: step, y: central })) },
  ],
});

export const growthTable = ({ growth }: Comparison, wrt: string): Table => ({
  title:
    'Symbolic without sharing: how expressions swell (size: numbers, variables and operations, written out)',
  head: ['value', 'its size', `size of d/d${wrt}`, 'simplified', 'automatic: operations'],
  rows: growth.map(({ name, valueSize, derivativeSize, simplifiedSize, automatic }) => [
    name,
    String(valueSize),
    String(derivativeSize),
    simplifiedSize === undefined ? '' : String(simplifiedSize),
    String(automatic),
  ]),
});

/** The formulas that are short enough to be read. */
export function formulaTable({ growth, graph }: Comparison, wrt: string): Table {
  const text = (expr: Expr): string =>
    printExpr(expr, graph.nodes)
      .replaceAll('%', '')
      .replace(/(?<![\w.])(\d+)\.0(?![\w.])/g, '$1');
  const rows = growth.flatMap(({ name, value, derivative, simplified, derivativeSize }: Growth) => {
    // A formula has at least a character for each of its parts.
    if (derivativeSize > longest) return [];
    const all = [
      [name, text(value)],
      [`d${name}/d${wrt}`, text(derivative)],
      ...(simplified === undefined ? [] : [['simplified', text(simplified)]]),
    ];
    return all.filter(([, formula], k) => formula!.length <= longest && formula !== all[k - 1]?.[1]);
  });
  return { title: 'Written out, where it is short', head: ['', 'formula'], rows };
}

export function comparisonJson(comparison: Comparison, of: string, wrt: string): string {
  const { growth, graph, ...rest } = comparison;
  const sizes = growth.map(({ value, derivative, simplified, ...sizesOnly }) => ({
    ...sizesOnly,
    ...(sizesOnly.derivativeSize <= longest && {
      value: printExpr(value, graph.nodes),
      derivative: printExpr(derivative, graph.nodes),
      ...(simplified && { simplified: printExpr(simplified, graph.nodes) }),
    }),
  }));
  return dataJson({ of, wrt, ...rest, growth: sizes });
}

export const headingOf = ({ value }: Comparison, of: string, wrt: string, x: number): string =>
  `${of} = ${numberText(value)} at ${wrt} = ${numberText(x)}: its derivative in four ways`;
