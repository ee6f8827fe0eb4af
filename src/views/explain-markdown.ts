/** An explanation in, Markdown with formulas between dollar signs out. */
import type { Explanation, Step } from '../../compiler/explain/explanation.ts';
import type { Row } from './boxes.ts';
import { derivationRows, lineRow, sections, throughRows } from './explain-rows.ts';
import { kernelText, legend, verificationText } from './explain-text.ts';
import { lectureNotation } from './lecture-notation.ts';
import { texRow } from './tex.ts';
import type { Notation } from './typeset.ts';

export function explanationMarkdown(explanation: Explanation): string {
  const { model, loss, targets, unreached, verified, steps } = explanation;
  const notation = lectureNotation(explanation);
  const blocks = [
    `# ${model}: the gradient of ${code(loss.left.name)} by ${targets.map(({ name }) => code(name)).join(', ')}`,
    display([lineRow(loss, notation)]),
    plain(legend(explanation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold'
        ? `*${plain(section.text)}*`
        : stepMarkdown(section.step, section.number, notation),
    ),
    ...unreached.flatMap(({ name, why, ends }) => [
      `## ${code(name)}: no gradient`,
      plain(why),
      ...ends.map((end) => `${display([lineRow(end.equation, notation)])}\n\n${plain(end.why)}`),
    ]),
    steps.length === 0 ? '' : plain(verificationText(verified)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const code = (text: string): string => `\`${text}\``;
const plain = (text: string): string => text.replace(/[*_[\]]/g, '\\$&');
const display = (rows: readonly Row[]): string =>
  `$$\n\\begin{aligned}\n${rows.map(texRow).join(' \\\\\n')}\n\\end{aligned}\n$$`;

function stepMarkdown(step: Step, number: number, notation: Notation): string {
  const { through, definitions, beside, kernel, isTarget } = step;
  return [
    `## ${number}. ${code(step.final.left.name)}${isTarget ? ': the gradient' : ''}`,
    ...through.flatMap((way) => {
      const where = way.place === undefined ? '' : ` (${code(`${way.place.file}:${way.place.line}`)})`;
      return [
        `From${where}${way.source === undefined ? '' : ` ${code(way.source)}`}:`,
        display(throughRows(way, notation)),
        ...way.rules.map((rule) => `*${plain(rule)}*`),
      ];
    }),
    display(derivationRows(step, notation)),
    ...(definitions.length === 0
      ? []
      : ['with', display(definitions.map((line) => lineRow(line, notation)))]),
    ...(kernel === undefined ? [] : [`Kernel: ${plain(kernelText(kernel, step.value))}.`]),
    ...(beside.length === 0
      ? []
      : ['Beside the way:', display(beside.map((line) => lineRow(line, notation)))]),
  ].join('\n\n');
}
