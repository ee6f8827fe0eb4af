/**
 * `until mistakes == 0`, `keep lowest eval.loss` and `patience 5` in; a condition on what an epoch reports, and the value that the best
 * epoch is told by, out.
 */
import type { Expression, Train, ValueSetting } from '../../../grammar/ast.ts';
import { type Checker, report } from '../checker.ts';
import { pathOf } from '../paths.ts';
import { textOf } from '../problems/phrases.ts';
import {
  conditionUnreadable,
  endMissing,
  nothingToWait,
  reportedUnknown,
  severalNorms,
} from '../problems/stopping.ts';
import type { Condition, Keep, Objective, Recipe, Relation } from '../typed.ts';
import type { Value } from '../values.ts';
import { inRecipe, type RecipeSettings } from './settings.ts';

/** What `until` may call the norm of all gradients. */
export const normName = 'global_norm';

/** Each relation, and the one that says the same from the other side. */
const turned: ReadonlyMap<string, Relation> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
  ['==', '=='],
  ['!=', '!='],
]);

/** What conditions are read with; in force are the names of the model. */
interface Reading {
  readonly checker: Checker;
  readonly objectives: readonly Objective[];
  /** The model's own. */
  readonly parameters: ReadonlyMap<string, Value>;
}

export function stoppingOf(
  reading: Reading,
  train: Train,
  { until, keep, patience, epochs, steps }: RecipeSettings,
): Pick<Recipe, 'until' | 'keep' | 'patience'> {
  const waiting = patience === undefined ? undefined : settingOf(train, 'patience');
  const uncertain = until ?? waiting;
  if (uncertain !== undefined && epochs === undefined && steps === undefined)
    report(reading.checker, endMissing(uncertain.span, textOf(uncertain.span)));
  const condition = until && conditionOf(reading, until.value);
  const best = keep === undefined ? waiting && awaited(reading, waiting) : keepOf(reading, keep);
  return {
    ...(until && condition && { until: { condition, text: textOf(until.value.span) } }),
    ...(best && { keep: best }),
    ...(patience !== undefined && { patience }),
  };
}

const settingOf = ({ body }: Train, name: string): ValueSetting | undefined =>
  body.filter((part) => part.kind === 'setting').find((setting) => setting.name.name === name);

/** Whether a recipe asks for the norm of the gradients. */
export const asksForNorm = ({ until }: RecipeSettings): boolean =>
  until !== undefined && mentions(until.value, normName);

function mentions(expression: Expression, name: string): boolean {
  switch (expression.kind) {
    case 'name':
      return expression.name === name;
    case 'binary':
      return mentions(expression.left, name) || mentions(expression.right, name);
    case 'unary':
      return mentions(expression.operand, name);
    default:
      return false;
  }
}

/** Without a word about it, patience waits for the held-out loss. */
function awaited({ checker, objectives: [first] }: Reading, { span }: ValueSetting): Keep | undefined {
  if (first === undefined) return report(checker, nothingToWait(span));
  return { extreme: first.sense === 'minimize' ? 'lowest' : 'highest', value: `eval.${first.lossName}` };
}

function keepOf(reading: Reading, { manner, value: written }: ValueSetting): Keep | undefined {
  const value = reportedBy(reading, written);
  return value === undefined
    ? undefined
    : { extreme: manner?.name === 'lowest' ? 'lowest' : 'highest', value };
}

function conditionOf(reading: Reading, expression: Expression): Condition | undefined {
  const { checker } = reading;
  if (expression.kind === 'unary' && expression.operator === 'not') {
    const operand = conditionOf(reading, expression.operand);
    return operand && { kind: 'not', operand };
  }
  if (expression.kind !== 'binary') return report(checker, conditionUnreadable(expression.span));
  const { operator, left, right, span } = expression;
  if (operator === 'and' || operator === 'or') {
    const [a, b] = [conditionOf(reading, left), conditionOf(reading, right)];
    return a && b && { kind: operator, left: a, right: b };
  }
  const fromRight = turned.get(operator);
  const isTurned = pathOf(left) === undefined;
  const [named, limit] = isTurned ? [right, left] : [left, right];
  if (fromRight === undefined || pathOf(named) === undefined)
    return report(checker, conditionUnreadable(span));
  const value = reportedBy(reading, named);
  const number = inRecipe(checker, reading.parameters).evaluate(limit);
  if (value === undefined || number.kind === 'unknown') return undefined;
  if (number.kind !== 'number') return report(checker, conditionUnreadable(limit.span));
  return {
    kind: 'compare',
    value,
    relation: isTurned ? fromRight : (operator as Relation),
    limit: number.value,
  };
}

/** `loss`, `eval.accuracy`: what an epoch reports under this name. */
function reportedBy({ checker, objectives }: Reading, expression: Expression): string | undefined {
  const path = pathOf(expression) ?? '';
  const name = path.replace(/^eval\./, '');
  const reported = checker.outputs.filter(
    ({ role, tensor }) => role !== 'output' && tensor.dims.every(({ extent }) => extent === 1),
  );
  if (reported.some((output) => output.name === name)) return path;
  if (path === normName) {
    return objectives.length === 1 ? path : report(checker, severalNorms(expression.span, objectives.length));
  }
  if (checker.scope.names.get(name)?.kind === 'unknown') return undefined;
  return report(
    checker,
    reportedUnknown(
      expression.span,
      path,
      reported.map((output) => output.name),
      checker.outputs.find((output) => output.name === name),
    ),
  );
}
