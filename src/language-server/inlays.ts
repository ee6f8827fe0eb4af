/** A text in, the shapes that its author did not write out, each behind the name that it belongs to. */
import { type InlayHint, InlayHintKind } from 'vscode-languageserver/node';
import type { Identifier, Parameter, Statement } from '../../grammar/ast.ts';
import { type Span, span } from '../../grammar/source.ts';
import type { Checking } from './checking.ts';
import { rangeOf } from './places.ts';
import { placeKey, type Reading } from './reading.ts';
import { statementsIn } from './things.ts';
import { typeTexts } from './types.ts';

export function inlaysOf({ main }: Reading, { valuesAt }: Checking, within: Span): readonly InlayHint[] {
  const names = main.declarations.flatMap((declaration) => {
    if (declaration.kind === 'train' || declaration.kind === 'optimizer') return [];
    const inputs = declaration.kind === 'layer' ? declaration.inputs : [];
    const own = declaration.kind === 'fn' ? declaration.parameters : inputs;
    return [
      ...own.filter(untyped).map(({ name }) => name),
      ...statementsIn(declaration.body).flatMap(namesOf),
    ];
  });
  const seen = new Set<string>();
  return names.flatMap(({ span: name }) => {
    const isHere = name.start >= within.start && name.end <= within.end;
    if (!isHere || seen.has(placeKey(name))) return [];
    seen.add(placeKey(name));
    const tensors = valuesAt(name).filter(({ value }) => value.kind === 'tensor' || value.kind === 'tuple');
    const [type, ...others] = typeTexts(tensors);
    if (type === undefined) return [];
    const label = `: ${type}${others.length > 0 ? ', …' : ''}`;
    return [{ position: rangeOf(leftSide(name)).end, label, kind: InlayHintKind.Type, paddingRight: true }];
  });
}

/** The name, and the indices behind it. */
function leftSide({ source, start, end }: Span): Span {
  const { text } = source;
  if (!/^ *\[/.test(text.slice(end, end + 100))) return span(source, start, end);
  let depth = 0;
  for (let at = text.indexOf('[', end); at < text.length; at += 1) {
    if (text[at] === '[') depth += 1;
    if (text[at] === ']') depth -= 1;
    if (depth === 0) return span(source, start, at + 1);
  }
  return span(source, start, end);
}

const untyped = ({ type, default: value }: Parameter): boolean => type === undefined && value === undefined;

/** What gets a value without a type being written. */
function namesOf(statement: Statement): readonly Identifier[] {
  if (statement.kind === 'let') return [statement.name];
  if (statement.kind === 'return') return statement.name === undefined ? [] : [statement.name];
  return statement.kind === 'unpack' ? statement.lefts.map(({ name }) => name) : [];
}
