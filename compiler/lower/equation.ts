/** A typed equation in, equations of the graph out: each nested reduction becomes one of its own. */
import { freeVariables, tensorsOf } from '../check/element.ts';
import type { Element, EquationTensor, IndexVariable, ReduceElement, Tensor } from '../check/typed.ts';
import type { Affine, Range } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { substitute } from '../index/query.ts';
import type { GraphBuilder } from '../ir/build.ts';
import type { Equation, Index, ValueId } from '../ir/graph.ts';
import * as scalar from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';

/** Index variables and what they are called in one equation. */
interface Frame {
  readonly owner: EquationTensor;
  readonly names: ReadonlyMap<string, string>;
  readonly variables: readonly IndexVariable[];
  readonly affine: ReadonlyMap<string, Affine>;
  readonly ranges: ReadonlyMap<string, Range>;
  readonly done: Map<Element, Expr>;
}

export type IdOf = (tensor: Tensor) => ValueId;

export function lowerEquation(builder: GraphBuilder, tensor: EquationTensor, idOf: IdOf): ValueId {
  return emit(builder, tensor, tensor.label.name, tensor.indices, new Map(), tensor.body, idOf);
}

function emit(
  builder: GraphBuilder,
  owner: EquationTensor,
  name: string,
  indices: readonly IndexVariable[],
  given: ReadonlyMap<string, string>,
  body: Element,
  idOf: IdOf,
): ValueId {
  const own = frameOf(owner, indices, given);
  const shared = { kind: 'equation', name, dtype: body.dtype, origin: owner.origin } as const;
  if (body.kind !== 'reduce') {
    const expr = lowerElement(builder, body, own, idOf);
    return builder.add({ ...shared, indices: indexList(indices, own), body: expr } satisfies Equation);
  }
  const inner = frameOf(owner, [...indices, ...body.indices], own.names);
  const guards = body.guards
    .map((guard) => lowerElement(builder, guard, inner, idOf))
    .filter((e) => !scalar.isConstant(e, 1));
  const expr = lowerElement(builder, body.body, inner, idOf);
  return builder.add({
    ...shared,
    indices: indexList(indices, own),
    reduce: { by: body.by, indices: indexList(body.indices, inner), guards },
    body: expr,
  } satisfies Equation);
}

const indexList = (variables: readonly IndexVariable[], frame: Frame): readonly Index[] =>
  variables.map(({ id, extent }) => ({ name: frame.names.get(id)!, extent }));

/** Names as the author wrote them, with a number where two would be the same. */
function frameOf(
  owner: EquationTensor,
  variables: readonly IndexVariable[],
  given: ReadonlyMap<string, string>,
): Frame {
  const names = new Map<string, string>();
  const taken = new Set<string>(given.values());
  for (const { id, name } of variables) {
    let chosen = given.get(id) ?? name;
    for (let k = 2; given.get(id) === undefined && taken.has(chosen); k++) chosen = `${name}${k}`;
    names.set(id, chosen);
    taken.add(chosen);
  }
  return {
    owner,
    names,
    variables,
    affine: new Map([...names].map(([id, name]) => [id, variable(name)])),
    ranges: new Map(variables.map(({ id, extent }) => [names.get(id)!, { min: 0, max: extent - 1 }])),
    done: new Map(),
  };
}

function lowerElement(builder: GraphBuilder, element: Element, frame: Frame, idOf: IdOf): Expr {
  const known = frame.done.get(element);
  if (known !== undefined) return known;
  const lowered = lowerNew(builder, element, frame, idOf);
  frame.done.set(element, lowered);
  return lowered;
}

function lowerNew(builder: GraphBuilder, element: Element, frame: Frame, idOf: IdOf): Expr {
  const lower = (part: Element): Expr => lowerElement(builder, part, frame, idOf);
  switch (element.kind) {
    case 'constant':
      return scalar.constant(element.value, element.dtype);
    case 'index':
      return scalar.index(substitute(element.of, frame.affine, frame.ranges));
    case 'load':
      return scalar.load(idOf(element.tensor), element.dtype, element.indices.map(lower));
    case 'call': {
      const operands = element.operands.map(lower);
      return withoutZero(element.fn, operands) ?? scalar.call(element.fn, ...operands);
    }
    case 'select': {
      const condition = lower(element.condition);
      if (scalar.isConstant(condition))
        return lower(condition.value === 0 ? element.otherwise : element.then);
      return scalar.select(condition, lower(element.then), lower(element.otherwise));
    }
    case 'derivative': {
      const rules = element.rules.map(({ operand, partial }) => ({
        operand: lower(operand),
        partial: lower(partial),
      }));
      return scalar.derivative(lower(element.value), rules);
    }
    case 'result':
      return scalar.result(element.dtype);
    case 'reduce':
      return lowerReduction(builder, element, frame, idOf);
    default:
      return element satisfies never;
  }
}

/** A parameter that is absent (`if bias`) leaves a zero: the sum is the other operand. */
function withoutZero(fn: string, operands: readonly Expr[]): Expr | undefined {
  const [a, b] = operands;
  if (fn !== 'add' || a === undefined || b === undefined) return undefined;
  if (scalar.isConstant(a, 0)) return b;
  return scalar.isConstant(b, 0) ? a : undefined;
}

/** An equation over exactly the indices that the reduction depends on. */
function lowerReduction(builder: GraphBuilder, element: ReduceElement, frame: Frame, idOf: IdOf): Expr {
  const free = freeVariables(element);
  const indices = frame.variables.filter(({ id }) => free.has(id));
  const name = `${frame.owner.label.name}.${element.by}`;
  const given = new Map(indices.map(({ id }) => [id, frame.names.get(id)!] as const));
  const value = emit(builder, frame.owner, name, indices, given, element, idOf);
  return scalar.load(
    value,
    element.dtype,
    indices.map(({ id }) => scalar.index(variable(frame.names.get(id)!))),
  );
}

export const readsOf = (tensor: Tensor): Iterable<Tensor> => {
  if (tensor.kind === 'equation') return tensorsOf(tensor.body);
  return tensor.kind === 'gradient' ? [tensor.of, tensor.wrt] : [];
};
