/** An explanation in, LaTeX for `\input` out: text and one align environment a step. Needs amsmath. */
import type { Explanation, Step } from '../../compiler/explain/explanation.ts';
import type { Row } from './boxes.ts';
import { derivationRows, lineRow, sections, throughRows, titleOf } from './explain-rows.ts';
import { kernelText, legend, verificationText } from './explain-text.ts';
import { lectureNotation } from './lecture-notation.ts';
import { escapeTex, texRow } from './tex.ts';
import type { Notation } from './typeset.ts';

export function explanationLatex(explanation: Explanation): string {
  const { loss, unreached, verified, steps } = explanation;
  const notation = lectureNotation(explanation);
  const title = titleOf(explanation);
  const blocks = [
    `% ${title}; needs \\usepackage{amsmath}\n\\section*{${escapeTex(title)}}`,
    aligned([lineRow(loss, notation)]),
    escapeTex(legend(explanation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold' ? escapeTex(section.text) : stepLatex(section.step, section.number, notation),
    ),
    ...unreached.flatMap(({ name, why, ends }) => [
      `\\subsection*{${escapeTex(name)}: no gradient}\n${escapeTex(why)}`,
      ...ends.map((end) => `${aligned([lineRow(end.equation, notation)])}\n${escapeTex(end.why)}`),
    ]),
    steps.length === 0 ? '' : escapeTex(verificationText(verified)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const aligned = (rows: readonly Row[]): string =>
  `\\begin{align*}\n  ${rows.map(texRow).join(' \\\\\n  ')}\n\\end{align*}`;

function stepLatex(step: Step, number: number, notation: Notation): string {
  const { through, definitions, beside, kernel, isTarget } = step;
  const primal = through.flatMap((way) => throughRows(way, notation));
  const places = through.flatMap(({ place }) => (place === undefined ? [] : [`${place.file}:${place.line}`]));
  const rules = [...new Set(through.flatMap((way) => way.rules))];
  const notes = [...rules, ...(kernel === undefined ? [] : [`kernel: ${kernelText(kernel, step.value)}`])];
  return [
    `\\subsection*{${number}. ${escapeTex(step.value)}${isTarget ? ' (the gradient)' : ''}}`,
    ...(primal.length === 0
      ? []
      : [`From ${escapeTex([...new Set(places)].join(', ') || 'the equations')}:`, aligned(primal)]),
    aligned(derivationRows(step, notation)),
    ...(definitions.length === 0
      ? []
      : ['with', aligned(definitions.map((line) => lineRow(line, notation)))]),
    ...notes.map((note) => `${escapeTex(note)}.\n`),
    ...(beside.length === 0
      ? []
      : ['Beside the way:', aligned(beside.map((line) => lineRow(line, notation)))]),
  ].join('\n');
}
