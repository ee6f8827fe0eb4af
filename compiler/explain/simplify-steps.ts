/**
 * A derivation in; the same after the compiler's own simplifications, with every step that changed an adjoint, out.
 *
 * The passes are those of `passes/`, without those that serve speed only (sharing, splitting) and those that
 * take away what a reader knows (copies that have a name, the author's derivatives). Scalar rules are shown one
 * by one by replaying what the simplifier reports.
 */

import { rangesOf } from '../index/query.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { isComputed, isEquation } from '../ir/nodes.ts';
import { canonicalise } from '../passes/canonicalise.ts';
import { mergeSums } from '../passes/merge-sums.ts';
import { propagateConstants } from '../passes/propagate-constants.ts';
import { type Pass, rebuild } from '../passes/rebuild.ts';
import { tighten } from '../passes/tighten.ts';
import { withoutInvariant } from '../passes/trivial-reductions.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { mapChildren, structuralKey } from '../scalar/walk.ts';
import type { Derivation } from './derive.ts';
import type { Change, Line } from './explanation.ts';
import { lineOf, type Naming } from './formula.ts';
import { withoutZeros } from './sums.ts';
import { formulaText } from './text.ts';

export interface Simplified {
  readonly graph: Graph;
  /** By the adjoint's name. */
  readonly derived: ReadonlyMap<string, Line>;
  readonly changes: ReadonlyMap<string, readonly Change[]>;
  readonly final: ReadonlyMap<string, Line>;
}

/** An axis of extent 1 keeps its name: what is read is the formula of any extent. */
const trivialReductions: Pass = {
  name: 'trivial-reductions',
  doc: 'Drops reduction indices that a sum of equal elements does not depend on.',
  run: (graph) => rebuild(graph, withoutInvariant),
};

/** What a reader is told that a pass did. */
const passNames: ReadonlyMap<Pass, string> = new Map([
  [tighten, 'a sum over points that a condition fixes has those points only'],
  [trivialReductions, 'a sum of equal terms is a product'],
  [propagateConstants, 'known constants put in'],
  [mergeSums, 'sums over the same range are added term by term'],
]);

const passes: readonly Pass[] = [
  propagateConstants,
  canonicalise,
  tighten,
  canonicalise,
  trivialReductions,
  propagateConstants,
  canonicalise,
  trivialReductions,
  propagateConstants,
  mergeSums,
  canonicalise,
];

export function simplifySteps({ graph, adjoints, inlined }: Derivation, naming: Naming): Simplified {
  const names = adjoints.map(({ name }) => name);
  const at = (state: Graph): Naming => ({ ...naming, nodes: state.nodes, inlined });
  const read = (state: Graph): ReadonlyMap<string, Line> => linesOf(state, at(state));
  const changes = new Map<string, Change[]>(names.map((name) => [name, []]));
  const derived = read(graph);
  let lines = derived;
  let state = graph;
  for (const pass of passes) {
    const after = pass.run(state);
    if (after === state) continue;
    const next = read(after);
    for (const name of names) {
      const [old, now] = [lines.get(name)!, next.get(name)!];
      if (formulaText(old.right) === formulaText(now.right)) continue;
      const made =
        pass === canonicalise
          ? ruleChanges(name, state, inlined, at(state), now)
          : [{ rules: [passNames.get(pass) ?? pass.name], right: now.right }];
      changes.get(name)!.push(...made);
    }
    lines = next;
    state = after;
  }
  const final = new Map([...lines].map(([name, line]) => [name, sparing(line)] as const));
  const all = [...changes].map(([name, list]) => {
    const left = final.get(name)!;
    const more = left === lines.get(name) ? [] : [{ rules: [leftOut], right: left.right }];
    return [name, tidied(derived.get(name)!, [...list, ...more])] as const;
  });
  return { graph: state, derived, changes: new Map(all), final };
}

const leftOut = 'what is 0 is left out of a sum';

/** The same line where no sum has anything to leave out. */
function sparing(line: Line): Line {
  const right = withoutZeros(line.right);
  return formulaText(right) === formulaText(line.right) ? line : { ...line, right };
}

/** Each adjoint as a line. */
const linesOf = (state: Graph, naming: Naming): ReadonlyMap<string, Line> =>
  new Map(
    state.results.flatMap(({ name, value }) => {
      const node = state.nodes[value]!;
      return isComputed(node) ? [[name, lineOf(node, naming)] as const] : [];
    }),
  );

/** The scalar rules that apply to one adjoint, step by step; together where it has parts. */
function ruleChanges(
  name: string,
  state: Graph,
  inlined: ReadonlySet<string>,
  naming: Naming,
  now: Line,
): readonly Change[] {
  const node = nodeOf(state, name);
  if (node === undefined) return [];
  const parts = state.nodes.filter(
    (other): other is Equation =>
      isEquation(other) && inlined.has(other.name) && other.origin.within === name,
  );
  const { rules, bodies } = replay(node);
  const others = parts.flatMap((part) => replay(part).rules);
  if (others.length > 0) return [{ rules: [...new Set([...rules, ...others])], right: now.right }];
  const steps = bodies.map((body, k): Change => {
    return { rules: [rules[k]!], right: lineOf({ ...node, body }, naming).right };
  });
  return [
    ...steps,
    { rules: steps.length === 0 ? ['conditions that always hold are dropped'] : [], right: now.right },
  ];
}

const nodeOf = (state: Graph, name: string): Equation | undefined => {
  const value: ValueId | undefined = state.results.find((result) => result.name === name)?.value;
  const node = value === undefined ? undefined : state.nodes[value];
  return node !== undefined && isEquation(node) ? node : undefined;
};

/** Rules that a reader meets often. */
const shortName: ReadonlyMap<string, string> = new Map([['a function of constants', 'constants folded']]);

/** The body after each rule that the simplifier applied. */
function replay(node: Equation): { readonly rules: readonly string[]; readonly bodies: readonly Expr[] } {
  const rules: string[] = [];
  const bodies: Expr[] = [];
  let whole = node.body;
  simplify(node.body, rangesOf(boundIndices(node)), (rule, before, after) => {
    const next = replaced(whole, before, after);
    if (next === whole) return;
    whole = next;
    rules.push(shortName.get(rule) ?? rule);
    bodies.push(next);
  });
  return { rules, bodies };
}

/** Every part that is written like `before`, replaced. */
function replaced(whole: Expr, before: Expr, after: Expr): Expr {
  const key = structuralKey(before);
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const result = e.kind === before.kind && structuralKey(e) === key ? after : mapChildren(e, visit);
    done.set(e, result);
    return result;
  };
  return visit(whole);
}

/** More lines than this in one derivation are joined; of what fills lines by itself, all are. */
const linesFor = (derived: Line): number => (formulaText(derived.right).length > longest ? 1 : 4);
const longest = 320;

/** Rules of arithmetic that need no line of their own. */
const arithmetic: ReadonlySet<string> = new Set([
  'constants folded',
  'x * 1 = x',
  'x * -1 = -x',
  'x ** 1 = x',
  'x + 0 = x',
  'x - 0 = x',
  'x * c = c * x',
  'x / 1 = x',
  '-(-x) = x',
  '-x * y = -(x * y)',
  'x * -y = -(x * y)',
  '-x / y = -(x / y)',
  'x / -y = -(x / y)',
  '-(c * x) = -c * x',
  '-(c / x) = -c / x',
  'x + -y = x - y',
  'x - -y = x + y',
  'x * (c / y) = (c * x) / y',
  'x * (1 / y) = x / y',
  'x * (c * y) = c * (x * y)',
  '(c * x) * y = c * (x * y)',
  'c * (d * x) = (c * d) * x',
]);

/** All that need none. */
const small: ReadonlySet<string> = new Set([
  ...arithmetic,
  'known constants put in',
  'a comparison that the ranges decide',
  'a known condition',
  'and with a known truth',
  leftOut,
]);

/** Formulas show no factor, divisor or exponent of 1, so nobody sees it go. */
const unseen: ReadonlySet<string> = new Set(['x * 1 = x', 'x ** 1 = x', 'x / 1 = x']);

/** More rules of arithmetic than this in one step are told in one word. */
const mostArithmetic = 3;

function told(all: readonly string[]): readonly string[] {
  const trifles = all.filter((rule) => arithmetic.has(rule));
  if (trifles.length > mostArithmetic)
    return [...all.filter((rule) => !trifles.includes(rule)), 'constants and signs brought together'];
  const seen = all.filter((rule) => !unseen.has(rule));
  return seen.length > 0 ? seen : all;
}

const isSmall = ({ rules }: Change): boolean => rules.every((rule) => small.has(rule));

/** Without steps that change nothing visible; the same rule twice in a row once; not too many. */
function tidied(derived: Line, list: readonly Change[]): readonly Change[] {
  const seen: Change[] = [];
  let text = formulaText(derived.right);
  for (const change of list) {
    const now = formulaText(change.right);
    if (now === text) continue;
    text = now;
    const rules = [...new Set(change.rules)];
    const last = seen.at(-1);
    const repeats = last !== undefined && rules.every((rule) => last.rules.includes(rule));
    if (last !== undefined && (repeats || isSmall(change))) {
      seen[seen.length - 1] = { rules: [...new Set([...last.rules, ...rules])], right: change.right };
    } else seen.push({ rules, right: change.right });
  }
  return joined(seen, linesFor(derived)).map(({ rules, right }) => ({ rules: told(rules), right }));
}

/** The cheapest neighbours become one step until few are left. */
function joined(list: readonly Change[], most: number): readonly Change[] {
  if (list.length <= most) return list;
  const counts = list.slice(1).map((change, k) => change.rules.length + list[k]!.rules.length);
  const at = counts.indexOf(Math.min(...counts));
  const rules = [...new Set([...list[at]!.rules, ...list[at + 1]!.rules])];
  return joined([...list.slice(0, at), { rules, right: list[at + 1]!.right }, ...list.slice(at + 2)], most);
}
