/**
 * Fused kernels and the values of their leaves in; the results and the updates out, in f64: the meaning of kernels.
 *
 * Row after row, a kernel's steps run in their order. A load of an earlier step of the same kernel is the value at
 * the current point, whatever its indices say: it never goes through memory (see `kernel.ts`), and a schedule
 * heeds no indices there either. Every other load reads memory. What a kernel overwrites may be read only at the
 * point that overwrites it, since rows run in any order: any other read is a fault.
 * A kernel of a loop runs at one position, and stores what belongs there.
 */
import { elementCount } from '../../runtime/extents.ts';
import { InternalError } from '../internal-error.ts';
import type { Graph, Index } from '../ir/graph.ts';
import { asComputed } from '../ir/nodes.ts';
import { printExpr } from '../ir/print.ts';
import { type Closure, compile, type Environment, type Frame } from '../reference/compile.ts';
import { accumulator, forEachPoint } from '../reference/evaluate.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import type { Expr, Load, ValueId } from '../scalar/expr.ts';
import type { Fused } from './index.ts';
import { isOnChip, type Kernel, type Step, storedShape } from './kernel.ts';
import { emptyTensor, type Memory, type Observer, type Run, runKernels } from './memory.ts';

/** `feeds` gives every leaf by its name; `observe` is told what each kernel stores. */
export function evaluateKernels(
  fused: Fused,
  feeds: ReadonlyMap<string, Tensor64>,
  observe: Observer = () => {},
): Run {
  return runKernels(fused, feeds, (kernel, memory, _, position) => {
    const stored = evaluateKernel(kernel, fused, memory, position);
    observe(kernel, stored, position);
    return stored;
  });
}

const extentsOf = (indices: readonly Index[]): readonly number[] => indices.map(({ extent }) => extent);

/** What the kernel stores, from what memory holds; of a kernel of a loop, at a position. */
export function evaluateKernel(
  kernel: Kernel,
  { graph, values }: Pick<Fused, 'graph' | 'values'>,
  memory: Memory,
  position = 0,
): ReadonlyMap<ValueId, Tensor64> {
  const { rows, columns, steps } = kernel;
  const bound = [...rows, ...columns, ...(kernel.position ? [kernel.position] : [])];
  const frame: Frame = { point: new Int32Array(bound.length), stamp: 0 };
  const slots = new Map(bound.map(({ name }, slot) => [name, slot]));
  if (kernel.position) frame.point[bound.length - 1] = position;
  const stored = new Map(
    kernel.stores.map((value): [ValueId, Tensor64] => {
      // What no point writes stays NaN; what belongs to other positions stays.
      const { shape, data } = emptyTensor(storedShape(values.get(value)!));
      return [value, { shape, data: kernel.position ? memory[value]!.data.slice() : data }];
    }),
  );
  const chip: Chip = { values: new Map(), column: 0 };
  const runs = steps.map((step): Closure => {
    const environment: Environment = {
      frame,
      // A step of a whole row has no column to speak of.
      slots:
        step.level === 'row'
          ? new Map([...slots].filter(([name]) => !columns.some((c) => c.name === name)))
          : slots,
      values: memory,
      node: asComputed(graph.nodes[step.value]),
      nodes: graph.nodes,
      load: (e, build) => loadIn(kernel, step, e, build, chip, { frame, slots, graph, values }, memory),
    };
    const run = compileStep(kernel, step, environment, chip, graph);
    const keep = stored.get(step.value);
    return keep === undefined ? run : storing(step, run, keep, { frame, slots });
  });
  const inner = extentsOf(columns);
  forEachPoint(frame, 0, extentsOf(rows), () => {
    steps.forEach((step, k) => {
      chip.column = 0;
      if (step.level !== 'element') {
        runs[k]!();
        return;
      }
      forEachPoint(frame, rows.length, inner, () => {
        runs[k]!();
        chip.column++;
      });
    });
  });
  return stored;
}

/** What is known of the current row. */
interface Chip {
  /** By step: its value at the current point. */
  readonly values: Map<ValueId, { readonly level: Step['level']; readonly at: Closure }>;
  /** The number of the current column. */
  column: number;
}

interface Where {
  readonly frame: Frame;
  readonly slots: ReadonlyMap<string, number>;
}

/** The step at the current point; for a reduction, over all columns of the current row. */
function compileStep(
  { rows, columns }: Kernel,
  step: Step,
  environment: Environment,
  chip: Chip,
  graph: Graph,
): Closure {
  const body = compile(step.body, environment);
  const guards = step.guards.map((guard) => compile(guard, environment));
  const inner = extentsOf(columns);
  const known = new Float64Array(step.level === 'element' ? elementCount(inner) : 1);
  const { level } = step;
  chip.values.set(step.value, { level, at: () => known[level === 'element' ? chip.column : 0]! });
  if (level === 'element') {
    return () => {
      known[chip.column] = body();
      return known[chip.column]!;
    };
  }
  if (step.by === undefined) {
    return () => {
      known[0] = body();
      return known[0]!;
    };
  }
  const accumulate = accumulator(step.by, graph.nodes[step.value]!.dtype, step.body.dtype);
  return () => {
    accumulate.start();
    chip.column = 0;
    forEachPoint(environment.frame, rows.length, inner, () => {
      if (guards.every((guard) => guard() !== 0)) accumulate.take(body(), chip.column);
      chip.column++;
    });
    known[0] = accumulate.finish();
    return known[0]!;
  };
}

/** Where the step's value at the current point lies in memory; along an axis with slots they take turns. */
function positionOf(step: Step, shape: readonly number[], { frame, slots }: Where): () => number {
  const places = step.indices.map((name) => slots.get(name)!);
  return () =>
    places.reduce((offset, slot, axis) => offset * shape[axis]! + (frame.point[slot]! % shape[axis]!), 0);
}

/** A read of a value that memory has only the latest positions of; undefined for a plain read. */
function slotted(
  { value, indices }: Load,
  build: (part: Expr) => Closure,
  { values }: Pick<Fused, 'values'>,
  memory: Memory,
): Closure | undefined {
  const info = values.get(value)!;
  if (info.slots === undefined) return undefined;
  const shape = storedShape(info);
  const at = indices.map(build);
  return () =>
    memory[value]!.data[at.reduce((offset, index, k) => offset * shape[k]! + (index() % shape[k]!), 0)]!;
}

function storing(step: Step, run: Closure, { shape, data }: Tensor64, where: Where): Closure {
  const position = positionOf(step, shape, where);
  return () => {
    const value = run();
    data[position()] = value;
    return value;
  };
}

/** Loads of earlier steps, and of what this kernel overwrites; undefined for a plain read of memory. */
function loadIn(
  kernel: Kernel,
  reader: Step,
  e: Load,
  build: (part: Expr) => Closure,
  chip: Chip,
  where: Where & Pick<Fused, 'graph' | 'values'>,
  memory: Memory,
): Closure | undefined {
  const fault = (what: string): InternalError =>
    new InternalError(`${printExpr(e, where.graph.nodes)} in kernel ${kernel.name} ${what}`, {
      pass: 'fuse',
      node: reader.name,
    });
  const own = kernel.steps.find(({ value }) => value === e.value);
  if (own !== undefined && !isOnChip(own, kernel.position, e)) return slotted(e, build, where, memory);
  const step = chip.values.get(e.value);
  if (step !== undefined) {
    if (step.level === 'element' && reader.level === 'row') throw fault('has no column at a step of a row');
    return step.at;
  }
  if (own !== undefined) throw fault('is read before it is computed');
  const by = kernel.steps.find(({ value }) => kernel.inPlace.get(value) === e.value);
  if (by === undefined) return slotted(e, build, where, memory);
  const places = by.indices.map((name) => where.slots.get(name)!);
  const at = e.indices.map(build);
  const old = memory[e.value]!;
  const position = positionOf(by, old.shape, where);
  // A row has no point among the columns, unless there is only one.
  const apart =
    reader.level === 'row' && by.level === 'element' && kernel.columns.some(({ extent }) => extent > 1);
  return () => {
    if (apart || at.some((index, axis) => index() !== where.frame.point[places[axis]!])) {
      throw fault(`is read where another point has stored %${by.name}`);
    }
    return old.data[position()]!;
  };
}
