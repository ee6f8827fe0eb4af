/**
 * A nest in, reads and writes that may be outside out, and names that may be outside of the range that is said
 * of them where a position relies on it.
 *
 * A name is in its range because what it is bound to is, or under a test: `let b = 64*workgroup + local` may be
 * too large, but not under `if b < 100`. A read may be marked as one that may be anywhere; a write never.
 */
import type { Affine, Range, Ranges } from '../../index/affine.ts';
import { bounds, print, variablesOf } from '../../index/query.ts';
import {
  type Lanes,
  type Loop,
  localName,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../nest.ts';
import { partsOf } from '../terms.ts';
import { termsOf } from '../walk.ts';

/** What holds at a place of the nest. */
interface Known {
  /** Index arithmetic, as text, that a test has found to be below a number. */
  readonly below: ReadonlyMap<string, number>;
  /** What names can be, by what is said of them and by tests. */
  readonly ranges: Ranges;
}

export function positionViolations(nest: Nest): readonly string[] {
  const found: string[] = [];
  const { ranges, around = 0 } = nest;
  const sizes = new Map(nest.memories.map(({ name, size }) => [name, size]));
  /** Names that may leave their range: only at its end, where a test can help, or anyhow. */
  const loose = new Map<string, 'at the end' | 'anyhow'>();

  const rely = (what: string, of: Affine, known: Known): void => {
    for (const name of variablesOf(of)) {
      const { min, max } = ranges.get(name) ?? anything;
      const how = loose.get(name);
      if (how === undefined || (how === 'at the end' && known.below.get(name)! <= max + 1)) continue;
      found.push(`${what} relies on ${name} from ${min} to ${max}, and it may be outside`);
    }
  };
  const within = (
    what: string,
    of: Affine,
    lanes: Lanes,
    size: number | undefined,
    known: Known,
    beyond = 0,
  ): void => {
    const where = `${what} at ${print(of)}`;
    rely(where, of, known);
    const { min, max } = bounds(of, known.ranges);
    if (size !== undefined && (min < -beyond || max + lanes > size + beyond)) {
      found.push(`${where}: ${min} to ${max} of ${size}`);
    }
  };
  const visit = (term: Term, known: Known, seen: Set<Term>): void => {
    if (seen.has(term)) return;
    seen.add(term);
    for (const part of partsOf(term)) visit(part, known, seen);
    if (term.kind === 'recall') {
      within(`a read of ${term.memory}`, term.position, 1, sizes.get(term.memory), known);
    } else if (term.kind === 'load') {
      const { name, size } = nest.buffers[term.buffer]!;
      const beyond = term.anywhere ? (term.lanes === 1 ? Number.POSITIVE_INFINITY : around) : 0;
      within(`a read of ${name}`, term.position, term.lanes, size, known, beyond);
    } else if (term.kind === 'index') {
      // A division is made for the range of what it divides.
      for (const { atom } of term.of.terms) if (atom.kind !== 'index') rely(print(term.of), atom.of, known);
      if (term.dtype === 'u32' && bounds(term.of, known.ranges).min < 0) {
        found.push(`${print(term.of)} may be negative`);
      }
    }
  };
  const bind = (name: string, value: Term, known: Known): void => {
    const range = ranges.get(name);
    if (range === undefined) return;
    const actual = rangeOf(value, known);
    if (actual.min < range.min) loose.set(name, 'anyhow');
    else if (actual.max > range.max) loose.set(name, 'at the end');
  };
  const count = ({ name, from, until, by }: Loop, known: Known): void => {
    rely(`${name} from ${print(from)}`, from, known);
    const { min } = bounds(from, known.ranges);
    const last = from.terms.length === 0 ? min + Math.floor((until - 1 - min) / by) * by : until - 1;
    const range = ranges.get(name) ?? anything;
    if (min < range.min || last > range.max) {
      found.push(`${name} counts from ${min} to ${last}: outside of ${range.min} to ${range.max}`);
    }
  };
  const walk = (body: readonly Statement[], known: Known): void => {
    for (const statement of body) {
      const seen = new Set<Term>();
      for (const term of termsOf(statement)) visit(term, known, seen);
      if (statement.kind === 'let') bind(statement.name, statement.value, known);
      if (statement.kind === 'store') {
        const { name, size } = nest.buffers[statement.buffer]!;
        within(`a write of ${name}`, statement.position, statement.value.lanes, size, known);
      }
      if (statement.kind === 'keep') {
        within(`a write of ${statement.memory}`, statement.position, 1, sizes.get(statement.memory), known);
      }
      if (statement.kind === 'if' || statement.kind === 'while')
        walk(statement.body, tested(statement.condition, known));
      if (statement.kind === 'loop') {
        count(statement, known);
        walk(statement.body, known);
      }
    }
  };
  for (const [name, size] of [
    [workgroupName, nest.workgroups],
    [localName, nest.workgroupSize],
  ] as const) {
    if ((ranges.get(name)?.max ?? 0) < size - 1) found.push(`${name} is below ${size}, its range says less`);
  }
  if (nest.position !== undefined && (ranges.get(nest.position)?.min ?? -1) < 0) {
    found.push(`the position ${nest.position} may be negative, or anything`);
  }
  walk(nest.body, { below: new Map(), ranges });
  return found;
}

const anything: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/** What an integer may be, of the few forms that names are bound to. */
function rangeOf(term: Term, known: Known): Range {
  const [a, b] = partsOf(term).map((part) => rangeOf(part, known));
  const any = term.dtype === 'u32' ? { min: 0, max: 0xffff_ffff } : anything;
  switch (term.kind) {
    case 'literal':
      return { min: term.value, max: term.value };
    case 'name':
      return known.ranges.get(term.name) ?? any;
    case 'index': {
      const { min, max } = bounds(term.of, known.ranges);
      return { min, max: Math.min(max, (known.below.get(print(term.of)) ?? Number.POSITIVE_INFINITY) - 1) };
    }
    case 'call':
      if (term.fn === 'minimum') return { min: Math.min(a!.min, b!.min), max: Math.min(a!.max, b!.max) };
      if (term.fn === 'maximum') return { min: Math.max(a!.min, b!.min), max: Math.max(a!.max, b!.max) };
      return term.fn === 'to_u32' && a!.min >= 0 ? a! : any;
    case 'select': {
      const [x, y] = [term.whenTrue, term.whenFalse].map((side) => rangeOf(side, known)) as [Range, Range];
      return { min: Math.min(x.min, y.min), max: Math.max(x.max, y.max) };
    }
    default:
      return any;
  }
}

/** What holds besides where a condition does: `x < 12`, and the like on both sides of an `and`. */
function tested(condition: Term, known: Known): Known {
  if (condition.kind !== 'call') return known;
  const [left, right] = condition.operands;
  if (condition.fn === 'and') return condition.operands.reduce((sofar, side) => tested(side, sofar), known);
  if (condition.fn !== 'less' || left?.kind !== 'index' || right?.kind !== 'literal') return known;
  const text = print(left.of);
  const below = new Map([
    ...known.below,
    [text, Math.min(right.value, known.below.get(text) ?? right.value)],
  ]);
  const range = known.ranges.get(text);
  if (range === undefined) return { ...known, below };
  const narrowed: Range = { min: range.min, max: Math.min(range.max, right.value - 1) };
  return { below, ranges: new Map([...known.ranges, [text, narrowed]]) };
}
