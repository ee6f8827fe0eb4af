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

/** The graph that is being made. */
export interface Making {
  readonly builder: GraphBuilder;
  readonly idOf: (tensor: Tensor) => ValueId;
  /** Nested reductions that have their equation already, with the variables that it is indexed by. */
  readonly reductions: Map<ReduceElement, Reduced>;
}

interface Reduced {
  readonly value: ValueId;
  readonly indices: readonly IndexVariable[];
}

export const lowerEquation = (making: Making, tensor: EquationTensor): ValueId =>
  emit(making, tensor, tensor.label.name, tensor.indices, new Map(), tensor.body);

function emit(
  making: Making,
  owner: EquationTensor,
  name: string,
  indices: readonly IndexVariable[],
  given: ReadonlyMap<string, string>,
  whole: Element,
): ValueId {
  const body = withoutZero(whole);
  const own = frameOf(owner, indices, given);
  const shared = { kind: 'equation', name, dtype: body.dtype, origin: owner.origin } as const;
  if (body.kind !== 'reduce') {
    const expr = lowerElement(making, body, own);
    return making.builder.add({ ...shared, indices: indexList(indices, own), body: expr } satisfies Equation);
  }
  const inner = frameOf(owner, [...indices, ...body.indices], own.names);
  const guards = body.guards
    .map((guard) => lowerElement(making, guard, inner))
    .filter((e) => !scalar.isConstant(e, 1));
  const expr = lowerElement(making, body.body, inner);
  return making.builder.add({
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

function lowerElement(making: Making, element: Element, frame: Frame): Expr {
  const known = frame.done.get(element);
  if (known !== undefined) return known;
  const lowered = lowerNew(making, element, frame);
  frame.done.set(element, lowered);
  return lowered;
}

function lowerNew(making: Making, element: Element, frame: Frame): Expr {
  const lower = (part: Element): Expr => lowerElement(making, part, frame);
  switch (element.kind) {
    case 'constant':
      return scalar.constant(element.value, element.dtype);
    case 'index':
      return scalar.index(substitute(element.of, frame.affine, frame.ranges));
    case 'load':
      return scalar.load(making.idOf(element.tensor), element.dtype, element.indices.map(lower));
    case 'call': {
      const other = withoutZero(element);
      return other === element ? scalar.call(element.fn, ...element.operands.map(lower)) : lower(other);
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
      return lowerReduction(making, element, frame);
    default:
      return element satisfies never;
  }
}

/** A parameter that is absent (`if bias`) leaves a zero: the sum is the other operand. */
function withoutZero(element: Element): Element {
  if (element.kind !== 'call' || element.fn !== 'add') return element;
  const [a, b] = element.operands;
  const isZero = (part: Element | undefined): boolean => part?.kind === 'constant' && part.value === 0;
  if (isZero(a) && b !== undefined) return withoutZero(b);
  return isZero(b) && a !== undefined ? withoutZero(a) : element;
}

/** An equation over exactly the indices that the reduction depends on, made once. */
function lowerReduction(making: Making, element: ReduceElement, frame: Frame): Expr {
  const known = making.reductions.get(element) ?? emitReduction(making, element, frame);
  making.reductions.set(element, known);
  const indices = known.indices.map(({ id }) => scalar.index(variable(frame.names.get(id)!)));
  return scalar.load(known.value, element.dtype, indices);
}

function emitReduction(making: Making, element: ReduceElement, frame: Frame): Reduced {
  const free = freeVariables(element);
  const indices = frame.variables.filter(({ id }) => free.has(id));
  const given = new Map(indices.map(({ id }) => [id, frame.names.get(id)!] as const));
  const name = `${frame.owner.label.name}.${element.by}`;
  return { value: emit(making, frame.owner, name, indices, given, element), indices };
}

/** The tensors that a tensor is computed from. */
export const readsOf = (tensor: Tensor): Iterable<Tensor> => {
  if (tensor.kind === 'equation') return tensorsOf(tensor.body);
  return tensor.kind === 'gradient' ? [tensor.of, tensor.wrt] : [];
};
