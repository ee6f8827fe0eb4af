/**
 * Nodes in, what their kinds say out: the only place that tells kinds apart. A new kind stops the type check here,
 * in `matchNode`, and then at each of its calls, which are the stages that must decide what to do with it.
 */

import { InternalError } from '../internal-error.ts';
import type { Load } from '../scalar/expr.ts';
import { loadsOf, rewriter } from '../scalar/walk.ts';
import { mapExpressions } from './equation.ts';
import type { Equation, Gradient, Graph, Leaf, Node, ValueId } from './graph.ts';

/** What is done with a node of each kind. */
export interface NodeCases<Made> {
  readonly leaf: (node: Leaf) => Made;
  readonly gradient: (node: Gradient) => Made;
  readonly equation: (node: Equation) => Made;
}

export function matchNode<Made>(node: Node, cases: NodeCases<Made>): Made {
  switch (node.kind) {
    case 'input':
    case 'param':
    case 'frozen':
    case 'state':
    case 'scalar':
      return cases.leaf(node);
    case 'gradient':
      return cases.gradient(node);
    case 'equation':
      return cases.equation(node);
    default:
      return node satisfies never;
  }
}

/** Which of the cases a kind is, for what is asked of each node again and again. */
const caseOf: Readonly<Record<Node['kind'], keyof NodeCases<unknown>>> = {
  input: 'leaf',
  param: 'leaf',
  frozen: 'leaf',
  state: 'leaf',
  scalar: 'leaf',
  gradient: 'gradient',
  equation: 'equation',
};

/** A tensor from outside. */
export const isLeaf = (node: Node): node is Leaf => caseOf[node.kind] === 'leaf';
/** A request for a derivative; there is none after `autodiff/`. */
export const isGradient = (node: Node): node is Gradient => caseOf[node.kind] === 'gradient';
export const isEquation = (node: Node): node is Equation => caseOf[node.kind] === 'equation';

/** What the program computes: all kinds but tensors from outside and requests. */
export type Computed = Exclude<Node, Leaf | Gradient>;

const computed: Readonly<Record<keyof NodeCases<unknown>, boolean>> = {
  leaf: false,
  gradient: false,
  equation: true,
};

/**
 * What a stage works on. It leaves every kind that computes something, so that the type checker asks a stage for each of
 * them; `isEquation` is for questions to which another kind may well answer no.
 */
export const isComputed = (node: Node): node is Computed => computed[caseOf[node.kind]];

/** The node, which is known to be computed. */
export function asComputed(node: Node | undefined): Computed {
  if (node === undefined || !isComputed(node))
    throw new InternalError(`%${node?.name} is not computed`, { pass: 'ir' });
  return node;
}

interface LeafTraits {
  /** Kept on the device from run to run. */
  readonly persistent: boolean;
  /** Whether an update may write it. */
  readonly updatable: boolean;
  /** Whether a derivative by it is asked for. */
  readonly variable: boolean;
}

const leafTraits: Readonly<Record<Leaf['kind'], LeafTraits>> = {
  input: { persistent: false, updatable: false, variable: true },
  param: { persistent: true, updatable: true, variable: true },
  frozen: { persistent: true, updatable: false, variable: false },
  state: { persistent: true, updatable: true, variable: false },
  scalar: { persistent: false, updatable: false, variable: false },
};

export const isInput = (node: Node): boolean => node.kind === 'input';
/** A number that the runtime gives at each step. */
export const isScalar = (node: Node): boolean => node.kind === 'scalar';
export const isPersistent = (node: Node): boolean => isLeaf(node) && leafTraits[node.kind].persistent;
export const isUpdatable = (node: Node): boolean => isLeaf(node) && leafTraits[node.kind].updatable;
export const isVariable = (node: Node): boolean => isLeaf(node) && leafTraits[node.kind].variable;

/** What is found out once of an equation: nodes never change. */
interface Known {
  readonly loads: readonly Load[];
  /** See `formOf`. */
  readonly form: Node;
}

const known = new WeakMap<Node, Known>();

/** The loads of an equation, in its body and its guards. */
export function loadsOfEquation(equation: Equation): readonly Load[] {
  const before = known.get(equation);
  if (before !== undefined) return before.loads;
  const { body, reduce } = equation;
  const loads =
    reduce === undefined || reduce.guards.length === 0
      ? loadsOf(body)
      : [body, ...reduce.guards].flatMap(loadsOf);
  known.set(equation, { loads, form: equation });
  return loads;
}

/** Whether an equation reads one of these values. */
export const readsAny = (
  equation: Equation,
  values: { readonly size: number; readonly has: (value: ValueId) => boolean },
): boolean => values.size > 0 && loadsOfEquation(equation).some(({ value }) => values.has(value));

const none: readonly never[] = [];
const loads: NodeCases<readonly Load[]> = {
  leaf: () => none,
  gradient: () => none,
  equation: loadsOfEquation,
};

/** The loads of a node, where it has any. */
export const loadsOfNode = (node: Node): readonly Load[] => matchNode(node, loads);

const knownByValue = new WeakMap<Node, ReadonlyMap<ValueId, readonly Load[]>>();

/** The loads of a node by the value that they read. */
export function loadsByValue(node: Node): ReadonlyMap<ValueId, readonly Load[]> {
  const seen = knownByValue.get(node);
  if (seen !== undefined) return seen;
  const loads = new Map<ValueId, Load[]>();
  for (const l of loadsOfNode(node)) {
    const same = loads.get(l.value);
    if (same === undefined) loads.set(l.value, [l]);
    else same.push(l);
  }
  knownByValue.set(node, loads);
  return loads;
}

const operands: NodeCases<readonly ValueId[]> = {
  leaf: () => none,
  gradient: ({ of, wrt }) => [of, wrt],
  equation: (equation) => loadsOfEquation(equation).map(({ value }) => value),
};

/** The values that a node is made from; one that is read at several places may come several times. */
export const operandsOf = (node: Node): readonly ValueId[] => matchNode(node, operands);

/** The node over other values; the same object where none is another. */
export function mapOperands(node: Equation, map: (value: ValueId) => ValueId): Equation;
export function mapOperands(node: Node, map: (value: ValueId) => ValueId): Node;
export function mapOperands(node: Node, map: (value: ValueId) => ValueId): Node {
  return matchNode<Node>(node, {
    leaf: (leaf) => leaf,
    gradient: (gradient) => {
      const [of, wrt] = [map(gradient.of), map(gradient.wrt)];
      return of === gradient.of && wrt === gradient.wrt ? gradient : { ...gradient, of, wrt };
    },
    equation: (equation) => renumbered(equation, map),
  });
}

/**
 * One node for all that differ in nothing but the numbers of the values that they read: what such numbers have no say in
 * is found out for it, and holds for the others.
 */
export const formOf = (node: Node): Node => known.get(node)?.form ?? node;

/** Says of an equation that it has the form of another one. */
export const takeForm = (equation: Equation, other: Equation): void => {
  known.set(equation, { loads: loadsOfEquation(equation), form: formOf(other) });
};

function renumbered(equation: Equation, map: (value: ValueId) => ValueId): Equation {
  const loads = loadsOfEquation(equation);
  if (loads.every(({ value }) => map(value) === value)) return equation;
  const values = new Map(loads.map(({ value }) => [value, map(value)] as const));
  const move = rewriter<ValueId>((e) => (e.kind === 'load' ? { ...e, value: values.get(e.value)! } : e));
  const moved = mapExpressions(equation, move);
  // Where two values became one, it is another form.
  if (new Set(values.values()).size === values.size) {
    known.set(moved, { loads: loads.map((load) => move(load) as Load), form: formOf(equation) });
  }
  return moved;
}

/** For each value, the nodes that are made from it, each once. */
export function consumersOf(graph: Graph): readonly (readonly ValueId[])[] {
  const consumers: Set<ValueId>[] = graph.nodes.map(() => new Set());
  graph.nodes.forEach((node, id) => {
    for (const value of operandsOf(node)) consumers[value]!.add(id);
  });
  return consumers.map((set) => [...set]);
}
