/** An explanation in; the same with every line, or every formula and rule, as a function makes it, out. */
import type { Explanation, Formula, Line, Step, TensorFormula, Through } from './explanation.ts';

export interface Mapping {
  readonly formula: (formula: Formula) => Formula;
  readonly tensor: (tensor: TensorFormula) => TensorFormula;
  readonly rule: (rule: string) => string;
}

export function mapExplanation(explanation: Explanation, { formula, tensor, rule }: Mapping): Explanation {
  const line = ({ left, indices, right }: Line): Line => ({
    left: tensor(left),
    indices,
    right: formula(right),
  });
  const way = (through: Through): Through => ({
    ...through,
    equation: line(through.equation),
    where: through.where.map(line),
    partials: through.partials.map(({ load, value }) => ({ load: formula(load), value: formula(value) })),
    rules: through.rules.map(rule),
  });
  const step = (one: Step): Step => ({
    ...one,
    through: one.through.map(way),
    derived: line(one.derived),
    changes: one.changes.map(({ rules, right }) => ({ rules: rules.map(rule), right: formula(right) })),
    final: line(one.final),
    ...(one.together && {
      together: { names: one.together.names.map(rule), right: formula(one.together.right) },
    }),
    ...(one.identity && { identity: { ...one.identity, right: formula(one.identity.right) } }),
    definitions: one.definitions.map(line),
    beside: one.beside.map(line),
  });
  return { ...explanation, loss: line(explanation.loss), steps: explanation.steps.map(step) };
}
