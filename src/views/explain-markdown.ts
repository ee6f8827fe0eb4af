/** An explanation in, Markdown with formulas between dollar signs out. */
import type { Explanation, Step } from '../../compiler/explain/explanation.ts';
import type { Row, Words } from './boxes.ts';
import { derivationRows, lineRow, sections, throughRows } from './explain-rows.ts';
import { kernelText, verificationText } from './explain-text.ts';
import { legendWords, type Setting, settingOf } from './explain-words.ts';
import { texOf, texRow } from './tex.ts';

export function explanationMarkdown(explanation: Explanation): string {
  const { model, loss, targets, unreached, verified, steps } = explanation;
  const setting = settingOf(explanation);
  const { notation, speak } = setting;
  const blocks = [
    `# ${model}: the gradient of ${code(loss.left.name)} by ${targets.map(({ name }) => code(name)).join(', ')}`,
    display([lineRow(loss, notation)]),
    spoken(legendWords(explanation, notation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold'
        ? `*${spoken(speak(section.text))}*`
        : stepMarkdown(section.step, section.number, setting),
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
const spoken = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? plain(part) : `$${texOf(part)}$`)).join('');
const display = (rows: readonly Row[]): string =>
  `$$\n\\begin{aligned}\n${rows.map(texRow).join(' \\\\\n')}\n\\end{aligned}\n$$`;

function stepMarkdown(step: Step, number: number, setting: Setting): string {
  const { notation, speak } = setting;
  const { through, definitions, beside, kernel, isTarget } = step;
  return [
    `## ${number}. ${code(step.final.left.name)}${isTarget ? ': the gradient' : ''}`,
    ...through.flatMap((way) => {
      const where = way.place === undefined ? '' : ` (${code(`${way.place.file}:${way.place.line}`)})`;
      return [
        `From${where}${way.source === undefined ? '' : ` ${code(way.source)}`}:`,
        display(throughRows(way, notation)),
        ...way.rules.map((rule) => `*${spoken(speak(rule))}*`),
      ];
    }),
    display(derivationRows(step, setting)),
    ...(definitions.length === 0
      ? []
      : ['with', display(definitions.map((line) => lineRow(line, notation)))]),
    ...(kernel === undefined ? [] : [`Kernel: ${plain(kernelText(kernel, step.value))}.`]),
    ...(beside.length === 0
      ? []
      : ['Beside the way:', display(beside.map((line) => lineRow(line, notation)))]),
  ].join('\n\n');
}
