/** A graph in; the same graph, simplified, out: the ordered lists of passes, before and after differentiation, and what runs them. */
import { InternalError } from '../internal-error.ts';
import { shareForms } from '../ir/forms.ts';
import type { Graph } from '../ir/graph.ts';
import { namedIn } from '../ir/origin.ts';
import { printGraph } from '../ir/print.ts';
import { verify } from '../ir/verify.ts';
import { canonicalise } from './canonicalise.ts';
import { centredSums } from './centred-sums.ts';
import { eliminateDead } from './eliminate-dead.ts';
import { forwardCopies } from './forward-copies.ts';
import { freeFactors } from './free-factors.ts';
import { hoistSums } from './hoist-sums.ts';
import { joinLogarithms } from './join-logarithms.ts';
import { defaultLists, listPositions } from './list-positions.ts';
import { mergeSums } from './merge-sums.ts';
import { narrowReads } from './narrow-reads.ts';
import { narrowSums } from './narrow-sums.ts';
import { oneHots } from './one-hots.ts';
import { propagateConstants } from './propagate-constants.ts';
import type { Pass } from './rebuild.ts';
import { residues } from './residues.ts';
import { share } from './share.ts';
import { defaultSplit, type SplitOptions, splitReductions } from './split.ts';
import { splitAxes } from './split-axes.ts';
import { streamNumbers } from './stream-numbers.ts';
import { strip } from './strip.ts';
import { tighten } from './tighten.ts';
import { trivialReductions } from './trivial-reductions.ts';

export { type ListOptions, listPositions } from './list-positions.ts';
export type { Pass } from './rebuild.ts';
export { defaultSplit, type SplitOptions, splitReductions } from './split.ts';

/** Is told of each pass after it ran; `before` and `after` are the same object where nothing changed. */
export type PassObserver = (pass: Pass, before: Graph, after: Graph, seconds: number) => void;

/** What writes formulas in another form before differentiation, as who reads the gradient would do by hand. */
const rewriting: readonly Pass[] = [joinLogarithms];

/** What runs before differentiation: the gradient, too, is that of the form which it gives. */
export const preparing: readonly Pass[] = [...rewriting, narrowReads];

/** What becomes simpler equation by equation. */
const simplifying: readonly Pass[] = [canonicalise, trivialReductions, propagateConstants];

/**
 * The passes after differentiation, in order. Each of those that bring equations together or make them smaller is
 * followed by those that have new work then.
 */
export const pipelineFor = (split: SplitOptions): readonly Pass[] =>
  [
    [eliminateDead, strip, canonicalise],
    [tighten, ...simplifying],
    [forwardCopies, ...simplifying],
    [mergeSums, hoistSums, freeFactors, centredSums, ...simplifying],
    [share, oneHots, eliminateDead],
    [residues, narrowSums, splitAxes, streamNumbers],
    [listPositions(defaultLists)],
    [splitReductions(split)],
  ].flat();

export const pipeline: readonly Pass[] = pipelineFor(defaultSplit);

/** Every pass once, by name: for `opt --pass` and the docs. */
export const passes: ReadonlyMap<string, Pass> = new Map(
  [...preparing, ...pipeline].map((pass) => [pass.name, pass]),
);

/** A lowered graph, ready to be differentiated. */
export const prepare = (lowered: Graph, observers: readonly PassObserver[] = []): Graph =>
  runPasses(lowered, observers, preparing);

/** The same where formulas are shown and not computed: of the text's values none is left out. */
export const prepareFormulas = (lowered: Graph): Graph => runPasses(lowered, [], rewriting);

/** Runs passes one after the other and verifies after each; a violation is a fault of the pass. */
export function runPasses(
  graph: Graph,
  observers: readonly PassObserver[] = [],
  list: readonly Pass[] = pipeline,
): Graph {
  shareForms(graph.nodes);
  // An origin may go on naming a node that a pass removed, and no other.
  const gone = new Set([...namedIn(graph.nodes), ...graph.nodes.map(({ name }) => name)]);
  return list.reduce((before, pass) => {
    const start = performance.now();
    const after = pass.run(before);
    const seconds = (performance.now() - start) / 1000;
    const violations = after === before ? [] : verify(after, { gone });
    if (violations.length > 0) {
      throw new InternalError(violations.join('\n'), { pass: pass.name, dump: printGraph(after) });
    }
    if (after !== before) for (const { name } of after.nodes) gone.add(name);
    for (const observe of observers) observe(pass, before, after, seconds);
    return after;
  }, graph);
}
