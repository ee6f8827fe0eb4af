/** An exercise with its formulas filled in, and its answers, in; what its results are at random points, and how they are wrong, out. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { checkGradient, differentiableLeaves, type LeafCheck } from '../../compiler/gradcheck/index.ts';
import type { Graph, Result } from '../../compiler/ir/graph.ts';
import { isInput } from '../../compiler/ir/nodes.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { dependenciesOf } from '../../compiler/trace/index.ts';
import { parse } from '../../grammar/index.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Parsed } from '../model/checked-model.ts';
import { feedsOf, type PointOptions, pointOf } from '../running/point.ts';
import type { Answers, Formulas } from './answers.ts';
import { calledIn, filledIn, formulasOf } from './formulas.ts';
import { type Likeness, likenessOf, type Pair, rightOnes } from './likeness.ts';

/** One result of the model. */
export interface Judged {
  readonly name: string;
  readonly role: Result['role'];
  readonly likeness: Likeness;
  /** What a mistake that is known says of it. */
  readonly remark?: string;
  readonly pairs: readonly Pair[];
  /** Inputs with as many numbers, at each point. */
  readonly inputs: readonly (readonly { readonly name: string; readonly value: Tensor64 }[])[];
}

export interface Judgement {
  readonly results: readonly Judged[];
  /** What central differences say of the loss, where there is one. */
  readonly gradients: readonly LeafCheck[];
  /** Sizes by name, which a factor may be. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Each draws other inputs. */
const seeds = [1, 2, 3] as const;

/** What a free dimension is: no other small size of an exercise should be it. */
const standIn = 5;

const options: PointOptions = {
  set: new Map(),
  data: new Map(),
  at: new Map(),
  seed: seeds[0],
  mode: 'eval',
};

type Feeds = ReadonlyMap<string, Tensor64>;

/** A program and its results at each point. */
interface Evaluated {
  readonly program: TypedProgram;
  readonly graph: Graph;
  readonly points: readonly { readonly feeds: Feeds; readonly results: Feeds }[];
}

function evaluated(parsed: Parsed): Evaluated {
  const point = pointOf(parsed, options, standIn);
  const graph = differentiate(lower(point.program, { kind: 'run' }));
  const points = seeds.map((seed) => {
    const feeds = feedsOf(graph, point, seed, 'draw');
    return { feeds, results: evaluateGraph(graph, feeds).results };
  });
  return { program: point.program, graph, points };
}

/** The program with other formulas; throws a `DataError` where it has no such formula. */
export function withFormulas(parsed: Parsed, formulas: Formulas): Parsed {
  const places = formulasOf(parsed.main);
  const { name, text } = parsed.main.source;
  const filled = [...formulas].map(([wanted, formula]) => {
    const at = places.get(wanted);
    if (at === undefined) throw new DataError(`${name} has no formula ${wanted}, of which its answers tell`);
    return { at, formula };
  });
  const { file, diagnostics } = parse({ name, text: filledIn(text, filled) });
  return { ...parsed, main: file, diagnostics };
}

/** Answers that name a derivative: what they are stands in no file. */
const asGradients = (answers: Answers): readonly string[] =>
  [...answers.formulas].filter(([, formula]) => calledIn(formula).has('grad')).map(([name]) => name);

/** Formulas that let the compiler do what the exercise asks for. */
export function borrowed(parsed: Parsed, answers: Answers): readonly string[] {
  const places = formulasOf(parsed.main);
  return asGradients(answers).filter((name) => {
    const at = places.get(name);
    if (at === undefined) return false;
    const called = calledIn(at.source.text.slice(at.start, at.end));
    return called.has('grad') || called.has('jacobian');
  });
}

export function judge(parsed: Parsed, answers: Answers): Judgement {
  const right = withFormulas(parsed, answers.formulas);
  const found = evaluated(parsed);
  const expected = evaluated(right);
  const missing = expected.graph.results.find(({ name }) => !found.points[0]!.results.has(name));
  if (missing !== undefined)
    throw new DataError(
      `${parsed.main.source.name} has no ${missing.role} ${missing.name}, which the exercise asks for`,
    );
  const results = expected.graph.results.map(({ name, role }): Judged => {
    const pairs = pairsOf(expected, found, name);
    const inputs = found.points.map(({ feeds }, k) => inputsLike(found.graph, feeds, pairs[k]!.expected));
    return { name, role, likeness: likenessOf(pairs), pairs, inputs };
  });
  const wrong = results.find(({ likeness }) => likeness.kind !== 'right');
  const remark = wrong === undefined ? undefined : remarkOn(wrong.name, found, right, answers);
  return {
    results: results.map((one) => (one === wrong && remark !== undefined ? { ...one, remark } : one)),
    gradients: gradientsOf(found),
    sizes: sizesOf(found.program),
  };
}

const pairsOf = (expected: Evaluated, found: Evaluated, name: string): readonly Pair[] =>
  seeds.map((_, k) => ({
    expected: expected.points[k]!.results.get(name)!,
    found: found.points[k]!.results.get(name)!,
  }));

/** What is said of the known mistake that makes the same of this result. */
const remarkOn = (name: string, found: Evaluated, right: Parsed, { mistakes }: Answers): string | undefined =>
  mistakes.find(({ formulas }) =>
    pairsOf(evaluated(withFormulas(right, formulas)), found, name).every(
      (pair) =>
        pair.expected.shape.join() === pair.found.shape.join() && rightOnes(pair).every((same) => same),
    ),
  )?.remark;

/** Inputs whose numbers stand at the same positions. */
const inputsLike = ({ nodes }: Graph, feeds: Feeds, { shape }: Tensor64) =>
  nodes.flatMap((node) => {
    const value = isInput(node) ? feeds.get(node.name) : undefined;
    return value !== undefined && value.shape.join() === shape.join() ? [{ name: node.name, value }] : [];
  });

/** Central differences of the loss, against the derivatives that the program has: its own, where it says some. */
function gradientsOf({ graph, points }: Evaluated): readonly LeafCheck[] {
  const loss = graph.results.find(({ role }) => role === 'loss');
  if (loss === undefined) return [];
  const part = dependenciesOf(graph, loss.value);
  if (differentiableLeaves(part).length === 0) return [];
  return checkGradient(part, points[0]!.feeds).leaves;
}

const sizesOf = ({ inputs, parameters }: TypedProgram): ReadonlyMap<string, number> =>
  new Map(
    [...inputs, ...parameters.map(({ tensor }) => tensor)].flatMap(({ label, dims }) =>
      dims.map(({ name, extent }, axis) => [name ?? `axis ${axis} of ${label.name}`, extent] as const),
    ),
  );
