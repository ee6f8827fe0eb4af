/** Statements in, lines of WGSL out. */
import type { Statement } from '../nest/nest.ts';
import { bare } from './parentheses.ts';
import { positionText } from './positions.ts';
import { elementText, type Printer, storedText, termText } from './terms.ts';

export function statementLines(
  body: readonly Statement[],
  printer: Printer,
  indent: string,
): readonly string[] {
  return body.flatMap((statement) => linesOf(statement, printer).map((line) => indent + line));
}

function linesOf(statement: Statement, printer: Printer): readonly string[] {
  const { names, nest } = printer;
  switch (statement.kind) {
    case 'let':
      return [`let ${names(statement.name)} = ${bare(termText(statement.value, printer))};`];
    case 'var':
      return [`var ${names(statement.name)} = ${bare(termText(statement.value, printer))};`];
    case 'assign':
      return [`${names(statement.name)} = ${bare(termText(statement.value, printer))};`];
    case 'store': {
      const at = elementText(statement.buffer, statement.position, printer);
      return [`${printer.bufferNames[statement.buffer]}[${at}] = ${storedText(statement.value, printer)};`];
    }
    case 'keep': {
      const at = positionText(statement.position, nest.ranges, names);
      return [`${names(statement.memory)}[${at}] = ${storedText(statement.value, printer)};`];
    }
    case 'loop': {
      const k = names(statement.name);
      const from = positionText(statement.from, nest.ranges, names);
      const next = statement.by === 1 ? `${k}++` : `${k} += ${statement.by}u`;
      return [
        `for (var ${k} = ${from}; ${k} < ${statement.until}u; ${next}) {`,
        ...statementLines(statement.body, printer, '  '),
        '}',
      ];
    }
    case 'if':
      return [
        `if (${bare(termText(statement.condition, printer))}) {`,
        ...statementLines(statement.body, printer, '  '),
        '}',
      ];
    case 'barrier':
      return [statement.orders === 'buffers' ? 'storageBarrier();' : 'workgroupBarrier();'];
    default:
      return statement satisfies never;
  }
}
