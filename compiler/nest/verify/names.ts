/**
 * A nest in, names that are not what a place takes them for out.
 *
 * - Every name is bound once in the whole nest, before it is used and where its uses can see it.
 * - Only a `var` is assigned; index arithmetic uses only names that never change.
 * - A term that is used in several statements means the same in each: nothing that it reads changes in between.
 *
 * Each term is looked into once, however often it is used. Names come and go like a stack: where the one of its names
 * that was bound last is visible, the others are.
 */
import type { Affine } from '../../index/affine.ts';
import { variablesOf } from '../../index/query.ts';
import { localName, type Nest, type Statement, type Term, workgroupName } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { affinesOf, termsOf } from '../walk.ts';
import { changesIn } from './changes.ts';
import { sameType, type Typed, typeOf, typeText } from './typed.ts';

interface Bound extends Typed {
  readonly kind: 'given' | 'let' | 'var' | 'loop';
}

const integer = { dtype: 'u32', lanes: 1 } as const;

export function nameViolations(nest: Nest): readonly string[] {
  const found: string[] = [];
  /** Every name of the nest, and those that are visible at this place. */
  const taken = new Set(nest.memories.map((memory) => memory.name));
  if (taken.size < nest.memories.length) found.push('two memories of one name');
  const visible = new Map<string, Bound>();
  /** The names in the order in which they were bound. */
  const order = new Map<string, number>();
  const bind = (name: string, bound: Bound): void => {
    if (taken.has(name)) found.push(`${name} is bound twice`);
    taken.add(name);
    order.set(name, order.size);
    visible.set(name, bound);
  };
  bind(workgroupName, { kind: 'given', ...integer });
  bind(localName, { kind: 'given', ...integer });
  if (nest.position !== undefined) bind(nest.position, { kind: 'given', ...integer });
  const changes = changesIn(nest);

  const later = (a: string | undefined, b: string | undefined): string | undefined =>
    a === undefined || (b !== undefined && order.get(b)! > order.get(a)!) ? b : a;
  const visibleAs = (name: string): Bound | undefined => {
    const bound = visible.get(name);
    if (bound === undefined) found.push(`${name} is used where nothing binds it`);
    return bound;
  };

  /** Each gives the name that was bound last, of those that are used. */
  const useName = (name: string, problem: (bound: Bound) => string | undefined): string | undefined => {
    const bound = visibleAs(name);
    if (bound === undefined) return undefined;
    const wrong = problem(bound);
    if (wrong !== undefined) found.push(wrong);
    return name;
  };
  const useAffine = (of: Affine): string | undefined =>
    [...variablesOf(of)]
      .map((name) =>
        useName(name, (bound) => {
          if (bound.kind === 'var') return `index arithmetic uses ${name}, which may change`;
          return sameType(bound, integer) ? undefined : `index arithmetic uses ${name}: ${typeText(bound)}`;
        }),
      )
      .reduce(later, undefined);
  const useOwn = (term: Term): string | undefined => {
    if (term.kind === 'index') return useAffine(term.of);
    if (term.kind === 'load' || term.kind === 'recall') return useAffine(term.position);
    if (term.kind !== 'name') return undefined;
    return useName(term.name, (bound) =>
      sameType(bound, term) ? undefined : `${term.name} is ${typeText(bound)} and used as ${typeText(term)}`,
    );
  };
  /** Of terms that were used: the name that was bound last. */
  const lastNames = new Map<Term, string | undefined>();
  const use = (term: Term): string | undefined => {
    const changed = changes.sinceFirstUse(term);
    if (changed !== undefined)
      found.push(`a term that reads ${changed} is used again after that has changed`);
    if (lastNames.has(term)) {
      const last = lastNames.get(term);
      if (last !== undefined) visibleAs(last);
      return last;
    }
    const last = partsOf(term).map(use).reduce(later, useOwn(term));
    lastNames.set(term, last);
    return last;
  };
  const useAll = (statement: Statement): void => {
    termsOf(statement).forEach(use);
    affinesOf(statement).forEach(useAffine);
  };
  const visit = (body: readonly Statement[]): void => {
    const here: string[] = [];
    for (const statement of body) {
      // Each turn sees what the one before has changed, and asks its condition then.
      if (statement.kind === 'while') changes.note(statement);
      useAll(statement);
      switch (statement.kind) {
        case 'let':
        case 'var':
          bind(statement.name, { kind: statement.kind, ...typeOf(statement.value) });
          here.push(statement.name);
          break;
        case 'assign': {
          const bound = visible.get(statement.name);
          if (bound?.kind !== 'var') found.push(`${statement.name} is assigned and no variable`);
          else if (!sameType(bound, statement.value)) {
            found.push(`${statement.name} is ${typeText(bound)} and assigned ${typeText(statement.value)}`);
          }
          break;
        }
        case 'loop':
          // Each turn sees what the one before has changed.
          changes.note(statement);
          bind(statement.name, { kind: 'loop', ...integer });
          visit(statement.body);
          visible.delete(statement.name);
          break;
        case 'if':
        case 'while':
          visit(statement.body);
          break;
        case 'store':
        case 'keep':
        case 'barrier':
          break;
        default:
          statement satisfies never;
      }
      changes.note(statement);
    }
    for (const name of here) visible.delete(name);
  };
  visit(nest.body);
  return found;
}
