/**
 * An optimized graph and an open session in; a check of one run's numbers out, which throws a `SourceError` with
 * the first offence: the equation, the place, the index, the values, and what it reaches from there.
 */

import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { consumersOf, isComputed } from '../../compiler/ir/nodes.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { compile } from '../../compiler/pipeline.ts';
import { firstOffence, noOffence, type Probe, pointOf, sanitize } from '../../compiler/sanitize/index.ts';
import { type Verdict, witness } from '../../compiler/sanitize/witness.ts';
import { type FunctionName, functions } from '../../compiler/scalar/functions.ts';
import type { Target } from '../../compiler/target.ts';
import { type Diagnostic, error, type Label, label } from '../../grammar/diagnostic.ts';
import { type Span, span } from '../../grammar/source.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Runner, Session, StepScalars } from '../../runtime/execute.ts';
import type { TypedArray } from '../../runtime/tensor.ts';
import type { SpanOf } from '../model/places.ts';
import { SourceError } from '../terminal/failure.ts';

/** Gives a runner the inputs of the run that is checked. */
export type Feed = (runner: Runner) => void;

export interface Sanitizer {
  /** Computes all of the run and changes nothing; throws where a number is out of its domain. `when`: `at step 3`. */
  check(feed: Feed, scalars: StepScalars, when: string): Promise<void>;
}

export async function sanitizer(
  session: Session,
  graph: Graph,
  spanOf: SpanOf,
  target: Target,
): Promise<Sanitizer> {
  const { graph: probing, probes } = sanitize(graph);
  const load = async (of: Graph): Promise<Runner> =>
    tolerant(await session.load(compile(of, target).program));
  const runner = await load(probing);
  const names = probes.map(({ result }) => result);
  return {
    async check(feed, scalars, when) {
      feed(runner);
      await runner.run(scalars);
      const found = await runner.readMany(names);
      const positionOf = ({ result }: Probe): number => found.get(result)![0]!;
      const culprit = firstOffence(probes, positionOf);
      if (culprit === undefined) return;
      const fired = probes.filter((probe) => positionOf(probe) !== noOffence);
      const point = pointOf(culprit, positionOf(culprit));
      const evidence = witness(graph, culprit, point);
      const reader = await load(evidence.graph);
      feed(reader);
      await reader.run(scalars);
      const values = await reader.readMany(evidence.graph.results.map(({ name }) => name));
      reader.close();
      const offence = describe(graph, culprit, point, evidence, values);
      throw failure(graph, offence, fired, spanOf, when);
    },
  };
}

/** A graph that updates nothing need not have every input of the run. */
function tolerant(runner: Runner): Runner {
  const known = new Set(runner.program.inputs.map(({ name }) => name));
  return {
    ...runner,
    write: (name, data, checks) => {
      if (known.has(name)) runner.write(name, data, checks);
    },
  };
}

interface Offence {
  readonly probe: Probe;
  /** `log of a number that is not positive`. */
  readonly what: string;
  /** `%p[b, o] = 0 at b = 3, o = 7`. */
  readonly found: string;
  readonly beside: readonly string[];
  readonly hint: string | undefined;
  /** The function that went wrong. */
  readonly fn: FunctionName | undefined;
}

type Values = ReadonlyMap<string, TypedArray>;

const shown = (value: number | undefined): string =>
  value === undefined ? '?' : Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(8)));

function describe(
  graph: Graph,
  probe: Probe,
  point: ReadonlyMap<string, number>,
  { verdicts, loads, own }: ReturnType<typeof witness>,
  values: Values,
): Offence {
  const at = point.size === 0 ? '' : ` at ${[...point].map(([name, k]) => `${name} = ${k}`).join(', ')}`;
  const read = (result: string): number | undefined => values.get(result)?.[0];
  const beside = loads.map(({ text, result }) => `${text} = ${shown(read(result))}`);
  const verdict = verdicts.find(({ found }) => read(found) === 1);
  if (verdict !== undefined) {
    const { what, value, hint, expression } = verdict satisfies Verdict;
    const fn = expression.kind === 'call' ? expression.fn : undefined;
    const operand = `${value.text} = ${shown(read(value.result))}`;
    return { probe, what, found: `${operand}${at}`, beside: beside.filter((b) => b !== operand), hint, fn };
  }
  const node = graph.nodes[probe.value]!;
  const value = `%${node.name}${own === undefined ? '' : ` = ${shown(read(own.result))}`}${at}`;
  return isComputed(node)
    ? {
        probe,
        what: 'the result is not finite, though all that it is made of is',
        found: value,
        beside,
        fn: undefined,
        hint: 'numbers grew past the largest f32, 3.4e38: a smaller learning rate or standardised inputs often help',
      }
    : {
        probe,
        what: `${node.kind} ${node.name} holds a number that is not finite`,
        found: value,
        beside: [],
        fn: undefined,
        hint: origins[node.kind],
      };
}

/** Where a leaf's numbers come from. */
const origins: Partial<Record<Node['kind'], string>> = {
  input: 'look at the data',
  param: 'it came in like this: from the file of weights, or from its initialiser',
  frozen: 'it came in like this: from the file of weights, or from its initialiser',
  state: 'it came in like this: from the checkpoint, or from its initial value',
};

function failure(
  graph: Graph,
  { probe, what, found, beside, hint, fn }: Offence,
  fired: readonly Probe[],
  spanOf: SpanOf,
  when: string,
): Error {
  const node = graph.nodes[probe.value]!;
  const equation = isComputed(node) ? [`in ${printNode(node, graph.nodes)}`] : [];
  const adjoint = node.origin.adjoint
    ? [`which is a part of the gradient: the adjoint of %${node.origin.adjoint.of}`]
    : [];
  const reached = carriers(graph, probe, fired);
  const lines = [
    `${what}, ${when}`,
    ...equation,
    ...adjoint,
    ...(beside.length > 0 ? [`where ${beside.join(', ')}`] : []),
    'this is the culprit: whatever it is made of is in order',
    ...(reached.length === 0
      ? []
      : [`carried on by ${listText(reached.map((id) => `%${graph.nodes[id]!.name}`))}`]),
  ];
  const place = node.origin.place && spanOf(node.origin.place);
  const at = place && fn ? narrowed(place, fn) : place;
  if (at === undefined) return new DataError(`${lines.join('\n  ')}\n  ${found}`);
  const details = {
    primary: label(at, found),
    related: relatedLabels(graph, reached, at.start, spanOf),
    hint,
  };
  const diagnostic: Diagnostic = error('NN501', lines.join('\n'), details);
  return new SourceError([diagnostic]);
}

/** The call within the statement, where the statement has one of this function only. */
function narrowed(at: Span, fn: FunctionName): Span {
  const text = at.source.text.slice(at.start, at.end);
  const names = [fn, ...functions[fn].aliases].join('|');
  const pattern = fn === 'divide' ? /(?<!\/)\/(?!\/)/g : new RegExp(`\\b(?:${names})(?=\\s*\\()`, 'g');
  const [first, second] = text.matchAll(pattern);
  if (first === undefined || second !== undefined) return at;
  const start = at.start + first.index;
  return span(at.source, start, start + first[0].length);
}

/** What was found to be bad too and depends on the culprit, in the order of the graph. */
function carriers(graph: Graph, culprit: Probe, fired: readonly Probe[]): readonly ValueId[] {
  const consumers = consumersOf(graph);
  const reached = new Set([culprit.value]);
  // A set goes on with what is added to it.
  for (const id of reached) for (const next of consumers[id]!) reached.add(next);
  const bad = new Set(fired.map(({ value }) => value));
  return [...reached].filter((id) => bad.has(id) && id !== culprit.value).sort((a, b) => a - b);
}

const mostNamed = 4;

const listText = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;

/** Losses and outputs that carry it on, where they stand elsewhere. */
function relatedLabels(
  graph: Graph,
  reached: readonly ValueId[],
  start: number,
  spanOf: SpanOf,
): readonly Label[] {
  const results = graph.results.filter(({ value, role }) => reached.includes(value) && role !== 'gradient');
  return results.flatMap(({ value, name }) => {
    const { place } = graph.nodes[value]!.origin;
    const at = place && spanOf(place);
    return at === undefined || at.start === start ? [] : [label(at, `${name} carries it on`)];
  });
}
