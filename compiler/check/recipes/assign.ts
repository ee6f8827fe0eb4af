/** `W[i, j] <- …` of a recipe in, the updates of what it names out: one parameter, or all below a layer's name. */
import type { Assign } from '../../../grammar/ast.ts';
import { type Checker, inside, report } from '../checker.ts';
import { pathOf } from '../paths.ts';
import { textOf } from '../problems/phrases.ts';
import { assignedFrozen, assignsNothing, assignsSeveral } from '../problems/recipes.ts';
import { newValue } from '../statements/updates.ts';
import type { Assignment, Parameter, StateUpdate } from '../typed.ts';
import { referenceTo, type Value } from '../values.ts';
import { isUnknown, parametersBelow } from './objective.ts';
import { inRecipe } from './settings.ts';
import type { Written } from './written.ts';

/** What the target of an assignment names, of all that is kept. */
export const targetsOf = (checker: Checker, { target }: Assign): readonly Parameter[] =>
  parametersBelow(target, checker.parameters);

export function checkAssign(checker: Checker, assign: Assign, written: Written): Assignment | undefined {
  const { target, indices, span } = assign;
  const text = textOf(target.span);
  const targets = targetsOf(checker, assign);
  if (targets.length === 0) {
    if (!isUnknown(checker, target)) report(checker, assignsNothing(target.span, text, checker.parameters));
    return undefined;
  }
  const [frozen] = targets.filter(({ kind }) => kind === 'frozen');
  if (frozen !== undefined) return report(checker, assignedFrozen(target.span, frozen));
  const path = pathOf(target)!;
  if (indices !== undefined && targets[0]!.path !== path)
    return report(checker, assignsSeveral(target.span, text, targets));
  const updates: StateUpdate[] = [];
  for (const parameter of targets) {
    written.add(checker, parameter.path, { at: span, chosen: true });
    const own = inRecipe(checker, namesFor(checker, parameter.path.slice(path.length)));
    const after = newValue(inside(own, { recipe: {} }), assign, parameter.tensor);
    if (after.kind === 'tensor' && after.tensor !== undefined)
      updates.push({ target: parameter.tensor, value: after.tensor });
  }
  return { target: text, updates };
}

/**
 * The names of the model, states as they are kept. `below` is what the parameter is called below the target, `.W`: a layer's
 * name stands for the parameter of that name in it.
 */
function namesFor({ parameters, scope }: Checker, below: string): ReadonlyMap<string, Value> {
  const kept = new Map(parameters.map(({ path, tensor }) => [path, tensor]));
  return new Map(
    [...scope.names].map(([name, value]) => {
      const tensor = kept.get(below !== '' && value.kind === 'instance' ? `${name}${below}` : name);
      return [name, tensor === undefined ? value : referenceTo(tensor)];
    }),
  );
}
