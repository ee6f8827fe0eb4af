/**
 * A nest in, the same nest out, in which the arithmetic of positions is done once: the part of a position that
 * a loop does not change before the loop, and a part that several positions of a block share before the first.
 *
 * Positions keep their form, a quasi-affine expression; a part becomes a name in it. Where the buffer is an
 * array of vectors, the name counts vectors.
 */
import type { Affine, Term as AffineTerm, Range } from '../index/affine.ts';
import { add, constant, scale, variable } from '../index/build.ts';
import { bounds, print, variablesOf } from '../index/query.ts';
import type { Nest, Statement, Term } from '../schedule/nest.ts';
import { indexTerm, partsOf, withParts } from '../schedule/terms.ts';
import { forEachStatement, mapStatement, termsOf } from '../schedule/views.ts';

/** A position and what it counts in. */
interface Access {
  readonly position: Affine;
  readonly unit: 1 | 4;
  readonly wish: string;
}

type Rewrite = (access: Access) => Affine;

export function shareAddresses(nest: Nest): Nest {
  const ranges = new Map<string, Range>(nest.ranges);
  const taken = new Set([...ranges.keys(), ...nest.memories.map((memory) => memory.name)]);
  forEachStatement(nest.body, (statement) => {
    if ('name' in statement) taken.add(statement.name);
  });
  const fresh = (wish: string): string => {
    let unique = wish;
    for (let n = 1; taken.has(unique); n++) unique = `${wish}_${n}`;
    taken.add(unique);
    return unique;
  };

  /** A name for `part`, bound by the statement that is added to `into`. */
  const bindPart = (part: Affine, wish: string, into: Statement[]): string => {
    const name = fresh(`${wish}_at`);
    ranges.set(name, bounds(part, ranges));
    into.push({ kind: 'let', name, value: indexTerm(part, 'u32') });
    return name;
  };

  const block = (body: readonly Statement[]): readonly Statement[] => {
    const counts = new Map<string, number>();
    for (const statement of body) {
      forEachAccess(statement, nest, (access) => {
        const { base } = split(access);
        counts.set(print(base), (counts.get(print(base)) ?? 0) + 1);
      });
    }
    const bound = new Map<string, string>();
    const result: Statement[] = [];
    for (const statement of body) {
      if (statement.kind === 'loop') {
        result.push({ ...statement, body: block(hoisted(statement.body, statement.name, result)) });
        continue;
      }
      if (statement.kind === 'if') {
        const condition = rewriteTerm(statement.condition, nest, (access) =>
          shared(access, counts, bound, result),
        );
        result.push({ ...statement, condition, body: block(statement.body) });
        continue;
      }
      result.push(rewriteStatement(statement, nest, (access) => shared(access, counts, bound, result)));
    }
    return result;
  };

  /** The body of a loop, in whose positions what the loop does not change is a name bound in `before`. */
  const hoisted = (body: readonly Statement[], loop: string, before: Statement[]): readonly Statement[] => {
    const inside = new Set([loop]);
    forEachStatement(body, (statement) => {
      if ('name' in statement) inside.add(statement.name);
    });
    const bound = new Map<string, string>();
    const rewrite: Rewrite = (access) => {
      const { base, rest } = split(access);
      const [changing, fixed] = partition(base, (term) => {
        const variables = term.atom.kind === 'index' ? [term.atom.name] : [...variablesOf(term.atom.of)];
        return variables.some((name) => inside.has(name));
      });
      if (isSimple(fixed)) return access.position;
      const key = print(fixed);
      const name = bound.get(key) ?? bindPart(fixed, access.wish, before);
      bound.set(key, name);
      return add(scale(add(variable(name), changing), access.unit), constant(rest));
    };
    const within = (statement: Statement): readonly Statement[] => [deep(statement)];
    const deep = (statement: Statement): Statement =>
      rewritePosition(
        mapStatement(statement, (term) => rewriteTerm(term, nest, rewrite), within),
        nest,
        rewrite,
      );
    return body.map(deep);
  };

  const shared = (
    access: Access,
    counts: ReadonlyMap<string, number>,
    bound: Map<string, string>,
    before: Statement[],
  ): Affine => {
    const { base, rest } = split(access);
    const key = print(base);
    if (isSimple(base) || (counts.get(key) ?? 0) < 2) return access.position;
    const name = bound.get(key) ?? bindPart(base, access.wish, before);
    bound.set(key, name);
    return add(scale(variable(name), access.unit), constant(rest));
  };

  const body = block(nest.body);
  return { ...nest, body, ranges };
}

/** The part that varies, in units, and the constant, in elements. */
function split({ position, unit }: Access): { readonly base: Affine; readonly rest: number } {
  const terms = position.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient / unit, atom }));
  return { base: { constant: 0, terms }, rest: position.constant };
}

function partition(of: Affine, first: (term: AffineTerm) => boolean): readonly [Affine, Affine] {
  return [
    { constant: 0, terms: of.terms.filter(first) },
    { constant: 0, terms: of.terms.filter((term) => !first(term)) },
  ];
}

/** As short as a name. */
const isSimple = ({ terms }: Affine): boolean =>
  terms.length === 0 ||
  (terms.length === 1 && terms[0]!.coefficient === 1 && terms[0]!.atom.kind === 'index');

const accessOf = (term: Extract<Term, { kind: 'load' }>, nest: Nest): Access => ({
  position: term.position,
  unit: nest.buffers[term.buffer]!.lanes,
  wish: nest.buffers[term.buffer]!.name,
});

function rewriteTerm(term: Term, nest: Nest, rewrite: Rewrite): Term {
  const changed = withParts(
    term,
    partsOf(term).map((part) => rewriteTerm(part, nest, rewrite)),
  );
  return changed.kind === 'load' ? { ...changed, position: rewrite(accessOf(changed, nest)) } : changed;
}

function rewritePosition(statement: Statement, nest: Nest, rewrite: Rewrite): Statement {
  if (statement.kind !== 'store') return statement;
  const { lanes: unit, name: wish } = nest.buffers[statement.buffer]!;
  return { ...statement, position: rewrite({ position: statement.position, unit, wish }) };
}

const rewriteStatement = (statement: Statement, nest: Nest, rewrite: Rewrite): Statement =>
  rewritePosition(
    mapStatement(
      statement,
      (term) => rewriteTerm(term, nest, rewrite),
      (inner) => [inner],
    ),
    nest,
    rewrite,
  );

/** The accesses of a statement, not those of statements within. */
function forEachAccess(statement: Statement, nest: Nest, visit: (access: Access) => void): void {
  const visitTerm = (term: Term): void => {
    partsOf(term).forEach(visitTerm);
    if (term.kind === 'load') visit(accessOf(term, nest));
  };
  termsOf(statement).forEach(visitTerm);
  if (statement.kind !== 'store') return;
  const { lanes: unit, name: wish } = nest.buffers[statement.buffer]!;
  visit({ position: statement.position, unit, wish });
}
