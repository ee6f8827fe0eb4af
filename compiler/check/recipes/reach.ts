/** Tensors and losses in; for a trained parameter that no gradient reaches, where its path ends and why, out. */

import { lazy } from '../../../grammar/lazy.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, isInPrelude } from '../checker.ts';
import { noPathToLoss } from '../problems/recipes.ts';
import { flowsOf, reachedFrom } from '../tensors/reads.ts';
import type { LeafTensor, Objective, Tensor } from '../typed.ts';

/** Who reads a tensor, and whether a gradient flows back through that read. */
interface Reader {
  readonly by: Tensor;
  readonly live: boolean;
}

/** Warns about each parameter that is trained on a loss which does not depend on it. */
export function warnUnreached(checker: Checker, objectives: readonly Objective[] | undefined): void {
  const readers = lazy(() => readersOf(checker.tensors));
  const warn = (tensor: LeafTensor, names: string): void => {
    const at = ownPlace(checker, tensor);
    checker.diagnostics.push(noPathToLoss(at, tensor.label.name, names, endOf(checker, tensor, readers())));
  };
  for (const { loss, lossName, parameters } of objectives ?? []) {
    const reached = trainedBy([loss]);
    for (const { tensor } of parameters) if (!reached.has(tensor)) warn(tensor, lossName);
  }
  if (objectives !== undefined) return;
  const losses = checker.outputs.filter(({ role }) => role === 'loss');
  if (losses.length === 0) return;
  const reached = trainedBy(losses.map(({ tensor }) => tensor));
  const names = losses.length === 1 ? losses[0]!.name : 'any loss';
  for (const { kind, tensor } of checker.parameters) {
    if (kind === 'param' && !reached.has(tensor)) warn(tensor, names);
  }
}

/** What the gradient of these reaches. */
const trainedBy = (losses: readonly Tensor[]): ReadonlySet<Tensor> =>
  reachedFrom(losses, (tensor) => [...flowsOf(tensor)].flatMap(([source, live]) => (live ? [source] : [])));

function readersOf(tensors: readonly Tensor[]): ReadonlyMap<Tensor, readonly Reader[]> {
  const readers = new Map<Tensor, Reader[]>();
  for (const by of tensors) {
    for (const [source, live] of flowsOf(by)) {
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
  const dependent = reachedFrom([tensor], (next) =>
    (readers.get(next) ?? [])
      // What the optimizer does with a parameter is no use of it.
      .filter(({ by, live }) => live && by.kind !== 'gradient' && !isUpdate(checker, by))
      .map(({ by }) => by),
  );
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
  while (isInPrelude(checker, at) && path.includes('.')) {
    path = path.slice(0, path.lastIndexOf('.'));
    at = checker.instances.get(path)?.instance.at ?? at;
  }
  return at;
}

/** Where a tensor is made, in the user's text if it was made for it. */
function userPlace(checker: Checker, tensor: Tensor): Span {
  if (!isInPrelude(checker, tensor.at)) return tensor.at;
  const users = checker.tensors.filter((other) => other.id > tensor.id && !isInPrelude(checker, other.at));
  return users[0]?.at ?? tensor.at;
}
