/** An explanation in, LaTeX for `\input` out: text and one align environment a step. Needs amsmath. */
import type { Explanation, Step, Through } from '../../compiler/explain/explanation.ts';
import { foldText, kernelText, legend, verificationText } from './explain-text.ts';
import { escapeLatex, formulaLatex, lineLatex, type Symbols, symbolsFor, tensorLatex } from './latex.ts';

export function explanationLatex(explanation: Explanation): string {
  const { model, loss, targets, unreached, verified, steps } = explanation;
  const symbols = symbolsOf(explanation);
  const title = `${model}: the gradient of ${loss.left.name} by ${targets.map(({ name }) => name).join(', ')}`;
  const blocks = [
    `% ${title}; needs \\usepackage{amsmath}\n\\section*{${escapeLatex(title)}}`,
    aligned([lineLatex(loss, symbols).replace(' = ', ' &= ')]),
    escapeLatex(legend(explanation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold' ? escapeLatex(section.text) : stepLatex(section.step, section.number, symbols),
    ),
    ...unreached.flatMap(({ name, why, ends }) => [
      `\\subsection*{${escapeLatex(name)}: no gradient}\n${escapeLatex(why)}`,
      ...ends.map(
        (end) =>
          `${aligned([lineLatex(end.equation, symbols).replace(' = ', ' &= ')])}\n${escapeLatex(end.why)}`,
      ),
    ]),
    steps.length === 0 ? '' : escapeLatex(verificationText(verified)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

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

export const symbolsOf = ({ loss, steps, targets }: Explanation): Symbols =>
  symbolsFor(loss.left.name, [...targets.map(({ name }) => name), ...steps.map(({ value }) => value)]);

/** The rows of a step's derivation, each `left &= right && \text{rule}`. */
export function derivationRows(step: Step, symbols: Symbols): readonly string[] {
  const { derived, changes, together, through } = step;
  const row = (left: string, right: string, rule: string): string =>
    `${left} &= ${right}${rule === '' ? '' : ` && \\text{${escapeLatex(rule)}}`}`;
  const rules = through.length === 0 ? ['the loss itself'] : ['the chain rule'];
  return [
    row(tensorLatex(derived.left, symbols), formulaLatex(derived.right, symbols), rules.join('; ')),
    ...changes.map((change) => row('', formulaLatex(change.right, symbols), change.rules.join('; '))),
    ...(together === undefined
      ? []
      : [row('', formulaLatex(together.right, symbols), `${together.names.join(', ')} written out`)]),
  ];
}

/** `d y / d x = value` for each load. */
export const partialRows = ({ equation, partials }: Through, symbols: Symbols): readonly string[] =>
  partials.map(
    ({ load, value }) =>
      `\\frac{\\partial ${tensorLatex(equation.left, symbols)}}{\\partial ${formulaLatex(load, symbols)}} &= ${formulaLatex(value, symbols)}`,
  );

export const aligned = (rows: readonly string[]): string =>
  `\\begin{align*}\n  ${rows.join(' \\\\\n  ')}\n\\end{align*}`;

function stepLatex(step: Step, number: number, symbols: Symbols): string {
  const { through, definitions, beside, kernel, isTarget } = step;
  const primal = through.flatMap((way) => [
    ...[way.equation, ...way.where].map((line) => lineLatex(line, symbols).replace(' = ', ' &= ')),
    ...partialRows(way, symbols),
  ]);
  const places = through.flatMap(({ place }) => (place === undefined ? [] : [`${place.file}:${place.line}`]));
  const rules = [...new Set(through.flatMap((way) => way.rules))];
  const notes = [
    ...rules,
    ...(kernel === undefined ? [] : [`kernel: ${kernelText(kernel, step.final.left.name)}`]),
  ];
  return [
    `\\subsection*{${number}. ${escapeLatex(step.value)}${isTarget ? ' (the gradient)' : ''}}`,
    ...(primal.length === 0
      ? []
      : [`From ${escapeLatex([...new Set(places)].join(', ') || 'the equations')}:`, aligned(primal)]),
    aligned(derivationRows(step, symbols)),
    ...(definitions.length === 0
      ? []
      : ['with', aligned(definitions.map((line) => lineLatex(line, symbols).replace(' = ', ' &= ')))]),
    ...notes.map((note) => `${escapeLatex(note)}.\n`),
    ...(beside.length === 0
      ? []
      : ['Beside the way:', aligned(beside.map((line) => lineLatex(line, symbols).replace(' = ', ' &= ')))]),
  ].join('\n');
}
