/**
 * Which values the differentiated scalar does not depend on, although it is computed from them: the maximum that
 * a softmax or a logsumexp takes off its operands first. Their adjoints are 0, so none is written down, and
 * nothing has to be kept for them.
 *
 * The proof moves one value m by an unknown d at each of its points and follows the change, to first order and by
 * the rules of the adjoint. A value may change
 *
 *     added:  by  factor * d[at]                 x - m,  log(sum exp(x - m))
 *     scaled: by  factor * d[at] * the value     exp(x - m),  sum exp(x - m)
 *
 * and in exp(x - m) / sum exp(x - m), or in m + log(sum exp(x - m)), the factors cancel: what follows does not
 * change. Where the change has neither form, nothing is proven and m keeps its adjoint. The proof holds for all
 * values of the leaves, so derivatives of the adjoint are 0 as well.
 */

import type { Ranges } from '../index/affine.ts';
import { rangesOf } from '../index/query.ts';
import { blocksOf } from '../ir/components.ts';
import type { Equation, Node, ValueId } from '../ir/graph.ts';
import { asComputed, isComputed, isEquation } from '../ir/nodes.ts';
import { gradientOf } from '../ir/reducers.ts';
import { asAffine } from '../scalar/build.ts';
import type { Call, Expr, Load } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, loadsOf, structuralKey, substituteIndices, variablesOf } from '../scalar/walk.ts';
import { isZero } from './combine.ts';
import { at } from './reduce.ts';

type Change = 'none' | 'unknown' | Moved;

interface Moved {
  readonly form: 'added' | 'scaled';
  /** Not 0. */
  readonly factor: number;
  /** The point of m that moves it: an expression for each dimension of m. */
  readonly at: readonly Expr[];
}

/** How many equations a proof may go through: that of a softmax goes through three. */
const patience = 64;

/** The maxima and minima among the values between the leaves and `of` that `of` does not change with. */
export function withoutEffect(
  nodes: readonly Node[],
  of: ValueId,
  among: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const candidates = [...among].filter((id) => id !== of && isExtreme(nodes[id]!));
  if (candidates.length === 0) return new Set();
  const readers = readersBelow(nodes, of);
  return new Set(candidates.filter((id) => changesNothing((value) => nodes[value]!, of, id, readers)));
}

const isExtreme = (node: Node): boolean =>
  isEquation(node) && node.reduce !== undefined && gradientOf(node.reduce.by).to === 'chosen';

/** Of each value, the equations that read it and that `of` is computed from. */
function readersBelow(nodes: readonly Node[], of: ValueId): ReadonlyMap<ValueId, ReadonlySet<ValueId>> {
  const readers = new Map<ValueId, Set<ValueId>>([[of, new Set()]]);
  for (const { members } of blocksOf(nodes, of).toReversed()) {
    // Of a recurrence all members are needed, or none.
    if (!members.some((id) => readers.has(id))) continue;
    for (const id of members) {
      const node = nodes[id]!;
      if (!isComputed(node)) continue;
      for (const { value } of loadsOf(node.body)) {
        const known = readers.get(value) ?? new Set();
        readers.set(value, known.add(id));
      }
    }
  }
  return readers;
}

function changesNothing(
  nodeAt: (id: ValueId) => Node,
  of: ValueId,
  moved: ValueId,
  readers: ReadonlyMap<ValueId, ReadonlySet<ValueId>>,
): boolean {
  const origin: Moved = { form: 'added', factor: 1, at: at(nodeAt(moved).indices) };
  const changes = new Map<ValueId, Change>([[moved, origin]]);
  const open = new Set<ValueId>();
  // A change that comes back in a recurrence is not followed round and round.
  const follow = (id: ValueId): boolean => {
    for (const reader of readers.get(id) ?? []) open.add(reader);
    return [...open].every((reader) => reader > id);
  };
  if (!follow(moved)) return false;
  for (let step = 0; open.size > 0; step++) {
    if (step > patience) return false;
    // Before it is visited, all that it reads has been: values stand in topological order.
    const id = Math.min(...open);
    open.delete(id);
    const change = changeOf(asComputed(nodeAt(id)), nodeAt, (value) => changes.get(value) ?? 'none');
    if (change === 'unknown') return false;
    if (change === 'none') continue;
    if (id === of) return false;
    changes.set(id, change);
    if (!follow(id)) return false;
  }
  return true;
}

/** How an equation's value changes, by its own indices. */
function changeOf(
  { indices, dtype, reduce, body }: Equation,
  nodeAt: (id: ValueId) => Node,
  changeAt: (id: ValueId) => Change,
): Change {
  // What is no f32 has no derivative: neither positions nor truth values change to first order.
  if (dtype !== 'f32') return 'none';
  const ranges = rangesOf([...indices, ...(reduce?.indices ?? [])]);
  const readLoad = (load: Load): Change => {
    const change = changeAt(load.value);
    if (typeof change === 'string') return change;
    const there = positions(change.at, nodeAt(load.value), load, ranges);
    return there === undefined ? 'unknown' : { ...change, at: there };
  };
  const change = changeOfExpression(body, readLoad);
  if (reduce === undefined || typeof change === 'string') return change;
  const used = new Set(change.at.flatMap((e) => [...variablesOf(e)]));
  if (reduce.indices.some(({ name }) => used.has(name))) return 'unknown';
  // A sum, or a choice, of elements that grow by one factor grows by it; a choice does so by one summand too.
  const { to } = gradientOf(reduce.by);
  if (to === 'chosen') return change;
  return to === 'each' && change.form === 'scaled' ? change : 'unknown';
}

/** The positions, given by the indices of a value, at the point where a load reads it. */
function positions(
  expressions: readonly Expr[],
  { indices }: Node,
  load: Load,
  ranges: Ranges,
): readonly Expr[] | undefined {
  const reads = new Map(indices.map(({ name }, k) => [name, load.indices[k]!] as const));
  const found: Expr[] = [];
  for (const e of expressions) {
    const bare = bareVariable(e);
    const read = bare === undefined ? undefined : reads.get(bare);
    if (read !== undefined) {
      found.push(simplify(read, ranges));
      continue;
    }
    const names = [...variablesOf(e)];
    const affine = names.map((name) => [name, asAffine(reads.get(name)!)] as const);
    const map = new Map(affine.flatMap(([name, of]) => (of === undefined ? [] : [[name, of] as const])));
    if (map.size < names.length) return undefined;
    found.push(simplify(substituteIndices(e, map, ranges), ranges));
  }
  return found;
}

function changeOfExpression(body: Expr, readLoad: (load: Load) => Change): Change {
  const done = new Map<Expr, Change>();
  const visit = (e: Expr): Change => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const change = decide(e);
    done.set(e, change);
    return change;
  };
  const decide = (e: Expr): Change => {
    if (e.dtype !== 'f32') return 'none';
    switch (e.kind) {
      case 'constant':
      case 'result':
        return 'none';
      case 'load':
        return readLoad(e);
      case 'select':
        return changeOfChoice(e.then, visit(e.then), e.otherwise, visit(e.otherwise));
      case 'derivative':
        // What the author wrote may be anything.
        return e.rules.every(({ operand }) => visit(operand) === 'none') ? 'none' : 'unknown';
      case 'call':
        return functions[e.fn].partials === 'zero' ? 'none' : changeOfCall(e, e.operands.map(visit));
      default:
        return e satisfies never;
    }
  };
  return visit(body);
}

function changeOfCall({ fn, operands }: Call, changes: readonly Change[]): Change {
  if (changes.every((change) => change === 'none')) return 'none';
  if (changes.includes('unknown')) return 'unknown';
  const [a, b] = changes as readonly (Moved | 'none')[];
  const [x, y] = operands;
  switch (fn) {
    case 'negate':
      return changed(a!, (form) => (form === 'added' ? -1 : 1));
    case 'add':
      return sum(x!, a!, y!, b!, 1);
    case 'subtract':
      return sum(x!, a!, y!, b!, -1);
    case 'multiply':
      return product(x!, a!, y!, b!, 1);
    case 'divide':
      // c / y for constant c and added y is neither.
      return b !== 'none' && b!.form === 'added' ? 'unknown' : product(x!, a!, y!, b!, -1);
    case 'minimum':
    case 'maximum':
      return changeOfChoice(x!, a!, y!, b!);
    case 'exp':
      return a !== 'none' && a!.form === 'added' ? { ...a!, form: 'scaled' } : 'unknown';
    case 'log':
      return a !== 'none' && a!.form === 'scaled' ? { ...a!, form: 'added' } : 'unknown';
    default:
      return 'unknown';
  }
}

const changed = (a: Moved | 'none', by: (form: Moved['form']) => number): Change =>
  a === 'none' ? a : { ...a, factor: a.factor * by(a.form) };

/** Of two values one of which is taken: both change alike, or one is 0, which any factor leaves. */
function changeOfChoice(x: Expr, a: Change, y: Expr, b: Change): Change {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  if (a === 'none' && b === 'none') return 'none';
  if (a === 'none') return b !== 'none' && b.form === 'scaled' && isZero(x) ? b : 'unknown';
  if (b === 'none') return a.form === 'scaled' && isZero(y) ? a : 'unknown';
  return a.form === b.form && a.factor === b.factor && samePoint(a, b) ? a : 'unknown';
}

/** x + sign * y */
function sum(x: Expr, a: Moved | 'none', y: Expr, b: Moved | 'none', sign: 1 | -1): Change {
  const second: Moved | 'none' = b !== 'none' && b.form === 'added' ? { ...b, factor: sign * b.factor } : b;
  if (a !== 'none' && second !== 'none') {
    if (a.form !== second.form || !samePoint(a, second)) return 'unknown';
    if (a.form === 'scaled') return a.factor === second.factor ? a : 'unknown';
    return withFactor(a, total(a.factor, second.factor));
  }
  const [moved, constant] = a === 'none' ? [second, x] : [a, y];
  if (moved === 'none') return 'none';
  return moved.form === 'added' || isZero(constant) ? moved : 'unknown';
}

/** x * y ** sign */
function product(x: Expr, a: Moved | 'none', y: Expr, b: Moved | 'none', sign: 1 | -1): Change {
  if (a !== 'none' && b !== 'none') {
    if (a.form !== 'scaled' || b.form !== 'scaled' || !samePoint(a, b)) return 'unknown';
    return withFactor(a, total(a.factor, sign * b.factor));
  }
  const [moved, other, power] = a === 'none' ? [b, x, sign] : [a, y, 1];
  if (moved === 'none') return 'none';
  if (moved.form === 'scaled') return withFactor(moved, power * moved.factor);
  if (other.kind !== 'constant' || other.value === 0) return 'unknown';
  return withFactor(
    moved,
    a === 'none' || sign === 1 ? moved.factor * other.value : moved.factor / other.value,
  );
}

const withFactor = (moved: Moved, factor: number | undefined): Change => {
  if (factor === undefined || !Number.isFinite(factor)) return 'unknown';
  return factor === 0 ? 'none' : { ...moved, factor };
};

/** The sum where it is exact: factors cancel only where they are the same number. */
function total(a: number, b: number): number | undefined {
  const c = a + b;
  return c - a === b && c - b === a ? c : undefined;
}

const samePoint = (a: Moved, b: Moved): boolean =>
  a.at.every((e, k) => structuralKey(e) === structuralKey(b.at[k]!));
