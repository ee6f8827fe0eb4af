/**
 * A nest in, the same nest out, in which the arithmetic of positions is done once: the part of a position that
 * a loop does not change before the loop, and a part that several positions of a block share before the first.
 *
 * Positions keep their form, a quasi-affine expression; a part becomes a name in it. Where all accesses of a buffer
 * are at multiples of a unit, the name counts units. A part may be negative where the whole is not, and wraps
 * around at 2^32 then, as its sum does.
 */
import type { Affine, Term as AffineTerm, Range } from '../index/affine.ts';
import { add, constant, scale, variable } from '../index/build.ts';
import { bounds, print, variablesOf } from '../index/query.ts';
import type { Nest, Statement, Term } from './nest.ts';
import { indexTerm, partsOf, withParts } from './terms.ts';
import { forEachStatement, mapStatement, termsOf } from './walk.ts';

/** A position and what it counts in. */
interface Access {
  readonly position: Affine;
  readonly unit: number;
  readonly wish: string;
}

/** The buffers whose accesses these are. */
interface Accessed {
  readonly nest: Nest;
  readonly units: readonly number[];
}

type Rewrite = (access: Access) => Affine;

/** `units` tells of each buffer what its positions, and their coefficients, are multiples of. */
export function shareAddresses(nest: Nest, units: readonly number[]): Nest {
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

  const accessed: Accessed = { nest, units };

  const block = (body: readonly Statement[]): readonly Statement[] => {
    const counts = new Map<string, number>();
    for (const statement of body) {
      forEachAccess(statement, accessed, (access) => {
        const { base } = split(access);
        counts.set(print(base), (counts.get(print(base)) ?? 0) + 1);
      });
    }
    const bound = new Map<string, string>();
    const result: Statement[] = [];
    for (const statement of body) {
      if (statement.kind === 'loop') {
        result.push({ ...statement, body: block(hoisted(statement.body, [statement.name], result)) });
        continue;
      }
      if (statement.kind === 'while') {
        result.push({ ...statement, body: block(hoisted(statement.body, [], result)) });
        continue;
      }
      if (statement.kind === 'if') {
        const condition = rewriteTerm(statement.condition, accessed, (access) =>
          shared(access, counts, bound, result),
        );
        result.push({ ...statement, condition, body: block(statement.body) });
        continue;
      }
      result.push(rewriteStatement(statement, accessed, (access) => shared(access, counts, bound, result)));
    }
    return result;
  };

  /** The body of a loop, in whose positions what the loop does not change is a name bound in `before`. */
  const hoisted = (
    body: readonly Statement[],
    counter: readonly string[],
    before: Statement[],
  ): readonly Statement[] => {
    const inside = new Set(counter);
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
        mapStatement(statement, (term) => rewriteTerm(term, accessed, rewrite), within),
        accessed,
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

const accessOf = (
  { buffer, position }: { readonly buffer: number; readonly position: Affine },
  { nest, units }: Accessed,
): Access => ({ position, unit: units[buffer]!, wish: nest.buffers[buffer]!.name });

function rewriteTerm(term: Term, accessed: Accessed, rewrite: Rewrite): Term {
  const changed = withParts(
    term,
    partsOf(term).map((part) => rewriteTerm(part, accessed, rewrite)),
  );
  return changed.kind === 'load' ? { ...changed, position: rewrite(accessOf(changed, accessed)) } : changed;
}

const rewritePosition = (statement: Statement, accessed: Accessed, rewrite: Rewrite): Statement =>
  statement.kind === 'store' ? { ...statement, position: rewrite(accessOf(statement, accessed)) } : statement;

const rewriteStatement = (statement: Statement, accessed: Accessed, rewrite: Rewrite): Statement =>
  rewritePosition(
    mapStatement(
      statement,
      (term) => rewriteTerm(term, accessed, rewrite),
      (inner) => [inner],
    ),
    accessed,
    rewrite,
  );

/** The accesses of a statement, not those of statements within. */
function forEachAccess(statement: Statement, accessed: Accessed, visit: (access: Access) => void): void {
  const visitTerm = (term: Term): void => {
    partsOf(term).forEach(visitTerm);
    if (term.kind === 'load') visit(accessOf(term, accessed));
  };
  termsOf(statement).forEach(visitTerm);
  if (statement.kind === 'store') visit(accessOf(statement, accessed));
}
