/** A place in a text in, the words that may stand there out: names in force, parameters of the call around, the library. */
import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import { find } from '../../compiler/check/declarations.ts';
import { builtinNames } from '../../compiler/check/evaluate.ts';
import { type Known, layerMadeBy, membersOf, parametersOf } from '../../compiler/check/names/members.ts';
import type { Meaning } from '../../compiler/check/names/table.ts';
import { typeNames } from '../../compiler/check/shapes/matching.ts';
import type { Declaration, Expression, Layer } from '../../grammar/ast.ts';
import { oneLine } from '../../grammar/document.ts';
import { parseExpression } from '../../grammar/index.ts';
import { span } from '../../grammar/source.ts';
import { headerText } from '../../grammar/unparse-statements.ts';
import { prelude } from '../model/prelude.ts';
import { placeKey, type Reading, textOf } from './reading.ts';
import { declarationAround, statementsIn } from './things.ts';
import { declarationWords, expressionWords, wordsIn } from './words.ts';

export function completionsAt(reading: Reading, offset: number): readonly CompletionItem[] {
  const { text } = reading.main.source;
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const before = line.replace(/\w*$/, '');
  if (/\/\/|"[^"]*$/.test(before)) return [];
  const around = declarationAround(reading, offset);
  if (around === undefined) return declarationWords.map(keyword);
  const known = knownAt(reading, around);
  const [, object] = /([A-Za-z_]\w*(?:\.\w+)*)\.$/.exec(before) ?? [];
  if (object !== undefined)
    return members(reading, known, offset - (line.length - before.length) - 1, object);
  if (/(?:^|[\s{;])(?:input|target|param|frozen|state)\s+\w+\s*:\s*$|->\s*$|\(\s*\w+\s*:\s*$/.test(before))
    return typeNames.map((label) => ({ label, kind: CompletionItemKind.TypeParameter }));
  const names = [...inForce(reading, around, offset), ...library(reading), ...builtins];
  const begins = before.trim() === '' ? wordsIn[around.kind].map(keyword) : expressionWords.map(keyword);
  return unique([...argumentsOf(known, text.slice(around.span.start, offset)), ...names, ...begins]);
}

const keyword = (label: string): CompletionItem => ({ label, kind: CompletionItemKind.Keyword });

function unique(items: readonly CompletionItem[]): readonly CompletionItem[] {
  const seen = new Set<string>();
  return items.filter(({ label }) => !seen.has(label) && seen.add(label));
}

const kinds = {
  model: CompletionItemKind.Class,
  layer: CompletionItemKind.Class,
  optimizer: CompletionItemKind.Class,
  fn: CompletionItemKind.Function,
  parameter: CompletionItemKind.Variable,
  dimension: CompletionItemKind.TypeParameter,
  value: CompletionItemKind.Variable,
  param: CompletionItemKind.Field,
  input: CompletionItemKind.Variable,
  index: CompletionItemKind.Variable,
  result: CompletionItemKind.Variable,
} as const satisfies Readonly<Record<Meaning['kind'], CompletionItemKind>>;

/** What is defined above, in the declaration around; indices only in their own statement. In a recipe, what its model has. */
function inForce(reading: Reading, around: Declaration, offset: number): readonly CompletionItem[] {
  const { main, meanings } = reading;
  const model = around.kind === 'train' ? find(reading.declarations, around.model.name, false) : undefined;
  const scope = model ?? around;
  const statement =
    scope.kind === 'train'
      ? undefined
      : statementsIn(scope.body).find(({ span: at }) => at.start <= offset && offset <= at.end);
  return meanings
    .filter(({ at, definition, kind }) => {
      if (at.source !== main.source || placeKey(at) !== placeKey(definition)) return false;
      if (at.start < scope.span.start || at.end > scope.span.end) return false;
      if (kind === 'index')
        return statement !== undefined && at.start >= statement.span.start && at.end <= statement.span.end;
      return model !== undefined || at.end < offset;
    })
    .map(({ at, kind }) => ({ label: textOf(at), kind: kinds[kind], sortText: `0${textOf(at)}` }));
}

const library = ({ declarations }: Reading): readonly CompletionItem[] => [
  ...[...declarations.user.values()].map(({ name, kind }) => ({
    label: name.name,
    kind: kinds[kind],
    sortText: `1${name.name}`,
  })),
  ...declarations.prelude.names.map((label) => ({
    label,
    kind: /^[A-Z]/.test(label) ? CompletionItemKind.Class : CompletionItemKind.Function,
    sortText: `2${label}`,
    data: label,
  })),
];

const builtins: readonly CompletionItem[] = builtinNames.map((label) => ({
  label,
  kind: CompletionItemKind.Function,
  sortText: `3${label}`,
}));

/** What is only looked up for the item that is chosen: how it is declared, and what its author says. */
export function resolved(item: CompletionItem): CompletionItem {
  const declared = typeof item.data === 'string' ? prelude().find(item.data) : undefined;
  if (declared === undefined) return item;
  return {
    ...item,
    detail: oneLine(headerText(declared)),
    documentation: { kind: 'markdown', value: declared.doc },
  };
}

function knownAt({ declarations }: Reading, around: Declaration): Known {
  const model = around.kind === 'train' ? declarations.user.get(around.model.name) : around;
  const body = model?.body ?? [];
  const known = { declarations, fromPrelude: false };
  const layerNamed = (name: string): Layer | undefined => {
    const made = statementsIn(body).find((one) => one.kind === 'let' && one.name.name === name);
    return made?.kind === 'let' ? layerMadeBy(known, made.value) : undefined;
  };
  return { ...known, layerNamed };
}

function members(
  { main: { source } }: Reading,
  known: Known,
  end: number,
  object: string,
): readonly CompletionItem[] {
  const { expression } = parseExpression(span(source, end - object.length, end));
  return unique(
    membersOf(known, expression).map(({ name }) => ({ label: name, kind: CompletionItemKind.Field })),
  );
}

/** `pad = ` in a call of what has such a parameter. */
function argumentsOf(known: Known, text: string): readonly CompletionItem[] {
  const callee = calleeBefore(text);
  if (callee === undefined) return [];
  return parametersOf(known, callee).map(({ name }) => ({
    label: `${name.name} = `,
    filterText: name.name,
    kind: CompletionItemKind.Property,
    sortText: `!${name.name}`,
  }));
}

/** What stands before the innermost parenthesis that is open at the end of the text. */
function calleeBefore(text: string): Expression | undefined {
  const code = text.replace(/\/\/[^\n]*/g, '');
  let depth = 0;
  for (let at = code.length - 1; at >= 0; at -= 1) {
    const sign = code[at]!;
    if (')]}'.includes(sign)) depth += 1;
    if (!'([{'.includes(sign)) continue;
    if (depth === 0) {
      const name = sign === '(' ? /([A-Za-z_]\w*)$/.exec(code.slice(0, at))?.[1] : undefined;
      if (name === undefined) return undefined;
      const source = { name: '', text: name };
      return { kind: 'name', name, span: span(source, 0, name.length) };
    }
    depth -= 1;
  }
  return undefined;
}
