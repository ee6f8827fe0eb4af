/**
 * A lowered graph, a loss and what it is differentiated by in; the chain of adjoints between them, explained, out.
 *
 * `derive.ts` writes the chain rule down, `simplify-steps.ts` runs the compiler's simplifications over it and
 * keeps each step, `reading.ts` recognises what has a name, `verify.ts` lets only true formulas pass.
 */
import { differentiate } from '../autodiff/index.ts';
import { InternalError } from '../internal-error.ts';
import type { Equation, Graph, Index, Leaf, Node, Place, ValueId } from '../ir/graph.ts';
import { neededFor } from '../ir/needed.ts';
import { asComputed, isComputed, isGradient, isLeaf, isUpdatable } from '../ir/nodes.ts';
import { printStep } from '../ir/origin.ts';
import { prepareFormulas } from '../passes/index.ts';
import { evaluateGraph } from '../reference/evaluate.ts';
import { asWritten } from './as-written.ts';
import { type NamedValues, valuesOf, workOf } from './data.ts';
import { type Adjoint, type Contribution, type Derivation, derive, nestedReductions } from './derive.ts';
import { withDraws } from './draws.ts';
import type {
  Explanation,
  Form,
  Line,
  Step,
  Target,
  Through,
  Unreached,
  Verification,
} from './explanation.ts';
import { foldsOf } from './fold.ts';
import { formulaOf, lineOf, type Naming } from './formula.ts';
import { inDeltas, type Layer } from './in-deltas.ts';
import { inMatrices } from './in-matrices.ts';
import { type Compiled, kernelFinder } from './kernels.ts';
import { joinedEquations, joinedRule } from './prepared.ts';
import { plainest, type Reading, readings } from './reading.ts';
import { type Identity, identityOf, residualChains, residualLinks, residualRule } from './residual.ts';
import { withShortNames } from './short-names.ts';
import { type Simplified, simplifySteps } from './simplify-steps.ts';
import { formulaText } from './text.ts';
import { unreached } from './unreached.ts';
import { noiseOf, type Verifier, verifier } from './verify.ts';

export type { Explanation } from './explanation.ts';

export interface ExplainRequest {
  readonly model: string;
  readonly dimensions?: readonly Index[];
  /** Lowered for the purpose `gradient`: its gradients tell what there is to explain. */
  readonly graph: Graph;
  /** What the explanation is about, by name; other gradients are mentioned where they branch off. */
  readonly targets: readonly string[];
  /** In which notation; with indices unless told. */
  readonly form?: Form;
  readonly compiled?: Compiled;
  /** The text of a line of a file, if it is at hand. */
  readonly sourceLine?: (place: Place) => string | undefined;
  /** More evaluations of an element than this are not spent on checking; 3e8 unless told. */
  readonly mostWork?: number;
}

export function explain(asked: ExplainRequest): Explanation {
  const prepared = prepareFormulas(asked.graph);
  const request = { ...asked, graph: asWritten(prepared) };
  const { primal, loss, wrt } = primalOf(request.graph);
  const derivation = derive(primal, loss, new Set(wrt));
  const adjointNames = new Map(
    derivation.adjoints.map(({ name, value }) => [name, primal.nodes[value]!.name] as const),
  );
  const explained = new Set(derivation.adjoints.map(({ value }) => primal.nodes[value]!.name));
  const inlined = new Set([...derivation.inlined].filter((name) => !explained.has(name)));
  const naming: Naming = { nodes: derivation.graph.nodes, inlined, adjoints: adjointNames };
  const simplified = simplifySteps({ ...derivation, inlined }, naming);
  const checking = checked(prepared, derivation, request.mostWork);
  const primalLines = primal.nodes.flatMap((node) => (isComputed(node) ? [lineOf(node, naming)] : []));
  const links = residualLinks(primal, derivation.adjoints);
  const skips = new Map(
    [...links].map(([from, to]) => [`d.${primal.nodes[from]!.name}`, `d.${primal.nodes[to]!.name}`]),
  );
  const read = readings({ derivation, simplified, primalLines, skips, check: checking.verifier });
  const context: Context = {
    request,
    links,
    identities: identities(derivation, links, read, checking.verifier),
    joined: joinedEquations(asked.graph, prepared),
    primal,
    derivation,
    naming,
    simplified,
    read,
    check: checking.verifier,
  };
  const named = request.targets.map((name) => primal.nodes.findIndex((node) => node.name === name));
  const steps = stepsFor(context, new Set(named));
  const explanation: Explanation = {
    form: 'index',
    model: request.model,
    loss: lineOf(asComputed(primal.nodes[loss]), naming),
    dimensions: request.dimensions ?? [],
    targets: named.map((id) => targetOf(primal.nodes[id]!)),
    steps,
    folds: foldsOf(steps),
    unreached: named.flatMap((id) => unreachedTarget(context, loss, id)),
    verified: checking.verified(),
  };
  const formed = inForm(explanation, context);
  // What a form showed and checked counts, too.
  return withShortNames(withDraws({ ...formed, verified: checking.verified() }));
}

function inForm(explanation: Explanation, context: Context): Explanation {
  const { request, check, read } = context;
  switch (request.form ?? 'index') {
    case 'index':
      return explanation;
    case 'matrix':
      return inMatrices(explanation, check);
    case 'delta': {
      const lines = new Map([...read].map(([name, { final }]) => [name, final] as const));
      return inDeltas({ explanation, layers: layersOf(context), lines, check });
    }
  }
}

/** The equations that weigh what they read with a parameter, from the loss back. */
function layersOf(context: Context): readonly Layer[] {
  const { derivation, primal } = context;
  const weighing = new Set(
    derivation.adjoints.flatMap(({ value, contributions }) =>
      isUpdatable(primal.nodes[value]!)
        ? contributions.flatMap(({ reader, partial }) => (partial.kind === 'constant' ? [] : [reader]))
        : [],
    ),
  );
  return derivation.adjoints.flatMap(({ value }): readonly Layer[] => {
    if (!weighing.has(value)) return [];
    const node = asComputed(primal.nodes[value]);
    return [{ value: node.name, equation: equationOf(context, node) }];
  });
}

interface Context {
  readonly request: ExplainRequest;
  /** The equations in which preparation took a logarithm and what is in it together, by name. */
  readonly joined: ReadonlySet<string>;
  readonly primal: Graph;
  /** Of residual connections: the value that each skips from, and the one in which it ends. */
  readonly links: ReadonlyMap<ValueId, ValueId>;
  readonly identities: ReadonlyMap<ValueId, Identity>;
  readonly derivation: Derivation;
  readonly naming: Naming;
  readonly simplified: Simplified;
  readonly read: ReadonlyMap<string, Reading>;
  readonly check: Verifier | undefined;
}

/** What chains of residual connections come to, by the value at their beginning; only what is true. */
function identities(
  { adjoints }: Derivation,
  links: ReadonlyMap<ValueId, ValueId>,
  read: ReadonlyMap<string, Reading>,
  check: Verifier | undefined,
): ReadonlyMap<ValueId, Identity> {
  const names = new Map(adjoints.map(({ value, name }) => [value, name] as const));
  return new Map(
    residualChains(links).flatMap((chain) => {
      const lines = chain.map((value) => names.get(value)!);
      const found = identityOf(lines, (name) => read.get(name)!.final);
      const isTrue = found !== undefined && check?.holds(read.get(lines[0]!)!.final, found.whole) === true;
      return isTrue ? [[chain[0]!, found] as const] : [];
    }),
  );
}

/** The primal equations of a lowered graph, its loss, and what it asks to be differentiated by. */
export function primalOf(graph: Graph): {
  readonly primal: Graph;
  readonly loss: ValueId;
  readonly wrt: readonly ValueId[];
} {
  const asked = new Set(graph.results.filter(({ role }) => role === 'gradient').map(({ value }) => value));
  const first = Math.min(graph.nodes.length, ...asked);
  const losses = graph.results.filter(({ role }) => role === 'loss');
  const wrt = [...asked].flatMap((id) => {
    const node = graph.nodes[id]!;
    return isGradient(node) ? [graph.nodes[node.wrt]!.name] : [];
  });
  const primal = differentiate({
    ...graph,
    nodes: graph.nodes.slice(0, first),
    results: losses,
    updates: [],
  });
  return {
    primal,
    loss: primal.results[0]!.value,
    wrt: wrt.map((name) => primal.nodes.findIndex((node) => node.name === name)),
  };
}

const targetOf = (node: Node): Target => ({
  name: node.name,
  kind: isLeaf(node) ? targetKinds[node.kind] : 'input',
  indices: node.indices,
});

const targetKinds: Readonly<Record<Leaf['kind'], Target['kind']>> = {
  input: 'input',
  param: 'param',
  frozen: 'frozen',
  state: 'state',
  scalar: 'input',
};

// ---------------------------------------------------------------- truth

interface Checking {
  readonly verifier?: Verifier;
  readonly verified: () => Verification;
}

/** Evaluates both the derivation and what the compiler made, and compares all gradients. */
function checked(prepared: Graph, derivation: Derivation, mostWork = 3e8): Checking {
  const work = 2 * workOf(derivation.graph);
  if (work > mostWork) {
    const why = `checking takes ${work.toExponential(0)} evaluations; give free dimensions a smaller extent with --set`;
    return { verified: () => ({ kind: 'skipped', why }) };
  }
  const values = valuesOf(derivation.graph);
  if (values === undefined) {
    return {
      verified: () => ({ kind: 'skipped', why: 'no random data was found on which all values are finite' }),
    };
  }
  const noise = noiseOf(derivation.adjoints.map(({ name }) => values.get(name)!));
  compareGradients(prepared, values, noise);
  const check = verifier((name) => values.get(name), noise);
  return { verifier: check, verified: () => ({ kind: 'checked', ...check.counts() }) };
}

/** What the derivation of the equations as written gives is what the compiler's own gradients are, from the same leaves. */
function compareGradients(prepared: Graph, values: NamedValues, noise: number): void {
  const backward = differentiate(prepared);
  const { results } = evaluateGraph(backward, values);
  for (const { name } of backward.results.filter(({ role }) => role === 'gradient')) {
    const [actual, derived] = [results.get(name)!.data, values.get(name)?.data];
    const scale = actual.reduce((most, x) => Math.max(most, Math.abs(x)), noise);
    const agrees = derived === undefined || actual.every((x, k) => Math.abs(x - derived[k]!) <= 1e-9 * scale);
    if (!agrees)
      throw new InternalError(`the derivation of ${name} disagrees with its gradient`, {
        pass: 'explain',
        node: name,
      });
  }
}

// ---------------------------------------------------------------- steps

function stepsFor(context: Context, targets: ReadonlySet<ValueId>): readonly Step[] {
  const { derivation, primal } = context;
  const needed = neededAdjoints(derivation, targets);
  const isOfLeaf = ({ value }: Adjoint): boolean => isLeaf(primal.nodes[value]!);
  const find = context.request.compiled === undefined ? undefined : kernelFinder(context.request.compiled);
  const chain = derivation.adjoints.filter((adjoint) => !isOfLeaf(adjoint) && needed.has(adjoint.name));
  const shown = new Set(chain.map(({ value }) => value));
  /** Gradients of leaves come where the last equation that reads the leaf has sent its adjoint on. */
  const leavesAfter = new Map<ValueId, Adjoint[]>();
  for (const leaf of derivation.adjoints.filter(isOfLeaf)) {
    const last = Math.min(...leaf.contributions.map(({ reader }) => reader));
    if (shown.has(last)) leavesAfter.set(last, [...(leavesAfter.get(last) ?? []), leaf]);
  }
  return chain.flatMap((adjoint) => {
    const leaves = leavesAfter.get(adjoint.value) ?? [];
    const beside = leaves
      .filter(({ value }) => !targets.has(value))
      .map(({ name }) => context.read.get(name)!.final);
    const own = leaves.filter(({ value }) => targets.has(value));
    return [
      stepOf(context, adjoint, targets.has(adjoint.value), beside, find),
      ...own.map((leaf) => stepOf(context, leaf, true, [], find)),
    ];
  });
}

/** The adjoints that the gradients of the targets are made of, and those themselves. */
function neededAdjoints({ graph, adjoints }: Derivation, targets: ReadonlySet<ValueId>): ReadonlySet<string> {
  const places = new Map(graph.nodes.map(({ name }, id) => [name, id] as const));
  const needed = neededFor(
    graph.nodes,
    adjoints.flatMap(({ name, value }) => (targets.has(value) ? [places.get(name)!] : [])),
  );
  return new Set(adjoints.map(({ name }) => name).filter((name) => needed.has(places.get(name)!)));
}

function stepOf(
  context: Context,
  adjoint: Adjoint,
  isTarget: boolean,
  beside: readonly Line[],
  find: ReturnType<typeof kernelFinder> | undefined,
): Step {
  const { name, value, contributions } = adjoint;
  const reading = context.read.get(name)!;
  const kernel = find?.(name);
  const identity = context.identities.get(value);
  return {
    value: context.primal.nodes[value]!.name,
    isTarget,
    through: throughOf(context, value, contributions),
    derived: context.simplified.derived.get(name)!,
    changes: reading.changes,
    final: reading.final,
    ...(reading.together && { together: reading.together }),
    ...(identity && { identity: { blocks: identity.blocks, right: identity.shown } }),
    definitions: reading.definitions,
    beside,
    ...(kernel && { kernel }),
  };
}

/** What one reader sends, all its loads of the value together. */
function throughOf(
  context: Context,
  value: ValueId,
  contributions: readonly Contribution[],
): readonly Through[] {
  const readers = [...new Set(contributions.map(({ reader }) => reader))];
  return readers.map((reader): Through => {
    const node = asComputed(context.primal.nodes[reader]);
    const from = contributions.filter((contribution) => contribution.reader === reader);
    const scope = new Set(node.indices.map(({ name }) => name));
    const partials = from.map(({ load, partial, indices }) => ({
      load: formulaOf(load, context.naming, scope),
      value: plainest(formulaOf(partial, context.naming, scope), indices, context.check),
    }));
    const distinct = new Map(
      partials.map((p) => [`${formulaText(p.load)} ${formulaText(p.value)}`, p] as const),
    );
    return {
      ...equationOf(context, node),
      where: namedSums(context, reader),
      partials: [...distinct.values()],
      rules: [
        ...(context.links.get(value) === reader ? [residualRule(node.name)] : []),
        ...(context.joined.has(node.name) ? [joinedRule] : []),
        ...new Set(from.flatMap(({ rules }) => rules)),
      ],
    };
  });
}

/** An equation with its place, and nothing said of it. */
function equationOf(context: Context, node: Equation): Through {
  const { place, path } = node.origin;
  const source = place && context.request.sourceLine?.(place)?.trim();
  return {
    equation: lineOf(node, context.naming),
    where: [],
    ...(place && { place }),
    path: path.map(printStep),
    ...(source !== undefined && { source }),
    partials: [],
    rules: [],
  };
}

/** The nested sums of an equation that are not written inside of it. */
function namedSums({ primal, naming }: Context, reader: ValueId): readonly Line[] {
  const owners = nestedReductions(primal);
  return [...owners].flatMap(([id, owner]) => {
    const node = asComputed(primal.nodes[id]);
    return owner === reader && !naming.inlined.has(node.name) ? [lineOf(node, naming)] : [];
  });
}

// ---------------------------------------------------------------- no gradient

function unreachedTarget(context: Context, loss: ValueId, id: ValueId): readonly Unreached[] {
  const { primal, derivation, request, naming } = context;
  if (derivation.adjoints.some(({ value }) => value === id)) return [];
  const nested = nestedReductions(primal);
  const inlined = new Set([...nested.keys()].map((inner) => primal.nodes[inner]!.name));
  const found = unreached(primal, loss, id, { ...naming, inlined });
  const ends = found.ends.map((end) => {
    const source = end.place && request.sourceLine?.(end.place)?.trim();
    return source === undefined ? end : { ...end, source };
  });
  return [{ ...found, ends }];
}
