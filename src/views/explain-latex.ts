/** An explanation in, LaTeX for `\input` out: text and one align environment a step. Needs amsmath. */
import type { Explanation, Step } from '../../compiler/explain/explanation.ts';
import type { Row } from './boxes.ts';
import { derivationRows, lineRow, sections, throughRows, titleOf } from './explain-rows.ts';
import { kernelText, verificationText } from './explain-text.ts';
import { legendWords, type Setting, settingOf } from './explain-words.ts';
import { escapeTex, texRow, texWords } from './tex.ts';

export function explanationLatex(explanation: Explanation): string {
  const { loss, unreached, verified, steps } = explanation;
  const setting = settingOf(explanation);
  const { notation, speak } = setting;
  const title = titleOf(explanation);
  const blocks = [
    `% ${title}; needs \\usepackage{amsmath}\n\\section*{${escapeTex(title)}}`,
    aligned([lineRow(loss, notation)]),
    texWords(legendWords(explanation, notation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold'
        ? texWords(speak(section.text))
        : stepLatex(section.step, section.number, setting),
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

function stepLatex(step: Step, number: number, setting: Setting): string {
  const { notation, speak } = setting;
  const { through, definitions, beside, kernel, isTarget } = step;
  const primal = through.flatMap((way) => throughRows(way, notation));
  const places = through.flatMap(({ place }) => (place === undefined ? [] : [`${place.file}:${place.line}`]));
  const rules = [...new Set(through.flatMap((way) => way.rules))];
  const notes = [
    ...rules.map((rule) => texWords(speak(rule))),
    ...(kernel === undefined ? [] : [escapeTex(`kernel: ${kernelText(kernel, step.value)}`)]),
  ];
  return [
    `\\subsection*{${number}. ${escapeTex(step.value)}${isTarget ? ' (the gradient)' : ''}}`,
    ...(primal.length === 0
      ? []
      : [`From ${escapeTex([...new Set(places)].join(', ') || 'the equations')}:`, aligned(primal)]),
    aligned(derivationRows(step, setting)),
    ...(definitions.length === 0
      ? []
      : ['with', aligned(definitions.map((line) => lineRow(line, notation)))]),
    ...notes.map((note) => `${note}.\n`),
    ...(beside.length === 0
      ? []
      : ['Beside the way:', aligned(beside.map((line) => lineRow(line, notation)))]),
  ].join('\n');
}
