/** What can be wrong with equations that read themselves, NN36x: one function a message. */

import type { Statement } from '../../../grammar/ast.ts';
import { type Diagnostic, error, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { IndexVariable } from '../typed.ts';
import { describe, type Value } from '../values.ts';
import { brief, textOf } from './phrases.ts';

export const shapeUnknown = (at: Span, name: string, sliced: boolean): Diagnostic =>
  error('NN362', `nothing says what shape ${name} has`, {
    primary: label(at, `all that is known of ${name} depends on ${name}`),
    hint: sliced
      ? `start from a tensor, (${name}[…] else start), call what declares its result, or write the extents: ${name}[b: B, t, j: 64]`
      : `write how far its indices run: ${name}[b: B, t: T]`,
  });

export const twoDirections = (
  at: Span,
  index: string,
  direction: 'forward' | 'backward',
  against: Span | undefined,
): Diagnostic => {
  const [here, there] = direction === 'forward' ? ['later', 'earlier'] : ['earlier', 'later'];
  return error(
    'NN363',
    `${brief(at)} is at ${here === 'earlier' ? 'an' : 'a'} ${here} position of ${index}, and others are at ${there} ones`,
    {
      primary: label(at, `not computed yet, where ${index} goes ${direction}`),
      related:
        against === undefined
          ? []
          : [label(against, `at ${there === 'earlier' ? 'an' : 'a'} ${there} position`)],
      hint: `a recurrence goes one way; two of them, ${index} - 1 in one and ${index} + 1 in the other, can be combined afterwards`,
    },
  );
};

/** `index` is that of a scan. */
export const cycleWithinPosition = (
  at: Span,
  name: string,
  index: string | undefined,
  several: boolean,
): Diagnostic =>
  error('NN364', `${name} needs itself at the same position${index === undefined ? '' : ` of ${index}`}`, {
    primary: label(at, several ? 'read here, on a way that leads back to it' : 'read here'),
    hint: `one of the reads on the way is at an earlier position: ${index ?? 't'} - 1`,
  });

/** What is a recurrence itself, in the step of another. */
export interface Within {
  readonly name: string;
  readonly index: IndexVariable;
  /** How many positions it has, as the author named it. */
  readonly extent: string;
  /** It reads itself along both indices, as a table does whose rows need each other. */
  readonly both: boolean;
}

export const recurrenceWithinStep = (
  at: Span,
  outer: string,
  { name, index, extent, both }: Within,
): Diagnostic =>
  error('NN364', `${name} is a recurrence over ${index.name} within one position of ${outer}`, {
    primary: label(at, 'a step holds no recurrence of its own'),
    hint: both
      ? `give both one index, n = ${outer} * ${extent} + ${index.name}: then ${name}[n - 1] is the one before over ${index.name}, and ${name}[n - ${extent}] the one over ${outer}`
      : `write its steps out, in a function: repeat ${extent} { … } gives each the value of the one before`,
  });

export const notEarlier = (at: Span, name: string, index: string): Diagnostic =>
  error('NN365', `nothing says that ${brief(at)} is at an earlier position of ${index}`, {
    primary: label(at, `${name} is not computed for all ${index} at once`),
    hint: `${name} is read at ${index} - 1, or under a condition that says so: sum[s where s < ${index}] …`,
  });

export const startOfAnotherShape = (at: Span, read: Span, value: Value, start: Value): Diagnostic =>
  error('NN366', `${brief(read)} begins as ${describe(start)} and goes on as ${describe(value)}`, {
    primary: label(at, 'the start'),
    related: [label(read, 'what goes on')],
    hint: 'what is carried has one shape and one type at all positions',
  });

export const carryDiffers = (at: Span, name: string, began: string, value: Value): Diagnostic =>
  error('NN366', `${name} begins as ${began} and goes on as ${describe(value)}`, {
    primary: label(at, textOf(at).length > 60 ? 'the next one' : `the next ${name}`),
    hint: 'what is carried has one shape and one type at all positions',
  });

export const recurrenceTooLong = (
  at: Span,
  name: string,
  members: number,
  { name: index, extent }: IndexVariable,
  limit: number,
): Diagnostic =>
  error('NN367', `${name}: ${members} equations for each of ${extent} positions are more than ${limit}`, {
    primary: label(at, `over ${index}`),
    hint: 'compute pieces of the sequence one after the other, and carry the last value in a state',
  });

/** `kind`: of the statement that stands there. */
export const notOfScan = (at: Span, index: string, kind: Statement['kind']): Diagnostic =>
  error('NN369', `expected an equation with the index ${index}`, {
    primary: label(at, 'in a scan'),
    hint: hintOfScan(index, kind),
  });

function hintOfScan(index: string, kind: Statement['kind']): string {
  switch (kind) {
    case 'scan':
    case 'repeat':
      return 'a step holds no recurrence of its own: a function that writes its steps out, repeat 4 { y = … }, may be called in it';
    case 'state':
    case 'param':
    case 'frozen':
      return `it stands before the scan; what goes from one position to the next is read at the position before: (h[:, ${index} - 1] else 0)`;
    case 'unpack':
      return `several results of a step are parts at its position, with whole axes: (h[:, ${index}], c[:, ${index}]) = …`;
    default:
      return `all that a scan defines says its position: a[:, ${index}] = …; what does not depend on ${index} stands before it`;
  }
}

export const stateInRecurrence = (at: Span, name: string): Diagnostic =>
  error('NN368', `the state ${name} would be written at each position of a recurrence`, {
    primary: label(at, 'a state is written once a run'),
    hint: 'what goes from one position to the next is read at the position before: (h[t - 1] else 0)',
  });
