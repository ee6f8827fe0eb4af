/**
 * The tensors of a recurrence in, whether they can be computed position by position out: what needs itself must do so
 * at earlier positions of one index, or at later ones, by the rule of the graph (`ir/recurrences.ts`).
 */

import type { Span } from '../../../grammar/source.ts';
import { InternalError } from '../../internal-error.ts';
import { componentsOf } from '../../ir/components.ts';
import type { Equation, ValueId } from '../../ir/graph.ts';
import { loadsOfNode } from '../../ir/nodes.ts';
import {
  type Direction,
  distanceOf,
  type Reference,
  recurrenceOf,
  referencesIn,
} from '../../ir/recurrences.ts';
import type { Expr } from '../../scalar/expr.ts';
import { keyTable, mapValues } from '../../scalar/walk.ts';
import { type Checker, type Group, limits, report } from '../checker.ts';
import { definedByItself } from '../problems/names.ts';
import {
  cycleWithinPosition,
  notEarlier,
  recurrenceTooLong,
  recurrenceWithinStep,
  twoDirections,
  type Within,
} from '../problems/recurrences.ts';
import { equationNode } from '../tensors/node.ts';
import type { EquationTensor, IndexVariable, Tensor } from '../typed.ts';

/** The equations as nodes, whose indices are called by their ids. */
interface Nodes {
  readonly nodes: readonly Equation[];
  readonly tensors: readonly EquationTensor[];
  readonly idOf: (tensor: Tensor) => ValueId;
}

/** Reports the first of all tensors from `first` on that no order of positions fits. */
export function reportDisorder(
  checker: Checker,
  first: number,
  group: Group,
  own: readonly IndexVariable[],
  step: IndexVariable | undefined,
): void {
  const made = nodesOf(checker.tensors.slice(first).filter((tensor) => tensor.kind === 'equation'));
  const { nodes } = made;
  if (nodes.length === 0) return;
  for (const members of componentsOf(nodes, { first: 0, last: nodes.length - 1 })) {
    const [one] = members;
    if (members.length === 1 && !loadsOfNode(nodes[one!]!).some(({ value }) => value === one)) continue;
    const references = referencesIn(nodes, members);
    const recurrence = recurrenceOf(nodes, members, references, true);
    if (recurrence !== undefined) {
      if (members.length * recurrence.extent <= limits.positions) continue;
      const { at, label, indices } = made.tensors[one!]!;
      const along = indices[recurrence.axes.get(one!)!]!;
      report(checker, recurrenceTooLong(at, label.name, members.length, along, limits.positions));
      return;
    }
    const attempts = (step === undefined ? own : [step]).flatMap((variable) =>
      (['forward', 'backward'] as const).map((direction) => attempt(made, members, variable, direction)),
    );
    if (attempts.length === 0) {
      const { at, label } = made.tensors[one!]!;
      report(checker, definedByItself(group.reads[0]?.at ?? at, label.name, true));
      return;
    }
    const best = attempts.reduce((a, b) => (b.faults.length < a.faults.length ? b : a));
    reportFault(checker, made, members, best, group, step);
    return;
  }
}

function nodesOf(tensors: readonly EquationTensor[]): Nodes {
  const ids = new Map<Tensor, ValueId>(tensors.map((tensor, id) => [tensor, id]));
  const idOf = (tensor: Tensor): ValueId => {
    const id = ids.get(tensor) ?? ids.size;
    ids.set(tensor, id);
    return id;
  };
  const nodes = tensors.map((tensor) => equationNode(tensor, idOf, ({ id }) => id));
  return { nodes, tensors, idOf };
}

/** A way to walk a component, and the reads that do not fit it. */
interface Attempt {
  readonly variable: IndexVariable;
  readonly direction: Direction;
  readonly fitting: readonly Reference[];
  readonly faults: readonly Reference[];
  /** Of the faults, those that lead back to where they start within one position. */
  readonly circular: readonly Reference[];
}

const axisOf = ({ tensors }: Nodes, id: ValueId, { id: name }: IndexVariable): number =>
  tensors[id]!.indices.findIndex((index) => index.id === name);

function nearestOf(made: Nodes, reference: Reference, variable: IndexVariable, direction: Direction) {
  const [from, to] = [axisOf(made, reference.reader, variable), axisOf(made, reference.load.value, variable)];
  return from < 0 || to < 0 ? undefined : distanceOf(made.nodes, reference, from, to, direction)?.nearest;
}

function attempt(
  made: Nodes,
  members: readonly ValueId[],
  variable: IndexVariable,
  direction: Direction,
): Attempt {
  const references = referencesIn(made.nodes, members);
  const nearest = new Map(
    references.map((reference) => [reference, nearestOf(made, reference, variable, direction)] as const),
  );
  const circular = cyclesAmong(references.filter((reference) => nearest.get(reference) === 0));
  const isCircular = new Set(circular);
  const isFault = (reference: Reference): boolean =>
    nearest.get(reference) === undefined || isCircular.has(reference);
  const faults = references.filter(isFault);
  return {
    variable,
    direction,
    faults,
    circular,
    fitting: references.filter((reference) => (nearest.get(reference) ?? 0) > 0),
  };
}

/** The references among these that lead back to where they start, or hang on such. */
function cyclesAmong(references: readonly Reference[]): readonly Reference[] {
  let left = references;
  for (;;) {
    const readers = new Set(left.map(({ reader }) => reader));
    const next = left.filter(({ load }) => readers.has(load.value));
    if (next.length === left.length) return left;
    left = next;
  }
}

function reportFault(
  checker: Checker,
  made: Nodes,
  members: readonly ValueId[],
  { variable, direction, faults, circular, fitting }: Attempt,
  group: Group,
  step: IndexVariable | undefined,
): void {
  const placed = (reference: Reference): Span | undefined => placeOf(made, reference, variable, group);
  const fault = faults.find((reference) => placed(reference) !== undefined) ?? faults[0];
  if (fault === undefined) throw new InternalError('no fault', { pass: 'check' });
  const at = placed(fault) ?? made.tensors[fault.reader]!.at;
  const name = made.tensors[fault.load.value]!.label.name;
  const nearest = nearestOf(made, fault, variable, direction);
  const other = nearestOf(made, fault, variable, direction === 'forward' ? 'backward' : 'forward');
  const inner = nearest === 0 ? innerOf(made, members, circular, fitting) : undefined;
  if (inner !== undefined) report(checker, recurrenceWithinStep(at, variable.name, inner));
  else if (nearest === 0) report(checker, cycleWithinPosition(at, name, step?.name, members.length > 1));
  else if (other !== undefined && other > 0) {
    const against = fitting.map(placed).find((place) => place !== undefined);
    report(checker, twoDirections(at, variable.name, direction, against));
  } else report(checker, notEarlier(at, name, variable.name));
}

/** The recurrence that what needs itself within one position would be by itself. */
function innerOf(
  { nodes, tensors }: Nodes,
  members: readonly ValueId[],
  circular: readonly Reference[],
  fitting: readonly Reference[],
): Within | undefined {
  // Not what only hangs on it.
  let left = circular;
  const readOf = (id: ValueId): boolean => left.some(({ load }) => load.value === id);
  while (left.some(({ reader }) => !readOf(reader))) left = left.filter(({ reader }) => readOf(reader));
  const own = members.filter((id) => readOf(id));
  const [first] = own;
  const found = first === undefined ? undefined : recurrenceOf(nodes, own, left, true);
  if (first === undefined || found === undefined) return undefined;
  const { label, indices, dims } = tensors[first]!;
  const axis = found.axes.get(first)!;
  return {
    name: label.name,
    index: indices[axis]!,
    extent: dims[axis + dims.length - indices.length]?.name ?? `${indices[axis]!.extent}`,
    both: fitting.some(({ reader, load }) => own.includes(reader) && own.includes(load.value)),
  };
}

/** Where the text reads what is loaded. */
function placeOf(
  made: Nodes,
  { load }: Reference,
  variable: IndexVariable,
  { reads }: Group,
): Span | undefined {
  const tensor = made.tensors[load.value]!;
  const own = reads.filter((read) => read.tensor === tensor);
  const axis = axisOf(made, load.value, variable);
  const { keyOf } = keyTable();
  const sought = axis < 0 ? undefined : keyOf(load.indices[axis]!);
  const found = own.find(({ positions }) => {
    const position = positions.at(axis - load.indices.length);
    return position !== undefined && keyOf(mapValues(position as Expr<Tensor>, made.idOf)) === sought;
  });
  return (found ?? own[0])?.at;
}
