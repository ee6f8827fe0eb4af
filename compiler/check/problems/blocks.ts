/** What can be wrong with `repeat` and with several results: one function a message. */
import { type Diagnostic, error, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { describe, type Value } from '../values.ts';
import { plural } from './phrases.ts';

export const repeatCount = (at: Span, found: Value): Diagnostic =>
  error('NN235', `repeat needs a whole number that is not negative, found ${describe(found)}`, {
    primary: label(at, 'how often the body stands here'),
    hint: 'it is written out when the program is compiled: a number, a dimension or an int parameter',
  });

export const ofOnePass = (at: Span, name: string, defined: Span): Diagnostic =>
  error('NN237', `${name} is known inside of its repeat only`, {
    primary: label(at, 'used outside'),
    related: [label(defined, 'each pass has its own')],
    hint: `what should go on is given a value before: ${name} = …`,
  });

export const tooManyPasses = (at: Span, limit: number): Diagnostic =>
  error('NN236', `the program expands to more than ${limit} passes of repeat`, {
    primary: label(at, 'the one that is too many'),
  });

/** `(h[:, t], c[:, t]) = …` outside of a scan. */
export const unpackWithIndices = (at: Span, name: string): Diagnostic =>
  error('NN238', `expected a name for each of several results, found ${name} with indices`, {
    primary: label(at, 'part of a tensor'),
    hint: 'give the results names, (h, c) = …; parts at a position are defined in a scan',
  });

export const unpackDiffers = (at: Span, names: number, found: Value): Diagnostic =>
  error('NN238', `expected ${plural(names, 'value', 'values')} for as many names, found ${describe(found)}`, {
    primary: label(at, describe(found)),
    hint: 'a function or layer gives several results with return (a, b)',
  });
