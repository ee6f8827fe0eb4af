/** A place in a text in; what stands there, its shape, what its author says of it and its adjoint out. */
import type { MarkupContent } from 'vscode-languageserver/node';
import type { builtinValues } from '../../compiler/check/evaluate.ts';
import type { Meaning } from '../../compiler/check/names/table.ts';
import { derived, isDerived, isReducerName, reducers } from '../../compiler/ir/reducers.ts';
import { functionNamed, functions } from '../../compiler/scalar/functions.ts';
import type { Statement } from '../../grammar/ast.ts';
import { oneLine } from '../../grammar/document.ts';
import { type Span, span } from '../../grammar/source.ts';
import { headerText } from '../../grammar/unparse-statements.ts';
import { adjointLines } from './adjoint.ts';
import type { Checking, Found } from './checking.ts';
import { meaningAt, type Reading, textOf } from './reading.ts';
import { type Thing, thingAt } from './things.ts';
import { typeTexts } from './types.ts';

export interface Shown {
  readonly at: Span;
  readonly contents: MarkupContent;
}

export function hoverAt(reading: Reading, checking: Checking, offset: number): Shown | undefined {
  const meaning = meaningAt(reading, offset);
  if (meaning !== undefined) return shown(meaning.at, partsOfMeaning(reading, checking, meaning));
  const word = wordAt(reading, offset);
  const doc = word && docOfWord(textOf(word));
  if (word !== undefined && doc !== undefined) return shown(word, [code(textOf(word)), doc]);
  const at = checking.expressionAround(offset);
  const types = at === undefined ? [] : typeTexts(checking.valuesAt(at));
  return at === undefined || types.length === 0
    ? undefined
    : shown(at, [code(types.slice(0, mostTypes).join('\n'))]);
}

/** A layer that is used for more shapes shows so many. */
const mostTypes = 4;

const shown = (at: Span, parts: readonly string[]): Shown => ({
  at,
  contents: { kind: 'markdown', value: parts.filter((part) => part !== '').join('\n\n') },
});

const code = (text: string): string => `\`\`\`nn\n${text}\n\`\`\``;

function partsOfMeaning(reading: Reading, checking: Checking, meaning: Meaning): readonly string[] {
  const thing = meaning.implied ? undefined : thingAt(reading, meaning.definition);
  const found = foundFor(checking, meaning);
  const name = textOf(meaning.at);
  if (thing?.kind === 'declaration') return [code(oneLine(headerText(thing.of))), thing.of.doc];
  const types = typeTexts(found);
  const head = `${wordFor(meaning, thing)}${name}`;
  const more = types.length > mostTypes ? [`… and ${types.length - mostTypes} more shapes`] : [];
  const lines =
    types.length === 0
      ? [declared(thing, head)]
      : types.slice(0, mostTypes).map((type) => `${head}: ${type}`);
  const doc = thing?.kind === 'statement' && 'doc' in thing.statement ? thing.statement.doc : '';
  return [code(lines.join('\n')), ...more, doc, adjointPart(found)];
}

/** What is known of the place itself, else of where the name is defined. */
const foundFor = ({ valuesAt }: Checking, { at, definition }: Meaning): readonly Found[] => {
  const own = valuesAt(at);
  return own.length > 0 ? own : valuesAt(definition);
};

function wordFor({ kind }: Meaning, thing: Thing | undefined): string {
  if (thing?.kind === 'statement') return statementWord(thing.statement);
  return kind === 'index' ? 'index ' : kind === 'dimension' ? 'dimension ' : '';
}

function statementWord(statement: Statement): string {
  if (statement.kind === 'let') return statement.role === 'let' ? '' : `${statement.role} `;
  return ['input', 'target', 'param', 'frozen', 'state'].includes(statement.kind) ? `${statement.kind} ` : '';
}

/** Where nothing is known of a name, what its author wrote. */
function declared(thing: Thing | undefined, head: string): string {
  const type = thing?.kind === 'parameter' ? thing.parameter.type : undefined;
  return type === undefined ? head : `${head}: ${textOf(type.span)}`;
}

function adjointPart(found: readonly Found[]): string {
  for (const { value, run } of found) {
    const tensor = value.kind === 'tensor' ? value.tensor : undefined;
    if (tensor?.kind !== 'equation') continue;
    const lines = adjointLines(tensor, run);
    return lines.length === 0
      ? ''
      : `Backwards, from the adjoint d.${tensor.label.name}:\n\n${code(lines.join('\n'))}`;
  }
  return '';
}

/** The word around an offset, where it is one. */
function wordAt({ main: { source } }: Reading, offset: number): Span | undefined {
  const before = /\w*$/.exec(source.text.slice(Math.max(0, offset - 100), offset))![0].length;
  const after = /^\w*/.exec(source.text.slice(offset, offset + 100))![0].length;
  return before + after === 0 ? undefined : span(source, offset - before, offset + after);
}

/** What the language itself says of a function, a reduction or a value without a declaration. */
function docOfWord(word: string): string | undefined {
  const fn = functionNamed(word);
  if (fn !== undefined) return functions[fn].doc;
  if (isReducerName(word)) return reducers[word].doc;
  return isDerived(word) ? derived[word].doc : docsOfValues.get(word);
}

const docsOfValues = new Map<string, string>(
  Object.entries({
    pi: 'The ratio of a circle’s circumference to its diameter.',
    inf: 'Infinity.',
    training: 'Whether the model is being trained.',
    step: 'The number of the step in a training, from 1.',
    epoch: 'The number of the epoch in a training, from 1.',
    global_norm: 'The L2 norm of all the gradients of a clause together.',
  } satisfies Readonly<Record<(typeof builtinValues)[number], string>>),
);
