/**
 * What an equation sends: the equation and its adjoint in; what it adds to the adjoints of the values that it loads, out.
 * Found once for all equations of one form (`ir/forms.ts`): equal layers have equal adjoints.
 */
import type { Equation, Index, Node, ValueId } from '../ir/graph.ts';
import { formOf, loadsOfEquation } from '../ir/nodes.ts';
import { gradientOf } from '../ir/reducers.ts';
import { load } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { rewriter } from '../scalar/walk.ts';
import { choicesOutside } from './index-choices.ts';
import { adjointOfLoad, type Contribution } from './load.ts';
import { at, cotangentOfBody } from './reduce.ts';
import { flowsTo, loadCotangents } from './scalar.ts';

/** An equation that stands in a graph, and the adjoint of its value at its own indices. */
export interface Sender {
  readonly id: ValueId;
  readonly equation: Equation;
  readonly adjoint: Expr;
}

export interface Sent {
  readonly load: Load;
  readonly contribution: Contribution;
}

interface Receivers {
  readonly nodeAt: (id: ValueId) => Node;
  readonly wanted: (value: ValueId) => boolean;
  /** Adds an equation that a rule needs. */
  readonly emit: (node: Equation) => ValueId;
}

/** Gives what each sender of one sweep sends; equations of a recurrence, which read themselves, have no part in what is known. */
export function contributing(
  receivers: Receivers,
): (sender: Sender, isRecurrent: boolean) => readonly Sent[] {
  const known = new WeakMap<Node, Map<string, { readonly sender: Sender; readonly sent: readonly Sent[] }>>();
  return (sender, isRecurrent) => {
    const key = isRecurrent ? undefined : circumstances(sender, receivers);
    if (key === undefined) return found(sender, receivers);
    const form = formOf(sender.equation);
    const ofForm = known.get(form) ?? new Map();
    known.set(form, ofForm);
    const before = ofForm.get(key);
    if (before !== undefined) return moved(before.sent, before.sender, sender);
    const sent = found(sender, receivers);
    ofForm.set(key, { sender, sent });
    return sent;
  };
}

/** All that what is sent depends on besides the form; undefined where more does. */
function circumstances({ equation, adjoint }: Sender, { wanted, nodeAt }: Receivers): string | undefined {
  if (equation.reduce !== undefined && gradientOf(equation.reduce.by).to !== 'each') return undefined;
  if (adjoint.kind !== 'load' && adjoint.kind !== 'constant') return undefined;
  const shapeOf = (indices: readonly Index[]): string =>
    indices.map(({ name, extent }) => `${name}:${extent}`).join();
  const receivers = loadsOfEquation(equation).map(({ value }) =>
    wanted(value) ? shapeOf(nodeAt(value).indices) : 'none',
  );
  return [adjoint.kind === 'load' ? 'load' : adjoint.value, ...receivers].join(' ');
}

function found({ id, equation, adjoint }: Sender, { nodeAt, wanted, emit }: Receivers): readonly Sent[] {
  if (!flowsTo(equation.body, wanted)) return [];
  const request = {
    body: choicesOutside(equation.body),
    seed: cotangentOfBody(equation, adjoint, emit),
    wanted,
    ...(equation.reduce === undefined && { result: load(id, equation.dtype, at(equation.indices)) }),
  };
  return loadCotangents(request).flatMap(({ load: read, cotangent }) => {
    const positions = nodeAt(read.value).indices;
    const contribution = adjointOfLoad({ equation, load: read, cotangent, positions });
    return contribution === undefined ? [] : [{ load: read, contribution }];
  });
}

/** What one sender sends, over the values of another of its form. */
function moved(sent: readonly Sent[], from: Sender, to: Sender): readonly Sent[] {
  const own = loadsOfEquation(to.equation);
  const values = new Map([
    ...loadsOfEquation(from.equation).map(({ value }, k) => [value, own[k]!.value] as const),
    [from.id, to.id],
    ...(from.adjoint.kind === 'load' && to.adjoint.kind === 'load'
      ? [[from.adjoint.value, to.adjoint.value] as const]
      : []),
  ]);
  const move = rewriter<ValueId>((e) => (e.kind === 'load' ? { ...e, value: values.get(e.value)! } : e));
  return sent.map(({ load: read, contribution: { reduce, body } }) => ({
    load: move(read) as Load,
    contribution: {
      ...(reduce && { reduce: { ...reduce, guards: reduce.guards.map(move) } }),
      body: move(body),
    },
  }));
}
