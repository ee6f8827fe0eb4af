/** The concrete syntax tree of a file comes in, its abstract syntax goes out, complete or not. */
import type { CstNode } from 'chevrotain';
import type {
  Declaration,
  Definition,
  Expression,
  File,
  Parameter,
  Return,
  Statement,
  Train,
  Use,
} from './ast.ts';
import { type BuildContext, docOf, identifier, spanOf } from './context.ts';
import { has, node, nodes, token, tokens } from './cst.ts';
import { callArguments, expression, stringLiteral, typeExpression } from './expressions.ts';
import * as problems from './problems.ts';
import { settings } from './recipes.ts';
import { span } from './source.ts';
import { statements } from './statements.ts';
import * as t from './tokens.ts';

export function file(context: BuildContext, cst: CstNode): File {
  const { source } = context;
  const declarations = [
    ...nodes(cst, 'model').flatMap((part) => model(context, part)),
    ...nodes(cst, 'fn').flatMap((part) => fn(context, part)),
    ...nodes(cst, 'layer').flatMap((part) => layer(context, part)),
    ...nodes(cst, 'optimizer').flatMap((part) => optimizer(context, part)),
    ...nodes(cst, 'train').flatMap((part) => train(context, part)),
  ].sort((a, b) => a.span.start - b.span.start);
  const uses = nodes(cst, 'use').flatMap((part) => use(context, part));
  return { kind: 'file', source, uses, declarations, span: span(source, 0, source.text.length) };
}

function use(context: BuildContext, cst: CstNode): readonly Use[] {
  const path = token(cst, t.StringToken);
  if (path === undefined) return [];
  return [{ kind: 'use', path: stringLiteral(context, path).value, span: spanOf(context, cst) }];
}

/** Name, doc comment and place of a declaration; undefined if its name could not be read. */
function heading(context: BuildContext, cst: CstNode): Pick<Train, 'doc' | 'span' | 'model'> | undefined {
  const name = identifier(context, token(cst, t.Identifier));
  const at = spanOf(context, cst);
  return name === undefined ? undefined : { model: name, doc: docOf(context, at), span: at };
}

function model(context: BuildContext, cst: CstNode): readonly Declaration[] {
  const head = heading(context, cst);
  if (head === undefined) return [];
  const { model: name, doc, span } = head;
  const body = statements(context, node(cst, 'block'));
  return [{ kind: 'model', name, parameters: parameters(context, node(cst, 'parameters')), body, doc, span }];
}

function fn(context: BuildContext, cst: CstNode): readonly Declaration[] {
  const head = heading(context, cst);
  if (head === undefined) return [];
  const { model: name, doc, span } = head;
  const derivative = nodes(cst, 'expression').map((part) => expression(context, part, cst));
  const list = parameters(context, node(cst, 'parameters'));
  const shape = signature(context, node(cst, 'signature'));
  const body = bodyOf(context, node(cst, 'body'));
  return [{ kind: 'fn', name, parameters: list, ...shape, body, derivative, doc, span }];
}

/** With one list of parameters only, they are what the layer is applied to. */
function layer(context: BuildContext, cst: CstNode): readonly Declaration[] {
  const head = heading(context, cst);
  if (head === undefined) return [];
  const { model: name, doc, span } = head;
  const lists = nodes(cst, 'parameters').map((part) => parameters(context, part));
  const [own, inputs] = lists.length > 1 ? [lists[0] ?? [], lists[1] ?? []] : [[], lists[0] ?? []];
  const shape = signature(context, node(cst, 'signature'));
  const body = bodyOf(context, node(cst, 'body'));
  return [{ kind: 'layer', name, parameters: own, inputs, ...shape, body, doc, span }];
}

function optimizer(context: BuildContext, cst: CstNode): readonly Declaration[] {
  const head = heading(context, cst);
  if (head === undefined) return [];
  const { model: name, doc, span } = head;
  const body = statements(context, node(cst, 'block'));
  return [
    { kind: 'optimizer', name, parameters: parameters(context, node(cst, 'parameters')), body, doc, span },
  ];
}

function train(context: BuildContext, cst: CstNode): readonly Declaration[] {
  const head = heading(context, cst);
  if (head === undefined) return [];
  const { arguments: list, over } = callArguments(context, node(cst, 'callArguments'));
  if (over?.[0] !== undefined) context.report(problems.unexpected(over[0].span, '`name = value`', 'an axis'));
  const name = identifier(context, tokens(cst, t.Identifier)[1]);
  const body = settings(context, node(cst, 'recipe'));
  return [{ kind: 'train', ...head, ...(name && { name }), arguments: list, body }];
}

const parameters = (context: BuildContext, cst: CstNode | undefined): readonly Parameter[] =>
  nodes(cst, 'parameter').flatMap((part): readonly Parameter[] => {
    const name = identifier(context, token(part, t.Identifier));
    if (name === undefined) return [];
    const type = typeExpression(context, node(part, 'type'));
    const value = has(part, t.Equals) ? expression(context, node(part, 'expression'), part) : undefined;
    return [
      {
        name,
        ...(type === undefined ? {} : { type }),
        ...(value === undefined ? {} : { default: value }),
        span: spanOf(context, part),
      },
    ];
  });

interface Signature {
  readonly result?: NonNullable<Extract<Declaration, { kind: 'fn' }>['result']>;
  readonly where: readonly Definition[];
}

function signature(context: BuildContext, cst: CstNode | undefined): Signature {
  const result = typeExpression(context, node(cst, 'type'));
  const where = nodes(cst, 'definition').flatMap((part): readonly Definition[] => {
    const name = identifier(context, token(part, t.Identifier));
    return name === undefined ? [] : [{ name, value: expression(context, node(part, 'expression'), part) }];
  });
  return { ...(result === undefined ? {} : { result }), where };
}

/** `= e` is a body that only returns e. */
function bodyOf(context: BuildContext, cst: CstNode | undefined): readonly Statement[] {
  const block = node(cst, 'block');
  if (block !== undefined) return statements(context, block);
  if (cst === undefined) return [];
  return [returned(expression(context, node(cst, 'expression'), cst))];
}

const returned = (value: Expression): Return => ({ kind: 'return', value, span: value.span });
