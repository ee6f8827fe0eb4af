/** Ways through scalar expressions: rewriting, collecting, substituting. Shared parts are visited once. */
import type { Affine, Ranges } from '../index/affine.ts';
import { variablesOf as affineVariables, print, someVariable, substitute } from '../index/query.ts';
import { call, index, select } from './build.ts';
import type { Expr, Load, ValueId } from './expr.ts';

const none: readonly never[] = [];

/** The direct parts, in the order of their text. */
export function childrenOf<Value>(e: Expr<Value>): readonly Expr<Value>[] {
  switch (e.kind) {
    case 'constant':
    case 'index':
    case 'result':
      return none;
    case 'load':
      return e.indices;
    case 'call':
      return e.operands;
    case 'select':
      return [e.condition, e.then, e.otherwise];
    case 'derivative':
      return [e.value, ...e.rules.flatMap(({ operand, partial }) => [operand, partial])];
    default:
      return e satisfies never;
  }
}

/** `e` with every direct part replaced; the same object where no part changes. */
export function mapChildren<Value>(e: Expr<Value>, map: (part: Expr<Value>) => Expr<Value>): Expr<Value> {
  switch (e.kind) {
    case 'constant':
    case 'index':
    case 'result':
      return e;
    case 'load': {
      const indices = mapAll(e.indices, map);
      return indices === e.indices ? e : { ...e, indices };
    }
    case 'call': {
      const operands = mapAll(e.operands, map);
      if (operands === e.operands) return e;
      // Integers of constants fold; else operands of the same types make a result of the same type.
      const isAlike = e.dtype !== 'i32' && haveTypesOf(operands, e.operands);
      return isAlike ? { kind: 'call', dtype: e.dtype, fn: e.fn, operands } : call(e.fn, ...operands);
    }
    case 'select': {
      const [condition, then, otherwise] = [map(e.condition), map(e.then), map(e.otherwise)];
      const same = condition === e.condition && then === e.then && otherwise === e.otherwise;
      return same ? e : { ...e, condition, then, otherwise };
    }
    case 'derivative': {
      const value = map(e.value);
      const rules = e.rules.map((rule) => {
        const [operand, partial] = [map(rule.operand), map(rule.partial)];
        return operand === rule.operand && partial === rule.partial ? rule : { operand, partial };
      });
      const same = value === e.value && rules.every((rule, k) => rule === e.rules[k]);
      return same ? e : { ...e, value, rules };
    }
    default:
      return e satisfies never;
  }
}

function haveTypesOf<Value>(some: readonly Expr<Value>[], others: readonly Expr<Value>[]): boolean {
  for (let k = 0; k < some.length; k++) if (some[k]!.dtype !== others[k]!.dtype) return false;
  return true;
}

function mapAll<Value>(
  list: readonly Expr<Value>[],
  map: (part: Expr<Value>) => Expr<Value>,
): readonly Expr<Value>[] {
  let mapped: Expr<Value>[] | undefined;
  for (let k = 0; k < list.length; k++) {
    const made = map(list[k]!);
    if (mapped === undefined && made !== list[k]) mapped = list.slice(0, k);
    mapped?.push(made);
  }
  return mapped ?? list;
}

/** From the leaves up: `visit` sees each part after its own parts were rewritten, and gives what replaces it. */
export const rewrite = <Value>(expr: Expr<Value>, visit: (e: Expr<Value>) => Expr<Value>): Expr<Value> =>
  rewriter(visit)(expr);

/** Rewrites one expression after the other; what they share, once. */
export function rewriter<Value>(visit: (e: Expr<Value>) => Expr<Value>): (e: Expr<Value>) => Expr<Value> {
  const done = new Map<Expr<Value>, Expr<Value>>();
  const walk = (e: Expr<Value>): Expr<Value> => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const replaced = visit(mapChildren(e, walk));
    done.set(e, replaced);
    return replaced;
  };
  return walk;
}

/** Calls `visit` once on each part, parts before the whole. */
export function forEach<Value>(expr: Expr<Value>, visit: (e: Expr<Value>) => void): void {
  const seen = new Set<Expr<Value>>();
  const walk = (e: Expr<Value>): void => {
    if (seen.has(e)) return;
    seen.add(e);
    for (const part of childrenOf(e)) walk(part);
    visit(e);
  };
  walk(expr);
}

/** The loads in it, also those inside the indices of others and in derivative clauses; equal ones once. */
export function loadsOf(expr: Expr): readonly Load[] {
  const found: Load[] = [];
  forEach(expr, (e) => {
    if (e.kind === 'load') found.push(e);
  });
  // Only loads of one value can be equal.
  if (new Set(found.map(({ value }) => value)).size === found.length) return found;
  const { keyOf } = keyTable();
  const unlike = new Map<string, Load>();
  for (const load of found) if (!unlike.has(keyOf(load))) unlike.set(keyOf(load), load);
  return [...unlike.values()];
}

const variables = new WeakMap<object, ReadonlySet<string>>();

/** The names of the index variables in it. */
export function variablesOf<Value>(expr: Expr<Value>): ReadonlySet<string> {
  if (expr.kind === 'constant') return noNames;
  if (expr.kind === 'index') return affineVariables(expr.of);
  const known = variables.get(expr);
  if (known !== undefined) return known;
  const names = childrenOf(expr).reduce(joined, noNames);
  variables.set(expr, names);
  return names;
}

const noNames: ReadonlySet<string> = new Set();

/** With the variables of one more part; one of the two sets itself where the other says nothing more. */
function joined<Value>(names: ReadonlySet<string>, part: Expr<Value>): ReadonlySet<string> {
  const others = variablesOf(part);
  if (names.size === 0 || others === names) return others;
  const more = [...others].filter((name) => !names.has(name));
  return more.length === 0 ? names : new Set([...names, ...more]);
}

/** Each index variable in `map` replaced, all at once; `ranges` are those of the variables of the result. */
export const substituteIndices = <Value>(
  expr: Expr<Value>,
  map: ReadonlyMap<string, Affine>,
  ranges: Ranges,
): Expr<Value> =>
  rewrite(expr, (e) => {
    if (e.kind !== 'index' || !someVariable(e.of, (name) => map.has(name))) return e;
    return index(substitute(e.of, map, ranges));
  });

/** The same expression of what `map` gives for each value that it reads. */
export function mapValues<From, To>(expr: Expr<From>, map: (value: From) => To): Expr<To> {
  const done = new Map<Expr<From>, Expr<To>>();
  const walk = (e: Expr<From>): Expr<To> => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const made = mapped(e);
    done.set(e, made);
    return made;
  };
  const mapped = (e: Expr<From>): Expr<To> => {
    switch (e.kind) {
      case 'constant':
      case 'index':
      case 'result':
        return e;
      case 'load':
        return { ...e, value: map(e.value), indices: e.indices.map(walk) };
      case 'call':
        return { ...e, operands: e.operands.map(walk) };
      case 'select':
        return select(walk(e.condition), walk(e.then), walk(e.otherwise));
      case 'derivative': {
        const rules = e.rules.map(({ operand, partial }) => ({
          operand: walk(operand),
          partial: walk(partial),
        }));
        return { ...e, value: walk(e.value), rules };
      }
      default:
        return e satisfies never;
    }
  };
  return walk(expr);
}

export interface KeyTable {
  readonly keyOf: (e: Expr) => string;
  /** By structure, in the order of their first sight. */
  readonly byStructure: ReadonlyMap<string, string>;
}

/** What names stand for in a structure; by default, themselves. */
export interface Naming {
  readonly value: (value: ValueId) => string;
  readonly index: (of: Affine) => string;
}

/** Numbers each distinct structure; equal structures get equal numbers within one table. */
export function keyTable(naming: Naming = { value: String, index: print }): KeyTable {
  const byStructure = new Map<string, string>();
  const byObject = new Map<Expr, string>();
  const keyOf = (e: Expr): string => {
    const known = byObject.get(e);
    if (known !== undefined) return known;
    const structure = describe(e, childrenOf(e).map(keyOf), naming);
    const key = byStructure.get(structure) ?? String(byStructure.size);
    byStructure.set(structure, key);
    byObject.set(e, key);
    return key;
  };
  return { keyOf, byStructure };
}

function describe(e: Expr, parts: readonly string[], naming: Naming): string {
  const list = parts.join(' ');
  switch (e.kind) {
    case 'constant':
      return `constant ${e.dtype} ${Object.is(e.value, -0) ? '-0' : e.value}`;
    case 'index':
      return `index ${naming.index(e.of)}`;
    case 'result':
      return `result ${e.dtype}`;
    case 'load':
      return `load ${e.dtype} ${naming.value(e.value)} [${list}]`;
    case 'call':
      return `${e.fn} ${e.dtype} (${list})`;
    case 'select':
      return `select (${list})`;
    case 'derivative':
      return `derivative (${list})`;
    default:
      return e satisfies never;
  }
}

/** Equal for, and only for, expressions of equal structure, however their parts are shared. */
export function structuralKey(expr: Expr): string {
  const { keyOf, byStructure } = keyTable();
  keyOf(expr);
  return [...byStructure.keys()].join('\n');
}

/** The name of the index that an expression is, if it is one and nothing more. */
export function bareVariable<Value>(expr: Expr<Value>): string | undefined {
  if (expr.kind !== 'index' || expr.of.constant !== 0 || expr.of.terms.length !== 1) return undefined;
  const { coefficient, atom } = expr.of.terms[0]!;
  return coefficient === 1 && atom.kind === 'index' ? atom.name : undefined;
}
