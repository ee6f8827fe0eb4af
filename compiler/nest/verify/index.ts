/**
 * A nest and its bindings in, violations of what every nest promises out; each is a fault of the schedule.
 *
 * - Types and lanes fit together (`terms.ts`).
 * - Names are bound once, before they are used; a shared term means the same at each use (`names.ts`).
 * - Every read and write is inside, or is marked as a read that may be anywhere (`positions.ts`).
 * - Barriers stand where all threads of a workgroup run: not under a test, not in a loop that threads begin
 *   at different places.
 * - Buffers: each value is bound once; what is written is bound for writing, and nothing else.
 */

import type { Binding } from '../kernel.ts';
import type { Nest, Statement } from '../nest.ts';
import { forEachStatement } from '../walk.ts';
import { nameViolations } from './names.ts';
import { positionViolations } from './positions.ts';
import { typeViolations } from './terms.ts';

export function violationsOf(nest: Nest, bindings: readonly Binding[]): readonly string[] {
  const types = typeViolations(nest);
  // What follows relies on terms that fit together.
  if (types.length > 0) return types;
  return [
    ...nameViolations(nest),
    ...positionViolations(nest),
    ...(hasBarrier(nest.body, true) ? ['a barrier that not all threads reach'] : []),
    ...bufferViolations(nest, bindings),
  ];
}

/** Is there a barrier in a place that not all threads reach? */
function hasBarrier(body: readonly Statement[], uniform: boolean): boolean {
  return body.some((statement) => {
    if (statement.kind === 'barrier') return !uniform;
    if (statement.kind === 'if' || statement.kind === 'while') return hasBarrier(statement.body, false);
    if (statement.kind === 'loop')
      return hasBarrier(statement.body, uniform && statement.from.terms.length === 0);
    return false;
  });
}

function bufferViolations({ buffers, body }: Nest, bindings: readonly Binding[]): readonly string[] {
  const written = new Set<number>();
  forEachStatement(body, (statement) => {
    if (statement.kind === 'store') written.add(statement.buffer);
  });
  const values = bindings.flatMap((binding) => binding.values);
  const unlike = buffers.filter((buffer, k) => bindings[k]?.access !== buffer.access);
  return [
    ...buffers
      .filter(({ access }, k) => (access === 'read_write') !== written.has(k))
      .map(({ name, access }) =>
        access === 'read'
          ? `${name} is written and bound for reading`
          : `${name} is bound for writing and only read`,
      ),
    ...(buffers.length === bindings.length ? [] : [`${buffers.length} buffers, ${bindings.length} bindings`]),
    ...unlike.map(({ name }) => `${name} is bound otherwise`),
    ...values
      .filter((value, k) => values.indexOf(value) !== k)
      .map((value) => `value ${value} is bound twice`),
  ];
}
