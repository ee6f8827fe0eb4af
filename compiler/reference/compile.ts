/** A scalar expression in, a closure out that computes it in f64 at the point that a frame holds. */
import type { Affine, Atom } from '../index/affine.ts';
import { InternalError } from '../internal-error.ts';
import type { Equation, Node } from '../ir/graph.ts';
import { printExpr, printNode } from '../ir/print.ts';
import { asAffine } from '../scalar/build.ts';
import type { Call, Expr, Load, Select } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { childrenOf } from '../scalar/walk.ts';
import type { Tensor64 } from './tensor.ts';

export type Closure = () => number;

/** The values of the indices at the point at hand, and a number that differs from point to point. */
export interface Frame {
  readonly point: Int32Array;
  stamp: number;
}

export interface Environment {
  readonly frame: Frame;
  /** Where each index stands in the point. */
  readonly slots: ReadonlyMap<string, number>;
  readonly values: readonly (Tensor64 | undefined)[];
  readonly node: Equation;
  readonly nodes: readonly Node[];
  /** Loads that are no plain read of `values`. */
  readonly load?: (e: Load, build: (part: Expr) => Closure) => Closure | undefined;
}

/** Parts that occur more than once are computed once for each point. */
export function compile(expr: Expr, environment: Environment): Closure {
  const uses = new Map<Expr, number>();
  const count = (e: Expr): void => {
    const known = uses.get(e) ?? 0;
    uses.set(e, known + 1);
    if (known === 0) for (const child of childrenOf(e)) count(child);
  };
  count(expr);
  const made = new Map<Expr, Closure>();
  const build = (e: Expr): Closure => {
    const known = made.get(e);
    if (known !== undefined) return known;
    const plain = compilePart(e, build, environment);
    const shared = uses.get(e)! > 1 && e.kind !== 'constant' && e.kind !== 'index';
    const closure = shared ? oncePerPoint(plain, environment.frame) : plain;
    made.set(e, closure);
    return closure;
  };
  return build(expr);
}

function oncePerPoint(plain: Closure, frame: Frame): Closure {
  let stamp = -1;
  let value = 0;
  return () => {
    if (stamp !== frame.stamp) {
      value = plain();
      stamp = frame.stamp;
    }
    return value;
  };
}

function compilePart(e: Expr, build: (part: Expr) => Closure, environment: Environment): Closure {
  switch (e.kind) {
    case 'constant': {
      const { value } = e;
      return () => value;
    }
    case 'index':
      return compileAffine(e.of, environment);
    case 'load':
      return environment.load?.(e, build) ?? compileLoad(e, build, environment);
    case 'call':
      return compileCall(e, e.operands.map(build));
    case 'select':
      return compileSelect(e, build);
    case 'derivative':
      return build(e.value);
    case 'result':
      throw new InternalError('a result reference outside a derivative clause', {
        pass: 'reference',
        node: environment.node.name,
      });
    default:
      return e satisfies never;
  }
}

function compileSelect(e: Select, build: (part: Expr) => Closure): Closure {
  const [condition, then, otherwise] = [build(e.condition), build(e.then), build(e.otherwise)];
  return () => (condition() !== 0 ? then() : otherwise());
}

function compileCall(e: Call, operands: readonly Closure[]): Closure {
  const { evaluate, evaluateInteger } = functions[e.fn];
  const [a, b] = operands as readonly [Closure, Closure];
  // The commonest ones apart: they are most of the work of a large product.
  if (e.dtype === 'f32' && e.fn === 'multiply') return () => a() * b();
  if (e.dtype === 'f32' && e.fn === 'add') return () => a() + b();
  // Only the operand that decides may be computed: the other may read out of range.
  if (e.fn === 'and') return () => (a() !== 0 && b() !== 0 ? 1 : 0);
  if (e.fn === 'or') return () => (a() !== 0 || b() !== 0 ? 1 : 0);
  const exact = e.dtype === 'i32' || e.dtype === 'u32' ? (evaluateInteger ?? evaluate) : evaluate;
  const apply = applied(exact, operands);
  if (e.dtype === 'i32') return () => apply() | 0;
  if (e.dtype === 'u32') return () => apply() >>> 0;
  return apply;
}

function applied(fn: (...x: readonly number[]) => number, operands: readonly Closure[]): Closure {
  const [a, b] = operands as readonly [Closure, Closure];
  if (operands.length === 1) return () => fn(a());
  if (operands.length === 2) return () => fn(a(), b());
  return () => fn(...operands.map((operand) => operand()));
}

function compileAffine({ constant, terms }: Affine, environment: Environment): Closure {
  const parts = terms.map(({ coefficient, atom }) => ({ coefficient, atom: compileAtom(atom, environment) }));
  const [first, second] = parts;
  if (first === undefined) return () => constant;
  if (parts.length === 1 && constant === 0 && first.coefficient === 1) return first.atom;
  if (parts.length === 1) return () => first.coefficient * first.atom() + constant;
  if (parts.length === 2 && second !== undefined) {
    return () => first.coefficient * first.atom() + second.coefficient * second.atom() + constant;
  }
  return () => {
    let sum = constant;
    for (const { coefficient, atom } of parts) sum += coefficient * atom();
    return sum;
  };
}

function compileAtom(atom: Atom, environment: Environment): Closure {
  if (atom.kind === 'index') {
    const slot = environment.slots.get(atom.name);
    if (slot === undefined) {
      throw new InternalError(`index ${atom.name} is not bound`, {
        pass: 'reference',
        node: environment.node.name,
      });
    }
    const { point } = environment.frame;
    return () => point[slot]!;
  }
  const of = compileAffine(atom.of, environment);
  const { by } = atom;
  if (atom.kind === 'div') return () => Math.floor(of() / by);
  return () => {
    const value = of();
    return value - by * Math.floor(value / by);
  };
}

function compileLoad(e: Load, build: (part: Expr) => Closure, environment: Environment): Closure {
  const tensor = environment.values[e.value];
  if (tensor === undefined) {
    throw new InternalError(`%${environment.nodes[e.value]?.name ?? e.value} has no value to load`, {
      pass: 'reference',
      node: environment.node.name,
    });
  }
  const { data, shape } = tensor;
  const positions = e.indices.map(build);
  const [first, second] = positions as readonly Closure[] as readonly [Closure, Closure];
  const [rows, columns] = shape as readonly [number, number];
  const outside = (): never =>
    refuse(
      e,
      positions.map((position) => position()),
      shape,
      environment,
    );
  switch (positions.length) {
    case 0:
      return () => data[0]!;
    case 1:
      return () => {
        const i = first();
        return i >= 0 && i < rows ? data[i]! : outside();
      };
    case 2:
      return () => {
        const i = first();
        const j = second();
        return i >= 0 && i < rows && j >= 0 && j < columns ? data[i * columns + j]! : outside();
      };
    default:
      return () => {
        let offset = 0;
        for (let k = 0; k < positions.length; k++) {
          const at = positions[k]!();
          const extent = shape[k]!;
          if (at < 0 || at >= extent) return outside();
          offset = offset * extent + at;
        }
        return data[offset]!;
      };
  }
}

/** Out of range by data is the fault of the data; by index arithmetic, of the compiler. */
function refuse(e: Load, at: readonly number[], shape: readonly number[], environment: Environment): never {
  const { node, nodes, frame, slots } = environment;
  const point = [...slots].map(([name, slot]) => `${name} = ${frame.point[slot]}`).join(', ');
  const text = printExpr(e, nodes);
  const k = at.findIndex((position, axis) => position < 0 || position >= shape[axis]!);
  const what = `${text} in %${node.name} reads position ${at[k]} of axis ${k}, which has ${shape[k]} (${point})`;
  if (asAffine(e.indices[k]!) === undefined) throw new RangeError(what);
  throw new InternalError(what, { pass: 'reference', node: node.name, dump: printNode(node, nodes) });
}
