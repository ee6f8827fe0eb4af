/** A text in, its outline out: declarations, and in each what it declares. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver/node';
import type { Declaration, Statement } from '../../grammar/ast.ts';
import { rangeOf } from './places.ts';
import type { Reading } from './reading.ts';
import { namesOf, statementsIn } from './things.ts';

const kinds = {
  model: SymbolKind.Class,
  layer: SymbolKind.Class,
  optimizer: SymbolKind.Class,
  fn: SymbolKind.Function,
  train: SymbolKind.Event,
} as const satisfies Readonly<Record<Declaration['kind'], SymbolKind>>;

export const symbolsOf = ({ main }: Reading): readonly DocumentSymbol[] =>
  main.declarations.map((declaration): DocumentSymbol => {
    const name = declaration.kind === 'train' ? (declaration.name ?? declaration.model) : declaration.name;
    return {
      name: declaration.kind === 'train' ? `train ${name.name}` : name.name,
      detail: declaration.kind,
      kind: kinds[declaration.kind],
      range: rangeOf(declaration.span),
      selectionRange: rangeOf(name.span),
      children: declaration.kind === 'train' ? [] : statementsIn(declaration.body).flatMap(symbolsIn),
    };
  });

const symbolsIn = (statement: Statement): readonly DocumentSymbol[] =>
  namesOf(statement).map(({ name, span }) => ({
    name,
    kind: statement.kind === 'param' || statement.kind === 'state' ? SymbolKind.Field : SymbolKind.Variable,
    range: rangeOf(statement.span),
    selectionRange: rangeOf(span),
  }));
