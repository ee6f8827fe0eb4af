/** Ways through formulas: mapping, substituting indices and tensors without capture, comparing, measuring. */
import type { Affine } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { substitute as substituteAffine, variablesOf } from '../index/query.ts';
import type { Formula, Line, ReduceFormula, TensorFormula } from './explanation.ts';
import { formulaText } from './text.ts';

/** An index that stands by itself. */
export const indexOf = ({ name }: { readonly name: string }): Formula => ({
  kind: 'index',
  of: variable(name),
});

export const number = (value: number): Formula => ({ kind: 'number', value, dtype: 'f32' });

/** The direct parts. */
export function partsOf(formula: Formula): readonly Formula[] {
  switch (formula.kind) {
    case 'number':
    case 'index':
    case 'ones':
      return [];
    case 'transposed':
      return [formula.of];
    case 'product':
    case 'elementwise':
      return [formula.left, formula.right];
    case 'tensor':
      return formula.indices;
    case 'call':
      return formula.operands;
    case 'named':
      return [formula.operand];
    case 'indicator':
      return [formula.condition];
    case 'choice':
      return [formula.condition, formula.then, formula.otherwise];
    case 'reduce':
      return [...formula.guards, formula.body];
    default:
      return formula satisfies never;
  }
}

/** The formula with its direct parts replaced. */
export function mapParts(formula: Formula, map: (part: Formula) => Formula): Formula {
  switch (formula.kind) {
    case 'number':
    case 'index':
    case 'ones':
      return formula;
    case 'transposed':
      return { ...formula, of: map(formula.of) };
    case 'product':
    case 'elementwise':
      return { ...formula, left: map(formula.left), right: map(formula.right) };
    case 'tensor':
      return { ...formula, indices: formula.indices.map(map) };
    case 'call':
      return { ...formula, operands: formula.operands.map(map) };
    case 'named':
      return { ...formula, operand: map(formula.operand) };
    case 'indicator':
      return { ...formula, condition: map(formula.condition) };
    case 'choice': {
      const [condition, then, otherwise] = [
        map(formula.condition),
        map(formula.then),
        map(formula.otherwise),
      ];
      return { kind: 'choice', condition, then, otherwise };
    }
    case 'reduce':
      return { ...formula, guards: formula.guards.map(map), body: map(formula.body) };
    default:
      return formula satisfies never;
  }
}

export type Substitution = ReadonlyMap<string, Formula>;

/** The index variables that are free in it. */
export function freeIndices(formula: Formula): ReadonlySet<string> {
  if (formula.kind === 'index') return variablesOf(formula.of);
  const free = new Set(partsOf(formula).flatMap((part) => [...freeIndices(part)]));
  if (formula.kind === 'reduce') for (const { name } of formula.indices) free.delete(name);
  return free;
}

/** Free index variables replaced, all at once; bound ones get primes where they would capture. */
export function substitute(formula: Formula, map: Substitution): Formula {
  if (map.size === 0) return formula;
  if (formula.kind === 'index') return substitutedIndex(formula.of, map);
  if (formula.kind !== 'reduce') return mapParts(formula, (part) => substitute(part, map));
  const incoming = new Set([...map.values()].flatMap((value) => [...freeIndices(value)]));
  const inside = new Map(map);
  const taken = new Set([...incoming, ...freeIndices(formula)]);
  const indices = formula.indices.map(({ name, extent }) => {
    inside.delete(name);
    let free = name;
    while (taken.has(free)) free += "'";
    taken.add(free);
    if (free !== name) inside.set(name, { kind: 'index', of: variable(free) });
    return { name: free, extent };
  });
  const visit = (part: Formula): Formula => substitute(part, inside);
  return { ...formula, indices, guards: formula.guards.map(visit), body: visit(formula.body) };
}

function substitutedIndex(of: Affine, map: Substitution): Formula {
  const plain = plainName({ kind: 'index', of });
  if (plain !== undefined) return map.get(plain) ?? { kind: 'index', of };
  const affine = new Map<string, Affine>();
  for (const name of variablesOf(of)) {
    const by = map.get(name);
    if (by?.kind === 'index') affine.set(name, by.of);
    else if (by?.kind === 'number') affine.set(name, { constant: by.value, terms: [] });
    else if (by !== undefined) return arithmetic(of, map);
  }
  const result = substituteAffine(of, affine, new Map());
  return result.terms.length === 0
    ? { kind: 'number', value: result.constant, dtype: 'i32' }
    : { kind: 'index', of: result };
}

/** Index arithmetic on a value that is data: written out as integer functions. */
function arithmetic(of: Affine, map: Substitution): Formula {
  const integer = (value: number): Formula => ({ kind: 'number', value, dtype: 'i32' });
  const call = (fn: 'add' | 'multiply' | 'divide' | 'modulo', a: Formula, b: Formula): Formula => ({
    kind: 'call',
    fn,
    dtype: 'i32',
    operands: [a, b],
  });
  const terms = of.terms.map(({ coefficient, atom }) => {
    const value =
      atom.kind === 'index'
        ? (map.get(atom.name) ?? ({ kind: 'index', of: variable(atom.name) } as const))
        : call(atom.kind === 'div' ? 'divide' : 'modulo', substitutedIndex(atom.of, map), integer(atom.by));
    return coefficient === 1 ? value : call('multiply', integer(coefficient), value);
  });
  const all = of.constant === 0 ? terms : [...terms, integer(of.constant)];
  return all.reduce((a, b) => call('add', a, b));
}

/** The name of an index that stands by itself. */
export function plainName(formula: Formula): string | undefined {
  if (formula.kind !== 'index' || formula.of.constant !== 0 || formula.of.terms.length !== 1)
    return undefined;
  const { coefficient, atom } = formula.of.terms[0]!;
  return coefficient === 1 && atom.kind === 'index' ? atom.name : undefined;
}

/** Tensors written out by the right sides of their lines; `taken` are the names of indices in use outside. */
export function writeOut(
  formula: Formula,
  lines: ReadonlyMap<string, Line>,
  taken: ReadonlySet<string>,
): Formula {
  if (formula.kind === 'tensor') {
    const line = lines.get(formula.name);
    const indices = formula.indices.map((part) => writeOut(part, lines, taken));
    if (line === undefined) return { ...formula, indices };
    const fresh = apart(line.right, taken);
    return substitute(fresh, new Map(line.indices.map(({ name }, k) => [name, indices[k]!] as const)));
  }
  if (formula.kind !== 'reduce') return mapParts(formula, (part) => writeOut(part, lines, taken));
  const inside = new Set([...taken, ...formula.indices.map(({ name }) => name)]);
  return mapParts(formula, (part) => writeOut(part, lines, inside));
}

/** The formula with bound indices that have names of their own. */
function apart(formula: Formula, taken: ReadonlySet<string>): Formula {
  if (formula.kind !== 'reduce') return mapParts(formula, (part) => apart(part, taken));
  const used = new Set([...taken, ...freeIndices(formula)]);
  const renaming = new Map<string, Formula>();
  const indices = formula.indices.map(({ name, extent }) => {
    let free = name;
    while (used.has(free)) free += "'";
    used.add(free);
    if (free !== name) renaming.set(name, { kind: 'index', of: variable(free) });
    return { name: free, extent };
  });
  const visit = (part: Formula): Formula => apart(substitute(part, renaming), used);
  return { ...formula, indices, guards: formula.guards.map(visit), body: visit(formula.body) };
}

/** Equal for formulas that are the same up to the names of bound indices. */
export const keyOf = (formula: Formula): string => formulaText(canonical(formula, 0));

function canonical(formula: Formula, depth: number): Formula {
  if (formula.kind !== 'reduce') return mapParts(formula, (part) => canonical(part, depth));
  const renaming = new Map(
    formula.indices.map(
      ({ name }, k) => [name, { kind: 'index', of: variable(`#${depth + k}`) } as const] as const,
    ),
  );
  const inner = depth + formula.indices.length;
  const visit = (part: Formula): Formula => canonical(substitute(part, renaming), inner);
  const indices = formula.indices.map(({ extent }, k) => ({ name: `#${depth + k}`, extent }));
  return { ...formula, indices, guards: formula.guards.map(visit), body: visit(formula.body) };
}

/** How much there is to read; an adjoint stands for more than it shows. */
export function sizeOf(formula: Formula): number {
  if (formula.kind === 'index') return 0;
  if (formula.kind === 'tensor') return formula.adjointOf === undefined ? 1 : 2;
  return 1 + partsOf(formula).reduce((sum, part) => sum + sizeOf(part), 0);
}

export const holdsSum = (formula: Formula): boolean =>
  formula.kind === 'reduce' || partsOf(formula).some(holdsSum);

/** All tensors in it, also those in indices. */
export function tensorsOf(formula: Formula): readonly TensorFormula[] {
  const inner = partsOf(formula).flatMap(tensorsOf);
  return formula.kind === 'tensor' ? [formula, ...inner] : inner;
}

/** A formula as a pattern: index variables of `variables` stand for anything. The substitution that makes it fit. */
export function match(
  pattern: Formula,
  formula: Formula,
  variables: ReadonlySet<string>,
  found: Map<string, Formula> = new Map(),
): ReadonlyMap<string, Formula> | undefined {
  const name = plainName(pattern);
  if (name !== undefined && variables.has(name)) {
    const before = found.get(name);
    if (before !== undefined) return keyOf(before) === keyOf(formula) ? found : undefined;
    found.set(name, formula);
    return found;
  }
  if (pattern.kind === 'reduce' && formula.kind === 'reduce')
    return matchReduce(pattern, formula, variables, found);
  if (!sameHead(pattern, formula)) return undefined;
  const [parts, others] = [partsOf(pattern), partsOf(formula)];
  if (parts.length !== others.length) return undefined;
  return parts.every((part, k) => match(part, others[k]!, variables, found) !== undefined)
    ? found
    : undefined;
}

function sameHead(a: Formula, b: Formula): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'number' || a.kind === 'index') return formulaText(a) === formulaText(b);
  if (a.kind === 'tensor') return b.kind === 'tensor' && a.name === b.name;
  if (a.kind === 'call') return b.kind === 'call' && a.fn === b.fn;
  return a.kind !== 'named' || (b.kind === 'named' && a.name === b.name);
}

function matchReduce(
  pattern: ReduceFormula,
  formula: ReduceFormula,
  variables: ReadonlySet<string>,
  found: Map<string, Formula>,
): ReadonlyMap<string, Formula> | undefined {
  const same =
    pattern.by === formula.by &&
    pattern.guards.length === formula.guards.length &&
    pattern.indices.length === formula.indices.length &&
    pattern.indices.every(({ extent }, k) => extent === formula.indices[k]!.extent);
  if (!same) return undefined;
  const renaming = new Map(
    pattern.indices.map(
      ({ name }, k) => [name, { kind: 'index', of: variable(formula.indices[k]!.name) } as const] as const,
    ),
  );
  const pairs = [...pattern.guards, pattern.body].map((part) => substitute(part, renaming));
  const others = [...formula.guards, formula.body];
  return pairs.every((part, k) => match(part, others[k]!, variables, found) !== undefined)
    ? found
    : undefined;
}
