/** The tables of the language reference, rendered from what they are about. */
import { limits } from '../../compiler/check/checker.ts';
import {
  derived,
  identityOf,
  isDerived,
  isPositional,
  type ReductionName,
  reducers,
  reductionNames,
} from '../../compiler/ir/reducers.ts';
import type { DType } from '../../compiler/scalar/expr.ts';
import { functionNames, functions } from '../../compiler/scalar/functions.ts';
import type { Declaration, Parameter } from '../../grammar/ast.ts';
import { nestingLimit } from '../../grammar/nesting.ts';
import { reduced } from '../support/formulas.ts';
import { preludeFiles } from '../support/prelude.ts';

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

export const reducerTable = (): string =>
  [
    '| name | value |',
    '|---|---|',
    ...reductionNames.map((by) => `| \`${by}\` | ${recordOf(by).doc.replaceAll('|', '\\|')} |`),
  ].join('\n');

const recordOf = (by: ReductionName): { readonly doc: string } =>
  isDerived(by) ? derived[by] : reducers[by];

/** What each reducer gives where no element takes part. */
export const nothingTable = (): string =>
  [
    `| over nothing | ${dtypes.join(' | ')} |`,
    `|---|${dtypes.map(() => '---|').join('')}`,
    ...reductionNames.map(
      (by) => `| \`${by}\` |${dtypes.map((dtype) => ` ${nothing(by, dtype)} |`.replace('  ', ' ')).join('')}`,
    ),
  ].join('\n');

const dtypes = ['f32', 'i32', 'u32', 'bool'] as const satisfies readonly DType[];

function nothing(by: ReductionName, dtype: DType): string {
  if (isDerived(by)) return dtype === 'f32' ? shortest(reduced(by, [])) : '';
  const type = reducers[by].result(dtype);
  if (type === undefined) return '';
  if (isPositional(by)) return '0';
  const value = identityOf(by, dtype);
  return type === 'bool' ? String(value !== 0) : type === 'f32' ? shortest(value) : String(value);
}

/** As few digits as tell an f32 from all others. */
function shortest(value: number): string {
  const digits = Array.from({ length: 9 }, (_, k) => Number(value.toPrecision(k + 1)));
  const found = digits.find((short) => Math.fround(short) === Math.fround(value)) ?? value;
  return String(found).replace('e+', 'e');
}

export type Named = Exclude<Declaration, { kind: 'train' }>;

export const isNamed = (declaration: Declaration): declaration is Named => declaration.kind !== 'train';

const listText = (parameters: readonly Parameter[]): string =>
  `(${parameters.map(({ span }) => span.source.text.slice(span.start, span.end)).join(', ')})`;

/** `Dense(units: int, bias: bool = true) (x: f32[..., I])`, as it is written. */
export const signature = (declaration: Named): string =>
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

export const topicTitle = (file: string): string =>
  file
    .replace(/^prelude\//, '')
    .replace(/\.nn$/, '')
    .replaceAll('_', ' ');

/** A part a topic: each definition with its parameters, and what it is. */
export const preludeTables = (): string =>
  preludeFiles()
    .map((file) => {
      const rows = file.declarations
        .filter(isNamed)
        .map((declaration) => `| \`${signature(declaration)}\` | ${summary(declaration.doc)} |`);
      const topic = topicTitle(file.source.name);
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
    `| passes of \`repeat\`, each written out | ${limits.passes} |`,
    `| equations | ${limits.tensors} |`,
    `| dimensions of a tensor | ${limits.rank} |`,
    `| elements of a tensor, or of a reduction | ${limits.elements} |`,
  ].join('\n');
