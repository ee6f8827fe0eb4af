/** The body of an equation in, the same with an equation for each reduction inside out. */
import { InternalError } from '../../internal-error.ts';
import { isConstant, load, not, select } from '../../scalar/build.ts';
import type { Expr, Load } from '../../scalar/expr.ts';
import { assume, type Facts } from '../../scalar/facts.ts';
import { childrenOf, mapChildren, variablesOf } from '../../scalar/walk.ts';
import type { Checker } from '../checker.ts';
import type { Element, EquationTensor, IndexVariable, NestedReduction, Readable, Tensor } from '../typed.ts';
import { variableElement } from './element.ts';
import { assumeAll, isSafe, rangesIn } from './safety.ts';

/** What one equation computes at a point. */
export type Computation = Pick<EquationTensor, 'dtype' | 'reduce' | 'body'>;

/** Where an expression stands. */
interface Site {
  readonly checker: Checker;
  /** The equation whose body it is. */
  readonly owner: Pick<EquationTensor, 'label' | 'at' | 'origin'>;
  /** The indices in force. */
  readonly variables: readonly IndexVariable[];
  /** What holds there. */
  readonly conditions: readonly Element[];
}

/** A body that is one reduction becomes the equation's own. */
export const computationOf = (site: Site, body: Element): Computation =>
  isReductionLoad(body)
    ? reducing(site, body.value).computation
    : { dtype: body.dtype, body: unnested(site, body) };

const isReductionLoad = (e: Element): e is Load<Readable> & { readonly value: NestedReduction } =>
  e.kind === 'load' && e.value.kind === 'reduction';

function reducing(
  site: Site,
  reduction: NestedReduction,
): { readonly computation: Computation; readonly needs: readonly Element[] } {
  const { by, dtype, indices, body } = reduction;
  const own = new Set(indices.map(({ id }) => id));
  const variables = [...site.variables.filter(({ id }) => !own.has(id)), ...indices];
  const around = site.conditions.filter(
    (condition) => ![...variablesOf(condition)].some((id) => own.has(id)),
  );
  const guards = guardsOf(site.checker, reduction, around);
  const placed = guards.map((guard) => unnested({ ...site, variables, conditions: around }, guard));
  const computation = {
    dtype,
    reduce: { by, indices, guards: placed.filter((guard) => !isConstant(guard, 1)) },
    body: unnested({ ...site, variables, conditions: guards }, body),
  };
  return { computation, needs: guards === reduction.guards ? [] : site.conditions };
}

/** A reduction runs over all its points, wherever it stands: the conditions around must guard its reads where these need it. */
function guardsOf(
  checker: Checker,
  { guards, body }: NestedReduction,
  around: readonly Element[],
): readonly Element[] {
  if (around.length === 0) return guards;
  const facts = rangesIn(checker, [...guards, body]);
  if (!guards.every((guard) => isSafe(guard, facts))) return [...around, ...guards];
  return isSafe(body, assumeAll(facts, guards)) ? guards : [...guards, ...around];
}

/** What holds at a place in an expression. */
interface Known {
  readonly facts: Facts;
  readonly conditions: readonly Element[];
}

function unnested(site: Site, whole: Element): Expr<Tensor> {
  if (isPlain(whole)) return whole;
  const done = new Map<Known, Map<Element, Element>>();
  const walk = (e: Element, known: Known): Element => {
    if (isPlain(e)) return e;
    const here = done.get(known) ?? new Map<Element, Element>();
    done.set(known, here);
    const made = here.get(e) ?? walkNew(e, known);
    here.set(e, made);
    return made;
  };
  const walkNew = (e: Element, known: Known): Element => {
    if (isReductionLoad(e)) {
      const tensor = equationOf({ ...site, conditions: known.conditions }, e.value);
      return load<Tensor>(tensor, tensor.dtype, tensor.indices.map(variableElement).filter(isPlain));
    }
    if (e.kind !== 'select') return mapChildren(e, (part) => walk(part, known));
    const then = walk(e.then, under(known, e.condition, true));
    return select(walk(e.condition, known), then, walk(e.otherwise, under(known, e.condition, false)));
  };
  const { checker, conditions } = site;
  const facts = assumeAll(rangesIn(checker, [whole, ...conditions]), conditions);
  const made = walk(whole, { facts, conditions });
  if (!isPlain(made)) throw new InternalError('a reduction is left inside', { pass: 'check' });
  return made;
}

function under(known: Known, condition: Element, holds: boolean): Known {
  const facts = assume(known.facts, condition, holds);
  if (facts === known.facts) return known;
  return { facts, conditions: [...known.conditions, holds ? condition : not(condition)] };
}

const plain = new WeakMap<Element, boolean>();

/** Whether there is no reduction inside. */
function isPlain(e: Element): e is Expr<Tensor> {
  const known = plain.get(e);
  if (known !== undefined) return known;
  const made = !isReductionLoad(e) && childrenOf(e).every(isPlain);
  plain.set(e, made);
  return made;
}

/** The equation of a reduction inside, over the indices that it depends on; made once. */
function equationOf(site: Site, reduction: NestedReduction): EquationTensor {
  const { checker, owner, variables, conditions } = site;
  const known = checker.reductions.get(reduction) ?? [];
  const same = known.find((made) => made.conditions.length === 0 || sameList(made.conditions, conditions));
  if (same !== undefined) return same.tensor;
  const { computation, needs } = reducing(site, reduction);
  const parts = [...(computation.reduce?.guards ?? []), computation.body];
  const free = new Set(parts.flatMap((part) => [...variablesOf(part)]));
  for (const { id } of reduction.indices) free.delete(id);
  const indices = variables.filter(({ id }) => free.has(id));
  const tensor: EquationTensor = {
    kind: 'equation',
    id: checker.tensors.length,
    label: {
      get name() {
        return `${owner.label.name}.${reduction.by}`;
      },
      claimed: true,
    },
    dims: indices.map(({ name, extent }) => ({ extent, index: name })),
    indices,
    ...computation,
    at: owner.at,
    origin: owner.origin,
    within: owner.label,
  };
  checker.tensors.push(tensor);
  checker.reductions.set(reduction, [...known, { conditions: needs, tensor }]);
  return tensor;
}

const sameList = (a: readonly Element[], b: readonly Element[]): boolean =>
  a.length === b.length && a.every((element, k) => element === b[k]);
