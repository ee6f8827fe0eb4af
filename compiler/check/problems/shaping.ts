/** What can be wrong with ranges of axes and with functions that only move elements: one function a message. */
import { type Diagnostic, error, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Dim } from '../typed.ts';
import { describe, dimName, type Value } from '../values.ts';
import { type Placed, plural } from './phrases.ts';

export const rangeOutside = (at: Span, first: number, end: number, dim: Dim): Diagnostic =>
  error('NN348', `the range ${first}:${end} is no part of an axis of ${dimName(dim)}`, {
    primary: label(at, first >= end ? 'nothing is left' : `positions are 0 to ${dim.extent - 1}`),
    hint: 'first:end is without its end; a negative number, written as such, counts from the end of the axis',
  });

export const rangeNotKnown = (at: Span, found: Value): Diagnostic =>
  error('NN349', `expected a whole number that is known while compiling, found ${describe(found)}`, {
    primary: label(at, 'where a range begins or ends'),
    hint: 'a window that moves is an equation: y[t, k: 3] = x[t + k]',
  });

export const partsDiffer = (name: string, first: Placed, other: Placed, axis: number): Diagnostic =>
  error(
    'NN350',
    `${name} needs equal shapes but for axis ${axis}, found ${describe(first.value)} and ${describe(other.value)}`,
    {
      primary: label(other.at, describe(other.value)),
      related: [label(first.at, describe(first.value))],
    },
  );

export const elementsDiffer = (at: Span, found: Value, elements: number, wanted: string): Diagnostic =>
  error(
    'NN351',
    `${describe(found)} has ${plural(elements, 'element', 'elements')}, which do not fill [${wanted}]`,
    {
      primary: label(at, 'cannot be laid out so'),
      hint: 'one length may be -1: then it is what is left',
    },
  );

export const argumentsWanted = (at: Span, name: string, wanted: string, hint?: string): Diagnostic =>
  error('NN352', `${name} needs ${wanted}`, { primary: label(at, 'here'), hint });
