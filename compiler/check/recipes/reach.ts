/** Tensors and losses in; for a trained parameter that no gradient reaches, where its path ends and why, out. */
import type { Span } from '../../../grammar/source.ts';
import { isPositional } from '../../ir/reducers.ts';
import type { Expr } from '../../scalar/expr.ts';
import { functions } from '../../scalar/functions.ts';
import type { Checker } from '../checker.ts';
import { noPathToLoss } from '../problems/recipes.ts';
import type { EquationTensor, LeafTensor, Objective, Tensor } from '../typed.ts';

/** Who reads a tensor, and whether a gradient flows back through that read. */
interface Reader {
  readonly by: Tensor;
  readonly live: boolean;
}

/** Warns about each parameter that is trained on a loss which does not depend on it. */
export function warnUnreached(checker: Checker, objectives: readonly Objective[] | undefined): void {
  const readers = readersOf(checker.tensors);
  const warn = (tensor: LeafTensor, names: string): void => {
    const at = ownPlace(checker, tensor);
    checker.diagnostics.push(noPathToLoss(at, tensor.label.name, names, endOf(checker, tensor, readers)));
  };
  for (const { loss, lossName, parameters } of objectives ?? []) {
    const reached = reachedFrom([loss]);
    for (const { tensor } of parameters) if (!reached.has(tensor)) warn(tensor, lossName);
  }
  if (objectives !== undefined) return;
  const losses = checker.outputs.filter(({ role }) => role === 'loss');
  if (losses.length === 0) return;
  const reached = reachedFrom(losses.map(({ tensor }) => tensor));
  const names = losses.length === 1 ? losses[0]!.name : 'any loss';
  for (const { kind, tensor } of checker.parameters) {
    if (kind === 'param' && !reached.has(tensor)) warn(tensor, names);
  }
}

/** The tensors that an equation reads, and through which of the reads a gradient flows. */
function readsOf({ reduce, body }: EquationTensor): ReadonlyMap<Tensor, boolean> {
  const reads = new Map<Tensor, boolean>();
  const seen = { true: new Set<Expr<Tensor>>(), false: new Set<Expr<Tensor>>() };
  const walk = (element: Expr<Tensor>, live: boolean): void => {
    const here = seen[`${live}`];
    if (here.has(element)) return;
    here.add(element);
    switch (element.kind) {
      case 'load':
        reads.set(element.value, (reads.get(element.value) ?? false) || (live && element.dtype === 'f32'));
        for (const index of element.indices) walk(index, false);
        return;
      case 'call':
        for (const operand of element.operands)
          walk(operand, live && functions[element.fn].partials !== 'zero');
        return;
      case 'select':
        walk(element.condition, false);
        walk(element.then, live);
        walk(element.otherwise, live);
        return;
      case 'derivative':
        walk(element.value, false);
        for (const { operand, partial } of element.rules) {
          walk(operand, live);
          walk(partial, false);
        }
        return;
      default:
    }
  };
  for (const guard of reduce?.guards ?? []) walk(guard, false);
  walk(body, reduce === undefined || !isPositional(reduce.by));
  return reads;
}

function sourcesOf(tensor: Tensor): ReadonlyMap<Tensor, boolean> {
  if (tensor.kind === 'equation') return readsOf(tensor);
  if (tensor.kind !== 'gradient') return new Map();
  return new Map([
    [tensor.wrt, true],
    [tensor.of, true],
  ]);
}

function reachedFrom(losses: readonly Tensor[]): ReadonlySet<Tensor> {
  const reached = new Set<Tensor>();
  const open = [...losses];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    for (const [source, live] of sourcesOf(next)) if (live) open.push(source);
  }
  return reached;
}

function readersOf(tensors: readonly Tensor[]): ReadonlyMap<Tensor, readonly Reader[]> {
  const readers = new Map<Tensor, Reader[]>();
  for (const by of tensors) {
    for (const [source, live] of sourcesOf(by)) {
      const list = readers.get(source) ?? [];
      list.push({ by, live });
      readers.set(source, list);
    }
  }
  return readers;
}

/** Follows the gradient's way forward from a parameter to the last tensor on it. */
function endOf(
  checker: Checker,
  tensor: Tensor,
  readers: ReadonlyMap<Tensor, readonly Reader[]>,
): { readonly at: Span; readonly why: string } | undefined {
  const dependent = new Set<Tensor>([tensor]);
  const open: Tensor[] = [tensor];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { by, live } of readers.get(next) ?? []) {
      // What the optimizer does with a parameter is no use of it.
      if (!live || by.kind === 'gradient' || dependent.has(by) || isUpdate(checker, by)) continue;
      dependent.add(by);
      open.push(by);
    }
  }
  const last = [...dependent].reduce((a, b) => (b.id > a.id ? b : a));
  const blocked = (readers.get(last) ?? []).find(({ by, live }) => !live && !isUpdate(checker, by));
  const output = checker.outputs.find((candidate) => candidate.tensor === last);
  if (blocked !== undefined) {
    return {
      at: userPlace(checker, blocked.by),
      why: `the path ends here: no gradient flows into ${last.label.name}`,
    };
  }
  if (output !== undefined)
    return { at: output.at, why: `the path ends here: the ${output.role} ${output.name}` };
  return last === tensor
    ? undefined
    : { at: userPlace(checker, last), why: `the path ends here: nothing uses ${last.label.name}` };
}

/** What a recipe computes, and what a model keeps of its own. */
const isUpdate = ({ updates }: Checker, tensor: Tensor): boolean =>
  tensor.origin.path[0]?.kind === 'train' || updates.some(({ value }) => value === tensor);

/** The declaration, or, of a prelude layer's parameter, the user's text that made the layer. */
function ownPlace(checker: Checker, tensor: LeafTensor): Span {
  let path = tensor.label.name;
  let at = tensor.at;
  while (checker.preludeSources.has(at.source) && path.includes('.')) {
    path = path.slice(0, path.lastIndexOf('.'));
    at = checker.instances.get(path)?.instance.at ?? at;
  }
  return at;
}

/** Where a tensor is made, in the user's text if it was made for it. */
function userPlace(checker: Checker, tensor: Tensor): Span {
  if (!checker.preludeSources.has(tensor.at.source)) return tensor.at;
  const users = checker.tensors.filter(
    (other) => other.id > tensor.id && !checker.preludeSources.has(other.at.source),
  );
  return users[0]?.at ?? tensor.at;
}
