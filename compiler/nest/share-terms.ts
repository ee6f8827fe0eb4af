/**
 * A nest in, the same nest out, in which a term that is used twice in a block has a name, and a name that is
 * never used is gone.
 *
 * Equal structure is what counts, not identity. What can change (a variable, a buffer that is written,
 * workgroup memory) is equal only while nothing changes it: each change begins a new version of it.
 */
import type { Affine } from '../index/affine.ts';
import { print, variablesOf } from '../index/query.ts';
import type { Name, Nest, Statement, Term } from './nest.ts';
import { name, partsOf, withParts } from './terms.ts';
import { forEachStatement, mapStatement, termsOf } from './walk.ts';

/** How often each changeable thing has changed, by its name; and the keys of terms while nothing changes again. */
interface Versions {
  readonly counts: Map<string, number>;
  readonly keys: Map<Term, string>;
}

const versionsLike = ({ counts }: Pick<Versions, 'counts'>): Versions => ({
  counts: new Map(counts),
  keys: new Map(),
});

export function shareTerms(nest: Nest): Nest {
  const taken = new Set(namesIn(nest));
  const fresh = (wish: string): string => {
    let unique = wish;
    for (let n = 1; taken.has(unique); n++) unique = `${wish}_${n}`;
    taken.add(unique);
    return unique;
  };
  const keys = keysOf(nest);
  const body = shareBlock(nest.body, nest, keys, versionsLike({ counts: new Map() }), new Map(), fresh);
  return { ...nest, body: withoutUnused(body) };
}

/** `versions` are those at its beginning; they are its own from there on, so that its uses can be counted ahead. */
function shareBlock(
  body: readonly Statement[],
  nest: Nest,
  keys: Keys,
  versions: Versions,
  outer: ReadonlyMap<string, Name>,
  fresh: (wish: string) => string,
): readonly Statement[] {
  const uses = countUses(body, keys, versionsLike(versions));
  const named = new Map(outer);
  const result: Statement[] = [];
  const share = (term: Term): Term => {
    const key = keys.of(term, versions);
    const known = named.get(key);
    if (known !== undefined) return known;
    const changed = withParts(term, partsOf(term).map(share));
    if ((uses.get(key) ?? 0) < 2 || !isWorthAName(changed)) return changed;
    const bound = name(fresh(wishFor(term, nest)), term.dtype, term.lanes);
    named.set(key, bound);
    result.push({ kind: 'let', name: bound.name, value: changed });
    return bound;
  };
  for (const statement of body) {
    if (statement.kind === 'let') {
      const key = keys.of(statement.value, versions);
      const changed = shareParts(statement.value, share, named.get(key));
      result.push({ ...statement, value: changed });
      if (!named.has(key) && isWorthAName(changed)) {
        named.set(key, name(statement.name, statement.value.dtype, statement.value.lanes));
      }
      continue;
    }
    if (statement.kind === 'loop') {
      // A loop sees its own changes from the turn before.
      bump(statement.body, versions);
      const inner = shareBlock(statement.body, nest, keys, versionsLike(versions), named, fresh);
      bump(statement.body, versions);
      result.push({ ...statement, body: inner });
      continue;
    }
    if (statement.kind === 'while') {
      // Each turn asks anew: no part of the condition is bound before it.
      bump(statement.body, versions);
      const inner = shareBlock(statement.body, nest, keys, versionsLike(versions), named, fresh);
      bump(statement.body, versions);
      result.push({ ...statement, body: inner });
      continue;
    }
    if (statement.kind === 'if') {
      const condition = share(statement.condition);
      const inner = shareBlock(statement.body, nest, keys, versionsLike(versions), named, fresh);
      bump(statement.body, versions);
      result.push({ ...statement, condition, body: inner });
      continue;
    }
    const changed = mapStatement(statement, share, (s) => [s]);
    result.push(changed);
    bump([statement], versions);
  }
  return result;
}

/** The term under a `let`: its parts are shared, and itself only if it has a name already. */
const shareParts = (term: Term, share: (term: Term) => Term, known: Name | undefined): Term =>
  known ?? withParts(term, partsOf(term).map(share));

/** How many places of this block use each structure; the parts of one that is used twice count once. */
function countUses(body: readonly Statement[], keys: Keys, versions: Versions): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const count = (term: Term): void => {
    const key = keys.of(term, versions);
    const before = uses.get(key) ?? 0;
    uses.set(key, before + 1);
    if (before === 0) partsOf(term).forEach(count);
  };
  for (const statement of body) {
    if (statement.kind !== 'while') termsOf(statement).forEach(count);
    if (statement.kind === 'loop' || statement.kind === 'while') bump(statement.body, versions);
    bump([statement], versions);
  }
  return uses;
}

/** Begins new versions of all that the statements change. */
function bump(body: readonly Statement[], versions: Versions): void {
  forEachStatement(body, (statement) => {
    const changed = changedBy(statement);
    if (changed === undefined) return;
    versions.counts.set(changed, (versions.counts.get(changed) ?? 0) + 1);
    versions.keys.clear();
  });
}

function changedBy(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'assign':
      return `name ${statement.name}`;
    case 'store':
      return `buffer ${statement.buffer}`;
    case 'keep':
    case 'barrier':
      return 'memory';
    default:
      return undefined;
  }
}

function isWorthAName(term: Term): boolean {
  switch (term.kind) {
    case 'literal':
    case 'name':
    case 'lane':
    case 'splat':
      return false;
    case 'compose':
      return !term.parts.every((part) => part.kind === 'literal');
    case 'index': {
      const only = term.of.terms[0];
      return (
        term.of.terms.length > 1 ||
        term.of.constant !== 0 ||
        only?.coefficient !== 1 ||
        only.atom.kind !== 'index'
      );
    }
    default:
      return true;
  }
}

function wishFor(term: Term, nest: Nest): string {
  if (term.kind === 'load') return nest.buffers[term.buffer]!.name;
  return term.kind === 'index' ? 'index' : 't';
}

interface Keys {
  /** Equal for equal structures that nothing changed in between. */
  readonly of: (term: Term, versions: Versions) => string;
}

function keysOf(nest: Nest): Keys {
  const numbers = new Map<string, number>();
  /** Of terms that nothing can change. */
  const stable = new Map<Term, string>();
  const variables = new Set<string>();
  const written = new Set<number>();
  forEachStatement(nest.body, (statement) => {
    if (statement.kind === 'var') variables.add(statement.name);
    if (statement.kind === 'store') written.add(statement.buffer);
  });
  const changes = new Map<Term, boolean>();
  const canChange = (term: Term): boolean => {
    const known = changes.get(term);
    if (known !== undefined) return known;
    const result =
      (term.kind === 'name' && variables.has(term.name)) ||
      (term.kind === 'load' && written.has(term.buffer)) ||
      term.kind === 'recall' ||
      partsOf(term).some(canChange);
    changes.set(term, result);
    return result;
  };
  const version = (thing: string, versions: Versions): string => `@${versions.counts.get(thing) ?? 0}`;
  const describe = (term: Term, versions: Versions): string => {
    switch (term.kind) {
      case 'literal':
        return `${term.dtype} ${Object.is(term.value, -0) ? '-0' : term.value}`;
      case 'name':
        return `name ${term.name}${variables.has(term.name) ? version(`name ${term.name}`, versions) : ''}`;
      case 'index':
        return `${term.dtype} index ${print(term.of)}`;
      case 'load': {
        const at = written.has(term.buffer) ? version(`buffer ${term.buffer}`, versions) : '';
        return `load ${term.lanes} ${term.buffer}${at} ${print(term.position)}`;
      }
      case 'recall':
        return `recall ${term.memory} ${print(term.position)}${version('memory', versions)}`;
      case 'call':
        return `${term.fn} ${term.dtype}`;
      case 'lane':
        return `lane ${term.lane}`;
      default:
        return `${term.kind} ${term.dtype}`;
    }
  };
  const of = (term: Term, versions: Versions): string => {
    const known = stable.get(term) ?? versions.keys.get(term);
    if (known !== undefined) return known;
    const parts = partsOf(term).map((part) => of(part, versions));
    const text = `${describe(term, versions)} (${parts.join(' ')})`;
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    const key = String(number);
    if (canChange(term)) versions.keys.set(term, key);
    else stable.set(term, key);
    return key;
  };
  return { of };
}

function namesIn(nest: Nest): readonly string[] {
  const names = [...nest.ranges.keys(), ...nest.memories.map((m) => m.name)];
  forEachStatement(nest.body, (statement) => {
    if ('name' in statement) names.push(statement.name);
  });
  return names;
}

/** Drops every `let` whose name nothing uses. */
function withoutUnused(body: readonly Statement[]): readonly Statement[] {
  const used = new Set<string>();
  const useAffine = (of: Affine): void => {
    for (const variable of variablesOf(of)) used.add(variable);
  };
  const seen = new Set<Term>();
  const useTerm = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    if (term.kind === 'name') used.add(term.name);
    if (term.kind === 'index') useAffine(term.of);
    if (term.kind === 'load' || term.kind === 'recall') useAffine(term.position);
    partsOf(term).forEach(useTerm);
  };
  const keep = (block: readonly Statement[]): readonly Statement[] => {
    const kept: Statement[] = [];
    // From the last one back, so that a use is seen before the name it uses.
    for (const statement of [...block].reverse()) {
      if (statement.kind === 'let' && !used.has(statement.name)) continue;
      if (statement.kind === 'loop') useAffine(statement.from);
      if (statement.kind === 'store' || statement.kind === 'keep') useAffine(statement.position);
      const inner = 'body' in statement ? { ...statement, body: keep(statement.body) } : statement;
      termsOf(statement).forEach(useTerm);
      kept.unshift(inner);
    }
    return kept;
  };
  return keep(body);
}
