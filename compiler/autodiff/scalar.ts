/**
 * Reverse mode within one element: an expression and the cotangent of its value in, the cotangent of each load out.
 *
 * Rules come from the table of scalar functions (`partials`) and from `derivative` clauses. An expression is a
 * DAG: each part is visited once, after all of its uses, and sums what they send. The seed may be guarded, and
 * so may the cotangents of the branches of a select; `times` keeps products inside.
 */
import type { Expr, Load, ValueId } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { mapChildren, structuralKey } from '../scalar/walk.ts';
import { choose, isZero, plus, times, zero } from './combine.ts';

export interface LoadCotangent {
  readonly load: Load;
  readonly cotangent: Expr;
}

export interface ScalarRequest {
  readonly body: Expr;
  /** The cotangent of the body. */
  readonly seed: Expr;
  /** The value of the body as a load, where it is in memory: partials in terms of the result use it. */
  readonly result?: Load;
  /** Which values are worth a contribution. */
  readonly wanted: (value: ValueId) => boolean;
  /** How a cotangent and a partial are multiplied: `times`, unless a derivation is to be shown as it stands. */
  readonly product?: (cotangent: Expr, partial: Expr) => Expr;
}

/** The cotangents of all distinct loads of wanted values, in the order of their first use. */
export function loadCotangents({
  body,
  seed,
  result,
  wanted,
  product = times,
}: ScalarRequest): readonly LoadCotangent[] {
  const order = activeParts(body, wanted);
  const cotangents = new Map<Expr, Expr>([[body, seed]]);
  const send = (to: Expr, cotangent: Expr): void => {
    if (order.has(to) && !isZero(cotangent)) cotangents.set(to, plus(cotangents.get(to) ?? zero, cotangent));
  };
  const found = new Map<string, LoadCotangent>();
  for (const part of [...order].reverse()) {
    const cotangent = cotangents.get(part);
    if (cotangent === undefined) continue;
    if (part.kind === 'load') {
      const key = structuralKey(part);
      const before = found.get(key);
      found.set(key, { load: part, cotangent: before ? plus(before.cotangent, cotangent) : cotangent });
      continue;
    }
    const value = part === body && result !== undefined ? result : part;
    for (const { to, by } of edges(part, value, product)) send(to, by(cotangent));
  }
  return [...found.values()].reverse();
}

/** Whether a gradient flows from the expression to a load of a wanted value. */
export const flowsTo = (body: Expr, wanted: (value: ValueId) => boolean): boolean =>
  activeParts(body, wanted).size > 0;

interface Edge {
  readonly to: Expr;
  /** The cotangent that goes along it, from that of the part. */
  readonly by: (cotangent: Expr) => Expr;
}

function edges(part: Expr, value: Expr, product: typeof times): readonly Edge[] {
  switch (part.kind) {
    case 'call': {
      const { partials } = functions[part.fn];
      if (partials === 'zero') return [];
      return partials(value, ...part.operands).flatMap((partial, k) =>
        partial === undefined
          ? []
          : [{ to: part.operands[k]!, by: (cotangent) => product(cotangent, partial) }],
      );
    }
    case 'select':
      return [
        { to: part.then, by: (cotangent) => choose(part.condition, cotangent, zero) },
        { to: part.otherwise, by: (cotangent) => choose(part.condition, zero, cotangent) },
      ];
    case 'derivative':
      return part.rules.map(({ operand, partial }) => {
        const resolved = withResult(partial, value);
        return { to: operand, by: (cotangent) => product(cotangent, resolved) };
      });
    case 'constant':
    case 'index':
    case 'load':
    case 'result':
      return [];
    default:
      return part satisfies never;
  }
}

/** The parts that a gradient flows through to a wanted load; each after the parts that it is made of. */
function activeParts(body: Expr, wanted: (value: ValueId) => boolean): ReadonlySet<Expr> {
  const active = new Set<Expr>();
  const seen = new Set<Expr>();
  const visit = (part: Expr): boolean => {
    if (seen.has(part)) return active.has(part);
    seen.add(part);
    if (part.dtype !== 'f32') return false;
    const below = differentiable(part).map(visit);
    if (part.kind === 'load' ? !wanted(part.value) : !below.includes(true)) return false;
    active.add(part);
    return true;
  };
  visit(body);
  return active;
}

function differentiable(part: Expr): readonly Expr[] {
  switch (part.kind) {
    case 'call':
      return functions[part.fn].partials === 'zero' ? [] : part.operands;
    case 'select':
      return [part.then, part.otherwise];
    case 'derivative':
      return part.rules.map(({ operand }) => operand);
    default:
      return [];
  }
}

/** A partial with its `ResultReference` replaced; a derivative inside keeps those of its own partials. */
function withResult(partial: Expr, value: Expr): Expr {
  const done = new Map<Expr, Expr>();
  const replace = (e: Expr): Expr => {
    if (e.kind === 'result') return value;
    if (e.kind !== 'derivative') return mapChildren(e, visit);
    const rules = e.rules.map((rule) => ({ operand: visit(rule.operand), partial: rule.partial }));
    return { ...e, value: visit(e.value), rules };
  };
  const visit = (e: Expr): Expr => {
    const after = done.get(e) ?? replace(e);
    done.set(e, after);
    return after;
  };
  return visit(partial);
}
