/**
 * A nest in, names that are not what a place takes them for out.
 *
 * - Every name is bound once in the whole nest, before it is used and where its uses can see it.
 * - Only a `var` is assigned; index arithmetic uses only names that never change.
 * - A term that is used in several statements means the same in each: nothing that it reads changes in between.
 */
import type { Affine } from '../../index/affine.ts';
import { variablesOf } from '../../index/query.ts';
import { localName, workgroupName } from '../builder.ts';
import type { Nest, Statement, Term } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { affinesOf, termsOf } from '../views.ts';
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
  const bind = (name: string, bound: Bound): void => {
    if (taken.has(name)) found.push(`${name} is bound twice`);
    taken.add(name);
    visible.set(name, bound);
  };
  bind(workgroupName, { kind: 'given', ...integer });
  bind(localName, { kind: 'given', ...integer });
  const changes = changesIn(nest);

  const useAffine = (of: Affine): void => {
    for (const name of variablesOf(of)) {
      const bound = visible.get(name);
      if (bound === undefined) found.push(`${name} is used where nothing binds it`);
      else if (bound.kind === 'var') found.push(`index arithmetic uses ${name}, which may change`);
      else if (!sameType(bound, integer)) found.push(`index arithmetic uses ${name}: ${typeText(bound)}`);
    }
  };
  const use = (term: Term): void => {
    if (term.kind === 'name') {
      const bound = visible.get(term.name);
      if (bound === undefined) found.push(`${term.name} is used where nothing binds it`);
      else if (!sameType(bound, term)) {
        found.push(`${term.name} is ${typeText(bound)} and used as ${typeText(term)}`);
      }
    }
    if (term.kind === 'index') useAffine(term.of);
    if (term.kind === 'load' || term.kind === 'recall') useAffine(term.position);
  };
  const useAll = (statement: Statement): void => {
    const seen = new Set<Term>();
    const walk = (term: Term): void => {
      if (seen.has(term)) return;
      seen.add(term);
      use(term);
      const changed = changes.sinceLastUse(term);
      if (changed !== undefined)
        found.push(`a term that reads ${changed} is used again after that has changed`);
      partsOf(term).forEach(walk);
    };
    termsOf(statement).forEach(walk);
    affinesOf(statement).forEach(useAffine);
  };
  const visit = (body: readonly Statement[]): void => {
    const here: string[] = [];
    for (const statement of body) {
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
