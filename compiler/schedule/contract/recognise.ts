/**
 * A kernel in, a contraction out, or why it is none: one sum of products that splits into two operands, each
 * with rows of its own, so that what is read of one is used again for every row of the other.
 *
 * `y[n, f, j, i] = sum[c, v, u] w[f, c, v, u] * x[n, c, j + v, i + u]`: the left operand is w with the row f,
 * the right one x with the rows n, j, i; the columns c, v, u belong to both. Rows that both operands have are
 * the batch. Operands are expressions: masks, padding and conversions stay with the load that they are for.
 */
import type { Step } from '../../fuse/kernel.ts';
import { call, constant, multiply, select } from '../../scalar/build.ts';
import type { Expr, Load } from '../../scalar/expr.ts';
import { loadsOf, rewrite, variablesOf } from '../../scalar/walk.ts';
import { type Axis, axesOf } from '../axes.ts';
import type { Builder } from '../builder.ts';

export interface Contraction {
  readonly sum: Step;
  readonly left: Operand;
  readonly right: Operand;
  readonly batch: readonly Axis[];
  readonly columns: readonly Axis[];
}

export interface Operand {
  readonly expr: Expr;
  /** Its own, outermost first. */
  readonly rows: readonly Axis[];
  /** What it reads from memory. */
  readonly loads: readonly Load[];
}

/** A factor of the product, or a condition on it. */
interface Part extends Dependent {
  readonly kind: 'factor' | 'condition';
  /** What a condition is the conjunction of: each may depend on fewer rows than all together. */
  readonly conjuncts: readonly Dependent[];
}

/** An expression with the rows that it depends on. */
interface Dependent {
  readonly expr: Expr;
  readonly rows: ReadonlySet<string>;
}

/** More parts than this are not tried in every split. */
const mostParts = 8;

export function recognise(builder: Builder): Contraction | string {
  const { kernel } = builder;
  const reductions = kernel.steps.filter((step) => step.level === 'reduce');
  const [sum] = reductions;
  if (sum === undefined) return 'no reduction';
  if (reductions.length > 1) return `${reductions.length} reductions`;
  if (sum.by !== 'sum' || sum.dtype !== 'f32') return `a ${sum.by} of ${sum.dtype}, not a sum of f32`;
  const element = kernel.steps.find((step) => step.level === 'element' && kernel.stores.includes(step.value));
  if (element !== undefined) return `%${element.name} is stored for every column`;
  const forms = builder.forms;
  const rows = axesOf(kernel.rows, forms).filter((axis) => axis.extent > 1);
  const parts = partsOf(builder, sum, rows);
  if (parts.length > mostParts) return `a product of ${parts.length} parts`;
  const split = bestSplit(parts, rows, builder.readsAround > 0);
  if (split === undefined) return 'the product does not split into two operands with rows of their own';
  const [left, right] = split;
  const operand = (own: readonly Part[], other: readonly Part[]): Operand => {
    const used = rows.filter((axis) => uses(own, axis));
    return {
      expr: product(own, conditionsWithin(parts, used)),
      loads: loadsWithin(builder, own),
      rows: used.filter((axis) => !uses(other, axis)),
    };
  };
  return {
    sum,
    left: operand(left, right),
    right: operand(right, left),
    batch: axesOf(kernel.rows, forms).filter(
      (axis) => axis.extent === 1 || uses(left, axis) === uses(right, axis),
    ),
    columns: axesOf(kernel.columns, forms),
  };
}

/** The parts of the product under a sum, with what other steps of the kernel contribute to them. */
function partsOf(builder: Builder, sum: Step, rows: readonly Axis[]): readonly Part[] {
  const parts: Part[] = [];
  const dependent = (expr: Expr): Dependent => {
    const variables = variablesOf(inlined(builder, expr));
    const used = rows.filter((axis) => axis.members.some((member) => variables.has(member.name)));
    return { expr, rows: new Set(used.map((axis) => axis.name)) };
  };
  const note = (kind: Part['kind'], expr: Expr): void => {
    const conjuncts = kind === 'condition' ? conjunctsOf(expr).map(dependent) : [];
    parts.push({ kind, ...dependent(expr), conjuncts });
  };
  const visit = (expr: Expr): void => {
    const step = expr.kind === 'load' ? builder.chip(expr) : undefined;
    if (step !== undefined) visit(step.body);
    else if (expr.kind === 'call' && expr.fn === 'multiply') expr.operands.forEach(visit);
    else if (expr.kind === 'call' && expr.fn === 'negate') {
      note('factor', constant(-1));
      visit(expr.operands[0]!);
    } else if (expr.kind === 'call' && expr.fn === 'divide' && isProduct(expr.operands[0]!)) {
      visit(expr.operands[0]!);
      note('factor', call('divide', constant(1), expr.operands[1]!));
    } else if (expr.kind === 'select' && isZero(expr.otherwise) && isProduct(expr.then)) {
      note('condition', expr.condition);
      visit(expr.then);
    } else note('factor', expr);
  };
  visit(sum.body);
  for (const guard of sum.guards) note('condition', guard);
  return parts;
}

const conjunctsOf = (expr: Expr): readonly Expr[] =>
  expr.kind === 'call' && expr.fn === 'and' ? expr.operands.flatMap(conjunctsOf) : [expr];

const isZero = (expr: Expr): boolean => expr.kind === 'constant' && expr.value === 0;

const isProduct = (expr: Expr): boolean =>
  (expr.kind === 'call' && (expr.fn === 'multiply' || expr.fn === 'negate')) ||
  (expr.kind === 'select' && isZero(expr.otherwise) && isProduct(expr.then));

const uses = (parts: readonly Part[], axis: Axis): boolean => parts.some((part) => part.rows.has(axis.name));

/** The split in which a number that was read is used most often; undefined where one side has no own rows. */
function bestSplit(
  parts: readonly Part[],
  rows: readonly Axis[],
  masksVectors: boolean,
): readonly [readonly Part[], readonly Part[]] | undefined {
  const rowsOf = (operand: readonly Part[], other: readonly Part[]): number =>
    rows.reduce((size, axis) => (uses(operand, axis) && !uses(other, axis) ? size * axis.extent : size), 1);
  let best: readonly [readonly Part[], readonly Part[]] | undefined;
  // Without reuse of one of them it is none. Of equal ones the first, unless neighbours are read at once though some of
  // them are masked: then one that gives its masked rows to an operand, and not to the batch.
  let most: readonly [number, number] = [1, Number.POSITIVE_INFINITY];
  for (let mask = 0; mask < 2 ** parts.length; mask++) {
    const left = parts.filter((_, k) => (mask >> k) % 2 === 1);
    const right = parts.filter((_, k) => (mask >> k) % 2 === 0);
    const sizes = [rowsOf(left, right), rowsOf(right, left)] as const;
    const [less, more] = [Math.min(...sizes), Math.max(...sizes)];
    if (less < most[0] || (less === most[0] && !(masksVectors && more > most[1]))) continue;
    best = [left, right];
    most = [less, more];
  }
  return best;
}

/** With the bodies of other steps in the place of their values. */
const inlined = (builder: Builder, expr: Expr): Expr =>
  rewrite(expr, (e) => {
    const step = e.kind === 'load' ? builder.chip(e) : undefined;
    return step === undefined || step.level === 'reduce' ? e : inlined(builder, step.body);
  });

const loadsWithin = (builder: Builder, parts: readonly Part[]): readonly Load[] =>
  parts
    .flatMap((part) => loadsOf(inlined(builder, part.expr)))
    .filter((load, k, all) => all.indexOf(load) === k);

/**
 * The conditions that an operand with these rows can check. Both operands check what both can: neither is
 * computed where the product does not count, since NaN * 0 is not 0.
 */
const conditionsWithin = (parts: readonly Part[], rows: readonly Axis[]): readonly Expr[] =>
  parts
    .flatMap((part) => part.conjuncts)
    .filter((conjunct) => [...conjunct.rows].every((name) => rows.some((axis) => axis.name === name)))
    .map((conjunct) => conjunct.expr);

/** The factors multiplied, where the conditions hold, and 0 elsewhere. */
function product(parts: readonly Part[], conditions: readonly Expr[]): Expr {
  const factors = parts.filter((part) => part.kind === 'factor').map((part) => part.expr);
  const value = factors.length === 0 ? constant(1) : factors.reduce((a, b) => multiply(a, b));
  if (conditions.length === 0) return value;
  return select(
    conditions.reduce((a, b) => call('and', a, b)),
    value,
    constant(0),
  );
}
