/** An explanation in, Markdown with formulas between dollar signs out. */
import type { Explanation, Line, Step } from '../../compiler/explain/explanation.ts';
import { derivationRows, partialRows, sections, symbolsOf } from './explain-latex.ts';
import { kernelText, legend, verificationText } from './explain-text.ts';
import { lineLatex, type Symbols } from './latex.ts';

export function explanationMarkdown(explanation: Explanation): string {
  const { model, loss, targets, unreached, verified, steps } = explanation;
  const symbols = symbolsOf(explanation);
  const blocks = [
    `# ${model}: the gradient of ${code(loss.left.name)} by ${targets.map(({ name }) => code(name)).join(', ')}`,
    display([row(loss, symbols)]),
    plain(legend(explanation)),
    ...sections(explanation).map((section) =>
      section.kind === 'fold'
        ? `*${plain(section.text)}*`
        : stepMarkdown(section.step, section.number, symbols),
    ),
    ...unreached.flatMap(({ name, why, ends }) => [
      `## ${code(name)}: no gradient`,
      plain(why),
      ...ends.map((end) => `${display([row(end.equation, symbols)])}\n\n${plain(end.why)}`),
    ]),
    steps.length === 0 ? '' : plain(verificationText(verified)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const code = (text: string): string => `\`${text}\``;
const plain = (text: string): string => text.replace(/[*_[\]]/g, '\\$&');
const row = (line: Line, symbols: Symbols): string => lineLatex(line, symbols).replace(' = ', ' &= ');
const display = (rows: readonly string[]): string =>
  `$$\n\\begin{aligned}\n${rows.join(' \\\\\n')}\n\\end{aligned}\n$$`;

function stepMarkdown(step: Step, number: number, symbols: Symbols): string {
  const { through, definitions, beside, kernel, isTarget } = step;
  return [
    `## ${number}. ${code(step.final.left.name)}${isTarget ? ': the gradient' : ''}`,
    ...through.flatMap((way) => {
      const where = way.place === undefined ? '' : ` (${code(`${way.place.file}:${way.place.line}`)})`;
      return [
        `From${where}${way.source === undefined ? '' : ` ${code(way.source)}`}:`,
        display([
          row(way.equation, symbols),
          ...way.where.map((line) => row(line, symbols)),
          ...partialRows(way, symbols),
        ]),
        ...way.rules.map((rule) => `*${plain(rule)}*`),
      ];
    }),
    display(derivationRows(step, symbols)),
    ...(definitions.length === 0 ? [] : ['with', display(definitions.map((line) => row(line, symbols)))]),
    ...(kernel === undefined ? [] : [`Kernel: ${plain(kernelText(kernel, step.final.left.name))}.`]),
    ...(beside.length === 0 ? [] : ['Beside the way:', display(beside.map((line) => row(line, symbols)))]),
  ].join('\n\n');
}
