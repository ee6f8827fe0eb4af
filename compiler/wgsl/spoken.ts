/**
 * A scheduled kernel in, the lines of its text with the values that each speaks of out.
 *
 * A statement speaks of the value that its name holds, of that in a buffer that it reads or writes, and, through a
 * name that only shortens the text, of all that was put in there. A line of the header speaks of the equation that it
 * quotes.
 */
import { variablesOf } from '../index/query.ts';
import type { Nest, Statement, Term } from '../nest/nest.ts';
import { partsOf } from '../nest/terms.ts';
import { affinesOf, forEachStatement, termsOf } from '../nest/walk.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { kernelLines } from './index.ts';
import type { Prints } from './lines.ts';

export interface SpokenLine {
  readonly text: string;
  readonly values: readonly ValueId[];
  /** The number of the buffer that it declares. */
  readonly declares?: number;
}

export function spokenLines(scheduled: ScheduledKernel): readonly SpokenLine[] {
  const { nest, lines } = kernelLines(scheduled);
  const speaks = speakingOf(nest, scheduled);
  return lines.map(({ text, prints }): SpokenLine => {
    const values = prints === undefined ? [] : [...speaks(prints)];
    return { text, values, ...(prints && 'buffer' in prints && { declares: prints.buffer }) };
  });
}

function speakingOf(
  nest: Nest,
  { kernel, bindings, holds }: ScheduledKernel,
): (prints: Prints) => ReadonlySet<ValueId> {
  /** What was put into the names that hold no value of their own. */
  const through = new Map<string, Set<ValueId>>();
  const ofName = (name: string): Iterable<ValueId> => {
    const held = holds.get(name);
    return held === undefined ? (through.get(name) ?? []) : [held];
  };
  const ofBuffer = (buffer: number): readonly ValueId[] => bindings[buffer]!.values;
  const ofTerm = (term: Term): readonly ValueId[] => {
    switch (term.kind) {
      case 'name':
        return [...ofName(term.name)];
      case 'index':
        return [...variablesOf(term.of)].flatMap((name) => [...ofName(name)]);
      case 'load':
        return [
          ...ofBuffer(term.buffer),
          ...[...variablesOf(term.position)].flatMap((name) => [...ofName(name)]),
        ];
      case 'recall':
        return [...ofName(term.memory)];
      default:
        return partsOf(term).flatMap(ofTerm);
    }
  };
  const said = new Map<Statement, ReadonlySet<ValueId>>();
  forEachStatement(nest.body, (statement) => {
    const values = new Set(termsOf(statement).flatMap(ofTerm));
    for (const affine of affinesOf(statement))
      for (const name of variablesOf(affine)) for (const value of ofName(name)) values.add(value);
    const target = targetOf(statement);
    if (target !== undefined) {
      through.set(target, through.get(target) ?? new Set());
      for (const value of values) through.get(target)!.add(value);
      for (const value of ofName(target)) values.add(value);
    }
    if (statement.kind === 'store') for (const value of ofBuffer(statement.buffer)) values.add(value);
    said.set(statement, values);
  });
  return (prints) => {
    if ('step' in prints) return new Set([kernel.steps[prints.step]!.value]);
    if ('buffer' in prints) return new Set(ofBuffer(prints.buffer));
    if ('memory' in prints) return new Set(ofName(prints.memory));
    return said.get(prints.statement)!;
  };
}

/** The name or the memory that a statement puts something in. */
function targetOf(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign':
    case 'loop':
      return statement.name;
    case 'keep':
      return statement.memory;
    default:
      return undefined;
  }
}
