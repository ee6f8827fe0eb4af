/** The parts of an explanation in, the rows of its formulas and the order of its sections out: for every format. */
import type { Explanation, Line, Step, Through } from '../../compiler/explain/explanation.ts';
import type { Row } from './boxes.ts';
import { foldText, identityText } from './explain-text.ts';
import type { Setting } from './explain-words.ts';
import { quotient } from './lecture-notation.ts';
import { formulaBox, type Notation, tensorBox } from './typeset.ts';

export type Section =
  | { readonly kind: 'step'; readonly step: Step; readonly number: number }
  | { readonly kind: 'fold'; readonly text: string };

/** The steps in order, those that repeat others as one sentence. */
export function sections({ steps, folds }: Explanation): readonly Section[] {
  const found: Section[] = [];
  for (let k = 0; k < steps.length; k++) {
    const fold = folds.find(({ from }) => from === k);
    const length = fold?.length ?? 1;
    for (let inner = 0; inner < length; inner++) {
      found.push({ kind: 'step', step: steps[k + inner]!, number: k + inner + 1 });
    }
    if (fold === undefined) continue;
    found.push({ kind: 'fold', text: foldText(steps, fold) });
    k += fold.length * fold.times - 1;
  }
  return found;
}

export const titleOf = ({ model, loss, targets }: Explanation): string =>
  `${model}: the gradient of ${loss.left.name} by ${targets.map(({ name }) => name).join(', ')}`;

export const lineRow = ({ left, right }: Line, notation: Notation): Row => ({
  left: tensorBox(left, notation),
  right: formulaBox(right, notation),
});

/** The equation that the gradient comes through, what it refers to, and `d y / d x = value` for each load. */
export const throughRows = (way: Through, notation: Notation): readonly Row[] => [
  ...[way.equation, ...way.where].map((line) => lineRow(line, notation)),
  ...way.partials.map(({ load, value }) => ({
    left: quotient(tensorBox(way.equation.left, notation), formulaBox(load, notation)),
    right: formulaBox(value, notation),
  })),
];

/** A step's derivation, each row with the rules that led to it. */
export function derivationRows(step: Step, { notation, speak }: Setting): readonly Row[] {
  const { derived, changes, together, identity, through } = step;
  return [
    { ...lineRow(derived, notation), rule: [through.length === 0 ? 'the loss itself' : 'the chain rule'] },
    ...changes.map(({ right, rules }): Row => {
      const rule = rules.join('; ');
      return { right: formulaBox(right, notation), ...(rule !== '' && { rule: speak(rule) }) };
    }),
    ...(together === undefined
      ? []
      : [
          {
            right: formulaBox(together.right, notation),
            rule: speak(`${together.names.join(', ')} written out`),
          },
        ]),
    ...(identity === undefined
      ? []
      : [{ right: formulaBox(identity.right, notation), rule: [identityText(identity.blocks)] }]),
  ];
}
