/**
 * A nest of a scheduled kernel in, which values each of its parts speaks of out.
 *
 * A statement speaks of the value that its name holds, of that in a buffer that it reads or writes, and, through a
 * name that only shortens the text, of all that was put in there.
 */
import { variablesOf } from '../index/query.ts';
import type { Nest, Statement, Term } from '../nest/nest.ts';
import { partsOf } from '../nest/terms.ts';
import { affinesOf, forEachStatement, termsOf } from '../nest/walk.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { ScheduledKernel } from './index.ts';

/** A line of the text of a kernel. */
export interface SpokenLine {
  readonly text: string;
  readonly values: readonly ValueId[];
  /** The number of the buffer that it declares. */
  readonly declares?: number;
}

export interface Speaking {
  /** By its number in the kernel, as a line of the header quotes it. */
  readonly ofStep: (step: number) => readonly ValueId[];
  /** By its number among the bindings. */
  readonly ofBuffer: (buffer: number) => readonly ValueId[];
  /** Of a variable or a memory. */
  readonly ofName: (name: string) => readonly ValueId[];
  readonly ofStatement: (statement: Statement) => readonly ValueId[];
}

/** `nest` is the one that is printed: it may have more names than that of the kernel. */
export function speakingOf(nest: Nest, { kernel, bindings, holds }: ScheduledKernel): Speaking {
  /** What was put into the names that hold no value of their own. */
  const through = new Map<string, Set<ValueId>>();
  const ofName = (name: string): readonly ValueId[] => {
    const held = holds.get(name);
    return held === undefined ? [...(through.get(name) ?? [])] : [held];
  };
  const ofBuffer = (buffer: number): readonly ValueId[] => bindings[buffer]!.values;
  const ofTerm = (term: Term): readonly ValueId[] => {
    switch (term.kind) {
      case 'name':
        return ofName(term.name);
      case 'index':
        return [...variablesOf(term.of)].flatMap(ofName);
      case 'load':
        return [...ofBuffer(term.buffer), ...[...variablesOf(term.position)].flatMap(ofName)];
      case 'recall':
        return ofName(term.memory);
      default:
        return partsOf(term).flatMap(ofTerm);
    }
  };
  const said = new Map<Statement, readonly ValueId[]>();
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
    said.set(statement, [...values]);
  });
  return {
    ofStep: (step) => [kernel.steps[step]!.value],
    ofBuffer,
    ofName,
    ofStatement: (statement) => said.get(statement)!,
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
