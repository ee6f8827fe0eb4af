/** The tables of the language reference, rendered from what they are about. */
import { functionNames, functions } from '../../compiler/scalar/functions.ts';
import type { Declaration } from '../../grammar/ast.ts';
import { preludeFiles } from '../../src/prelude.ts';

/** Only the compiler itself calls these: a file writes `uniform[B, 4]`. */
const inner: ReadonlySet<string> = new Set(['random_uniform', 'random_normal']);

export const functionTable = (): string =>
  [
    '| function | value |',
    '|---|---|',
    ...functionNames
      .filter((name) => !inner.has(name))
      .map((name) => {
        const names = [name, ...functions[name].aliases].map((text) => `\`${text}\``);
        return `| ${names.join(', ')} | ${functions[name].doc.replaceAll('|', '\\|')} |`;
      }),
  ].join('\n');

type Named = Exclude<Declaration, { kind: 'train' }>;

const isNamed = (declaration: Declaration): declaration is Named => declaration.kind !== 'train';

const parameterText = ({ name, parameters }: Named): string =>
  parameters.length === 0 ? name.name : `${name.name}(${parameters.map((p) => p.name.name).join(', ')})`;

/** The first sentence of a doc comment. */
const summary = (doc: string): string => {
  const text = doc
    .split(/\n\s*(?:Formula|Shapes|Source):/)[0]!
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.replaceAll('|', '\\|');
};

const topicOf = (file: string): string => file.replace(/^prelude\//, '').replace(/\.nn$/, '');

/** A part a topic: the name of each definition with its parameters, and what it is. */
export const preludeTables = (): string =>
  preludeFiles()
    .map((file) => {
      const rows = file.declarations
        .filter(isNamed)
        .map((declaration) => `| \`${parameterText(declaration)}\` | ${summary(declaration.doc)} |`);
      const topic = topicOf(file.source.name);
      return [`**${topic[0]!.toUpperCase()}${topic.slice(1)}**`, '', '| name | |', '|---|---|', ...rows].join(
        '\n',
      );
    })
    .join('\n\n');
