/**
 * A nest in, violations of what every nest promises out; each is a fault of the schedule.
 *
 * - Every read and write is inside its buffer, or is marked as one that may read anything.
 * - Barriers stand where all threads of a workgroup run: not under a test, not in a loop that threads begin
 *   at different places.
 */
import type { Affine } from '../index/affine.ts';
import { bounds, print } from '../index/query.ts';
import { mostThreads } from './grid.ts';
import type { Lanes, Nest, Statement, Term } from './nest.ts';
import type { Target } from './target.ts';
import { partsOf } from './terms.ts';
import { forEachStatement, termsOf } from './views.ts';

export function violationsOf(nest: Nest): readonly string[] {
  const found: string[] = [];
  const within = (what: string, at: Affine, lanes: Lanes, size: number): void => {
    const { min, max } = bounds(at, nest.ranges);
    if (min < 0 || max + lanes > size) found.push(`${what} at ${print(at)}: ${min} to ${max} of ${size}`);
  };
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    if (term.kind === 'load' && !term.anywhere) {
      const buffer = nest.buffers[term.buffer]!;
      within(`a read of ${buffer.name}`, term.position, term.lanes, buffer.size);
    }
    partsOf(term).forEach(visit);
  };
  forEachStatement(nest.body, (statement) => {
    termsOf(statement).forEach(visit);
    if (statement.kind !== 'store') return;
    const buffer = nest.buffers[statement.buffer]!;
    within(`a write of ${buffer.name}`, statement.position, statement.value.lanes, buffer.size);
  });
  if (hasBarrier(nest.body, true)) found.push('a barrier that not all threads reach');
  return found;
}

/** Why the target cannot run a nest: another schedule is to be taken. */
export function beyond(nest: Nest, target: Target): string | undefined {
  const threads = mostThreads(target);
  if (nest.workgroupSize > threads) {
    return `${nest.workgroupSize} threads in a workgroup, ${threads} are possible`;
  }
  const storage = workgroupStorageOf(nest);
  return storage > target.workgroupStorage
    ? `${storage} bytes of workgroup memory, ${target.workgroupStorage} are possible`
    : undefined;
}

/** Is there a barrier in a place that not all threads reach? */
function hasBarrier(body: readonly Statement[], uniform: boolean): boolean {
  return body.some((statement) => {
    if (statement.kind === 'barrier') return !uniform;
    if (statement.kind === 'if') return hasBarrier(statement.body, false);
    if (statement.kind === 'loop')
      return hasBarrier(statement.body, uniform && statement.from.terms.length === 0);
    return false;
  });
}

/** In bytes; every array begins at a multiple of 16. */
export const workgroupStorageOf = (nest: Nest): number =>
  nest.memories
    .filter((memory) => memory.scope === 'workgroup')
    .reduce((sum, { size, lanes }) => sum + Math.ceil((size * lanes * 4) / 16) * 16, 0);
