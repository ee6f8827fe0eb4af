/** The tables of the language reference, rendered from what they are about. */
import { limits } from '../../compiler/check/checker.ts';
import { functionNames, functions } from '../../compiler/scalar/functions.ts';
import type { Declaration, Parameter } from '../../grammar/ast.ts';
import { nestingLimit } from '../../grammar/layout.ts';
import { preludeFiles } from '../../src/prelude.ts';

/** Not called in a file, which writes `uniform[B, 4]` and `a and b`. */
const inner: ReadonlySet<string> = new Set(['random_uniform', 'random_normal', 'and', 'or', 'not']);

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

const listText = (parameters: readonly Parameter[]): string =>
  `(${parameters.map(({ span }) => span.source.text.slice(span.start, span.end)).join(', ')})`;

/** `Dense(units: int, bias: bool = true) (x: f32[..., I])`, as it is written. */
const signature = (declaration: Named): string =>
  declaration.name.name +
  listText(declaration.parameters) +
  (declaration.kind === 'layer' ? ` ${listText(declaration.inputs)}` : '');

/** The first sentence of a doc comment. */
const summary = (doc: string): string => {
  const text = doc
    .split(/\n\s*(?:Formula|Shapes|Source):/)[0]!
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.replaceAll('|', '\\|');
};

const topicOf = (file: string): string => file.replace(/^prelude\//, '').replace(/\.nn$/, '');

/** A part a topic: each definition with its parameters, and what it is. */
export const preludeTables = (): string =>
  preludeFiles()
    .map((file) => {
      const rows = file.declarations
        .filter(isNamed)
        .map((declaration) => `| \`${signature(declaration)}\` | ${summary(declaration.doc)} |`);
      const topic = topicOf(file.source.name);
      return [`**${topic[0]!.toUpperCase()}${topic.slice(1)}**`, '', '| name | |', '|---|---|', ...rows].join(
        '\n',
      );
    })
    .join('\n\n');

/** What one file may ask for. */
export const limitTable = (): string =>
  [
    '| what | at most |',
    '|---|---|',
    `| brackets and \`if\`s within each other | ${nestingLimit} |`,
    `| calls within each other | ${limits.depth} |`,
    `| expressions within each other, over all calls | ${limits.nesting} |`,
    `| calls, each written out | ${limits.expansions} |`,
    `| equations | ${limits.tensors} |`,
    `| dimensions of a tensor | ${limits.rank} |`,
    `| elements of a tensor, or of a reduction | ${limits.elements} |`,
  ].join('\n');
