/** Statements in, lines of WGSL out, each with the statement that it begins. */
import type { Statement } from '../nest/nest.ts';
import { type Line, line } from './lines.ts';
import { bare } from './parentheses.ts';
import { positionText } from './positions.ts';
import { elementText, type Printer, storedText, termText } from './terms.ts';

export function statementLines(
  body: readonly Statement[],
  printer: Printer,
  indent: string,
): readonly Line[] {
  return body.flatMap((statement) =>
    linesOf(statement, printer).map(({ text, prints }) => line(indent + text, prints)),
  );
}

function linesOf(statement: Statement, printer: Printer): readonly Line[] {
  const { names, nest } = printer;
  const whole = (text: string): readonly Line[] => [line(text, { statement })];
  const around = (head: string, inner: readonly Statement[]): readonly Line[] => [
    line(head, { statement }),
    ...statementLines(inner, printer, '  '),
    line('}'),
  ];
  switch (statement.kind) {
    case 'let':
      return whole(`let ${names(statement.name)} = ${bare(termText(statement.value, printer))};`);
    case 'var':
      return whole(`var ${names(statement.name)} = ${bare(termText(statement.value, printer))};`);
    case 'assign':
      return whole(`${names(statement.name)} = ${bare(termText(statement.value, printer))};`);
    case 'store': {
      const at = elementText(statement.buffer, statement.position, printer);
      return whole(
        `${printer.bufferNames[statement.buffer]}[${at}] = ${storedText(statement.value, printer)};`,
      );
    }
    case 'keep': {
      const at = positionText(statement.position, nest.ranges, names);
      return whole(`${names(statement.memory)}[${at}] = ${storedText(statement.value, printer)};`);
    }
    case 'loop': {
      const k = names(statement.name);
      const from = positionText(statement.from, nest.ranges, names);
      const next = statement.by === 1 ? `${k}++` : `${k} += ${statement.by}u`;
      return around(`for (var ${k} = ${from}; ${k} < ${statement.until}u; ${next}) {`, statement.body);
    }
    case 'while':
      return around(`while (${bare(termText(statement.condition, printer))}) {`, statement.body);
    case 'if':
      return around(`if (${bare(termText(statement.condition, printer))}) {`, statement.body);
    case 'barrier':
      return whole(statement.orders === 'buffers' ? 'storageBarrier();' : 'workgroupBarrier();');
    default:
      return statement satisfies never;
  }
}
