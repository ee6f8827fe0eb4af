/** Ways through scalar expressions: rewriting, collecting, substituting. Shared parts are visited once. */
import type { Affine, Ranges } from '../index/affine.ts';
import { variablesOf as affineVariables, print, substitute } from '../index/query.ts';
import { call, index } from './build.ts';
import type { Expr, Load } from './expr.ts';

/** The direct parts, in the order of their text. */
export function childrenOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'constant':
    case 'index':
    case 'result':
      return [];
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
export function mapChildren(e: Expr, map: (part: Expr) => Expr): Expr {
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
      return operands === e.operands ? e : call(e.fn, ...operands);
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

function mapAll(list: readonly Expr[], map: (part: Expr) => Expr): readonly Expr[] {
  const mapped = list.map(map);
  return mapped.every((e, k) => e === list[k]) ? list : mapped;
}

/** From the leaves up: `visit` sees each part after its own parts were rewritten, and gives what replaces it. */
export function rewrite(expr: Expr, visit: (e: Expr) => Expr): Expr {
  const done = new Map<Expr, Expr>();
  const walk = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const replaced = visit(mapChildren(e, walk));
    done.set(e, replaced);
    return replaced;
  };
  return walk(expr);
}

/** Calls `visit` once on each part, parts before the whole. */
export function forEach(expr: Expr, visit: (e: Expr) => void): void {
  const seen = new Set<Expr>();
  const walk = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    for (const child of childrenOf(e)) walk(child);
    visit(e);
  };
  walk(expr);
}

/** The loads in it, also those inside the indices of others and in derivative clauses; equal ones once. */
export function loadsOf(expr: Expr): readonly Load[] {
  const loads = new Map<string, Load>();
  const keys = keyTable();
  forEach(expr, (e) => {
    const key = keys.keyOf(e);
    if (e.kind === 'load' && !loads.has(key)) loads.set(key, e);
  });
  return [...loads.values()];
}

/** The names of the index variables in it. */
export function variablesOf(expr: Expr): ReadonlySet<string> {
  const names = new Set<string>();
  forEach(expr, (e) => {
    if (e.kind === 'index') for (const name of affineVariables(e.of)) names.add(name);
  });
  return names;
}

/** Each index variable in `map` replaced, all at once; `ranges` are those of the variables of the result. */
export const substituteIndices = (expr: Expr, map: ReadonlyMap<string, Affine>, ranges: Ranges): Expr =>
  rewrite(expr, (e) => {
    if (e.kind !== 'index' || ![...affineVariables(e.of)].some((name) => map.has(name))) return e;
    return index(substitute(e.of, map, ranges));
  });

export interface KeyTable {
  readonly keyOf: (e: Expr) => string;
  /** By structure, in the order of their first sight. */
  readonly byStructure: ReadonlyMap<string, string>;
}

/** Numbers each distinct structure; equal structures get equal numbers within one table. */
export function keyTable(): KeyTable {
  const byStructure = new Map<string, string>();
  const byObject = new Map<Expr, string>();
  const keyOf = (e: Expr): string => {
    const known = byObject.get(e);
    if (known !== undefined) return known;
    const structure = describe(e, childrenOf(e).map(keyOf));
    const key = byStructure.get(structure) ?? String(byStructure.size);
    byStructure.set(structure, key);
    byObject.set(e, key);
    return key;
  };
  return { keyOf, byStructure };
}

function describe(e: Expr, parts: readonly string[]): string {
  const list = parts.join(' ');
  switch (e.kind) {
    case 'constant':
      return `constant ${e.dtype} ${Object.is(e.value, -0) ? '-0' : e.value}`;
    case 'index':
      return `index ${print(e.of)}`;
    case 'result':
      return `result ${e.dtype}`;
    case 'load':
      return `load ${e.dtype} ${e.value} [${list}]`;
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
export function bareVariable(expr: Expr): string | undefined {
  if (expr.kind !== 'index' || expr.of.constant !== 0 || expr.of.terms.length !== 1) return undefined;
  const { coefficient, atom } = expr.of.terms[0]!;
  return coefficient === 1 && atom.kind === 'index' ? atom.name : undefined;
}
