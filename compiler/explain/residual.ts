/**
 * The chain of adjoints in; the residual connections that it goes back through, out: `y = x + f(x)` sends its adjoint on to
 * `x` as it is, and adds what `f` sends. Over a chain of them, the adjoint at the beginning is that at the end plus one
 * term for each, as for `y = x + f1(x) + f2(…)`.
 */
import type { Graph, ValueId } from '../ir/graph.ts';
import { isEquation, isUpdatable, operandsOf } from '../ir/nodes.ts';
import { isConstant } from '../scalar/build.ts';
import type { Adjoint } from './derive.ts';
import type { Formula, Line, TensorFormula } from './explanation.ts';
import { substitute } from './rewrite.ts';

export const residualRule = (to: string): string =>
  `a residual connection: the adjoint of ${to} passes as it is, and what the branch sends is added`;

/** The values that a residual connection skips from, each with the value that it ends in. */
export function residualLinks({ nodes }: Graph, adjoints: readonly Adjoint[]): ReadonlyMap<ValueId, ValueId> {
  return new Map(
    adjoints.flatMap(({ value, contributions }): readonly (readonly [ValueId, ValueId])[] => {
      const ends = contributions.filter(({ reader, load, partial }) => {
        const node = nodes[reader];
        const isSame = node !== undefined && node.indices.length === nodes[value]!.indices.length;
        return (
          isConstant(partial, 1) && isSame && load.value === value && node !== undefined && isEquation(node)
        );
      });
      const branches = contributions.filter((one) => !ends.includes(one));
      const [end, ...others] = ends;
      if (end === undefined || others.length > 0 || branches.length === 0) return [];
      const inside = branches.some(({ reader }) => learnsTo(nodes, value, reader, end.reader));
      return inside ? [[value, end.reader] as const] : [];
    }),
  );
}

/**
 * Whether `to` is made of what `branch` makes of a value, with parameters: a softmax takes something of a value off it, too,
 * and learns nothing.
 */
function learnsTo(nodes: Graph['nodes'], value: ValueId, branch: ValueId, to: ValueId): boolean {
  const seen = new Set<ValueId>();
  const open = [to];
  while (open.length > 0) {
    const id = open.pop()!;
    if (id === value || seen.has(id)) continue;
    seen.add(id);
    if (id > value) open.push(...operandsOf(nodes[id]!));
  }
  return seen.has(branch) && [...seen].some((id) => isUpdatable(nodes[id]!));
}

/** More terms than this are not written out, but for the first two and the last. */
const mostTerms = 4;
const ellipsis: Formula = { kind: 'tensor', name: '…', indices: [] };

/** What a chain of residual connections comes to. */
export interface Identity {
  readonly blocks: number;
  /** With every term … */
  readonly whole: Formula;
  /** … and as it is shown. */
  readonly shown: Formula;
}

/** Chains of at least two connections, each from its beginning to its end. */
export function residualChains(links: ReadonlyMap<ValueId, ValueId>): readonly (readonly ValueId[])[] {
  const ends = new Set(links.values());
  return [...links.keys()]
    .filter((value) => !ends.has(value))
    .map((start) => {
      const chain = [start];
      for (let next = links.get(start); next !== undefined; next = links.get(next)) chain.push(next);
      return chain;
    })
    .filter((chain) => chain.length > 2);
}

/**
 * `d.x0 = d.x4 + branch_4 + … + branch_1`, for the beginning of a chain of at least two; `finals` are the lines of the
 * adjoints, by name. Undefined where one of them is not the sum of the next and something.
 */
export function identityOf(names: readonly string[], finals: (name: string) => Line): Identity | undefined {
  const first = finals(names[0]!);
  const branches: Formula[] = [];
  let end: TensorFormula | undefined;
  for (const [k, name] of names.entries()) {
    if (k === names.length - 1) break;
    const line = finals(name);
    const terms = addends(line.right);
    const next = terms.find((term) => term.kind === 'tensor' && term.name === names[k + 1]);
    if (next?.kind !== 'tensor' || terms.length < 2) return undefined;
    const own = new Map(line.indices.map((index, axis) => [index.name, first.left.indices[axis]!] as const));
    // What is skipped from and what is skipped to have the same points, whatever they are called.
    if (next.indices.some((index, axis) => !isSame(index, line.left.indices[axis]!))) return undefined;
    branches.push(...terms.filter((term) => term !== next).map((term) => substitute(term, own)));
    end = { ...next, indices: first.left.indices };
  }
  if (end === undefined) return undefined;
  const whole = sumOf([end, ...branches.toReversed()]);
  const shown =
    branches.length <= mostTerms
      ? whole
      : sumOf([end, branches.at(-1)!, branches.at(-2)!, ellipsis, branches[0]!]);
  return { blocks: names.length - 1, whole, shown };
}

const isSame = (a: Formula, b: Formula): boolean =>
  a.kind === 'index' && b.kind === 'index' && JSON.stringify(a.of) === JSON.stringify(b.of);

/** The terms of a sum, without and with one that stands by itself under this name; undefined where there are not both. */
export function withoutTerm(
  formula: Formula,
  name: string,
): { readonly term: Formula; readonly rest: Formula } | undefined {
  const terms = addends(formula);
  const term = terms.find((one) => one.kind === 'tensor' && one.name === name);
  const rest = terms.filter((one) => one !== term);
  return term === undefined || rest.length === 0 ? undefined : { term, rest: sumOf(rest) };
}

const addends = (formula: Formula): readonly Formula[] =>
  formula.kind === 'call' && formula.fn === 'add' ? formula.operands.flatMap(addends) : [formula];

export const sumOf = (terms: readonly Formula[]): Formula =>
  terms.reduce((a, b) => ({ kind: 'call', fn: 'add', dtype: 'f32', operands: [a, b] }));
