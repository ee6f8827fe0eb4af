/** Concrete trees of recipes come in, the abstract syntax of their clauses and settings goes out. */
import type { CstNode } from 'chevrotain';
import type { Assign, Expression, Identifier, Minimize, Setting, Together, ValueSetting } from './ast.ts';
import { type BuildContext, errorAt, identifier, spanOf } from './context.ts';
import { has, node, nodes, token, tokens } from './cst.ts';
import { expression, leftIndices } from './expressions.ts';
import { cover } from './source.ts';
import * as t from './tokens.ts';

/** In the order of the text. */
export const settings = (context: BuildContext, recipe: CstNode | undefined): readonly Setting[] =>
  [
    ...nodes(recipe, 'minimize').flatMap((cst) => minimize(context, cst)),
    ...nodes(recipe, 'together').map((cst) => together(context, cst)),
    ...nodes(recipe, 'assign').flatMap((cst) => assign(context, cst)),
    ...settingsIn(context, recipe),
  ].sort((a, b) => a.span.start - b.span.start);

const settingsIn = (context: BuildContext, cst: CstNode | undefined): readonly ValueSetting[] =>
  nodes(cst, 'setting').flatMap((part): readonly ValueSetting[] => {
    const name = identifier(context, token(part, t.Identifier));
    if (name === undefined) return [];
    const value = expression(context, node(part, 'expression'), part);
    const manner = mannerOf(context, part);
    return [{ kind: 'setting', name, ...(manner && { manner }), value, span: spanOf(context, part) }];
  });

const mannerOf = (context: BuildContext, part: CstNode): Identifier | undefined =>
  identifier(context, token(part, t.With) ?? token(part, t.Identifier, 1));

const together = (context: BuildContext, cst: CstNode): Together => ({
  kind: 'together',
  body: settings(context, node(cst, 'recipe')),
  span: spanOf(context, cst),
});

function minimize(context: BuildContext, cst: CstNode): readonly Minimize[] {
  const loss = identifier(context, token(cst, t.Identifier));
  if (loss === undefined) return [];
  const span = spanOf(context, cst);
  const list = nodes(cst, 'expression').map((part) => expression(context, part, cst));
  const count = has(cst, t.Over) ? list.length - (has(cst, t.With) ? 1 : 0) : 0;
  const last = list[count];
  const stages = last === undefined ? [errorAt(span)] : stagesOf(last);
  const kind = has(cst, t.Maximize) ? 'maximize' : 'minimize';
  return [
    { kind, loss, over: list.slice(0, count), stages, settings: settingsIn(context, node(cst, 'own')), span },
  ];
}

/** The parts of `clip_norm(5) |> adam(lr = 1e-3)`, in order. */
function stagesOf(chain: Expression): readonly Expression[] {
  if (chain.kind !== 'binary' || chain.operator !== '|>') return [chain];
  return [...stagesOf(chain.left), chain.right];
}

function assign(context: BuildContext, cst: CstNode): readonly Assign[] {
  const [first, ...members] = tokens(cst, t.Identifier).flatMap((part) => identifier(context, part) ?? []);
  if (first === undefined) return [];
  const target = members.reduce<Expression>(
    (object, name) => ({ kind: 'member', object, name, span: cover(object.span, name.span) }),
    { kind: 'name', ...first },
  );
  const indices = has(cst, t.LeftBracket) ? { indices: leftIndices(context, node(cst, 'binders')) } : {};
  return [
    {
      kind: 'assign',
      target,
      ...indices,
      value: expression(context, node(cst, 'expression'), cst),
      settings: settingsIn(context, node(cst, 'own')),
      span: spanOf(context, cst),
    },
  ];
}
