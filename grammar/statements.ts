/** Concrete trees of statements come in, their abstract syntax goes out. */
import type { CstNode } from 'chevrotain';
import type {
  Identifier,
  LeftSide,
  Let,
  LetRole,
  Return,
  StateDeclaration,
  Statement,
  TensorDeclaration,
  Unpack,
  UpdateStatement,
} from './ast.ts';
import { type BuildContext, docOf, identifier, spanOf } from './context.ts';
import { has, node, nodes, token } from './cst.ts';
import { expression, leftIndices, pieces, stringLiteral, typeExpression } from './expressions.ts';
import { cover, type Span } from './source.ts';
import * as t from './tokens.ts';

/** Statements whose name could not be read are left out: there is nothing to say about them. */
export const statements = (context: BuildContext, block: CstNode | undefined): readonly Statement[] =>
  nodes(block, 'statement').flatMap((cst) => statement(context, cst));

function statement(context: BuildContext, cst: CstNode): readonly Statement[] {
  const tensor = node(cst, 'tensorDeclaration');
  if (tensor !== undefined) return tensorDeclarations(context, tensor);
  const state = node(cst, 'stateDeclaration');
  if (state !== undefined) return stateDeclarations(context, state);
  const param = node(cst, 'paramDeclaration');
  if (param !== undefined) return paramDeclaration(context, param);
  const binding = node(cst, 'binding');
  if (binding !== undefined) return bindingStatement(context, binding);
  const unpacking = node(cst, 'unpacking');
  if (unpacking !== undefined) return [unpackStatement(context, unpacking)];
  const result = node(cst, 'result');
  if (result !== undefined) return [returnStatement(context, result)];
  const repetition = node(cst, 'repetition');
  if (repetition !== undefined) return [repeatStatement(context, repetition)];
  const scan = node(cst, 'scan');
  if (scan !== undefined) return scanStatement(context, scan);
  const freezing = node(cst, 'freezing');
  if (freezing !== undefined) return [freezeStatement(context, freezing)];
  const assertion = node(cst, 'assertion');
  return assertion === undefined ? [] : [assertStatement(context, assertion)];
}

function tensorDeclarations(context: BuildContext, cst: CstNode): readonly TensorDeclaration[] {
  const whole = spanOf(context, cst);
  const kind = has(cst, t.Input) ? 'input' : 'target';
  return nodes(cst, 'tensorItem').flatMap((item, index): readonly TensorDeclaration[] => {
    const typed = node(item, 'typedName');
    const name = identifier(context, token(typed, t.Identifier));
    const type = typeExpression(context, node(typed, 'type'));
    if (name === undefined || type === undefined) return [];
    const value = has(item, t.Equals) ? expression(context, node(item, 'expression'), item) : undefined;
    return [
      {
        kind,
        name,
        type,
        ...(value === undefined ? {} : { default: value }),
        doc: docOf(context, whole),
        span: itemSpan(context, whole, item, index),
      },
    ];
  });
}

function stateDeclarations(context: BuildContext, cst: CstNode): readonly StateDeclaration[] {
  const whole = spanOf(context, cst);
  return nodes(cst, 'stateItem').flatMap((item, index): readonly StateDeclaration[] => {
    const name = identifier(context, token(item, t.Identifier));
    if (name === undefined) return [];
    const type = typeExpression(context, node(item, 'type'));
    const init = expression(context, node(item, 'expression'), item);
    const span = itemSpan(context, whole, item, index);
    return [
      {
        kind: 'state',
        name,
        ...(type === undefined ? {} : { type }),
        init,
        doc: docOf(context, whole),
        span,
      },
    ];
  });
}

/** The first of several declarations starts with their keyword. */
const itemSpan = (context: BuildContext, whole: Span, item: CstNode, index: number): Span => {
  const own = spanOf(context, item);
  return index === 0 ? cover({ ...whole, end: whole.start }, own) : own;
};

function paramDeclaration(context: BuildContext, cst: CstNode): readonly Statement[] {
  const span = spanOf(context, cst);
  const typed = node(cst, 'typedName');
  const name = identifier(context, token(typed, t.Identifier));
  const type = typeExpression(context, node(typed, 'type'));
  if (name === undefined || type === undefined) return [];
  const values = nodes(cst, 'expression');
  const init = has(cst, t.Init) ? expression(context, values[0], cst) : undefined;
  const condition = has(cst, t.If) ? expression(context, values[init === undefined ? 0 : 1], cst) : undefined;
  return [
    {
      kind: has(cst, t.Param) ? 'param' : 'frozen',
      name,
      type,
      ...(init === undefined ? {} : { init }),
      ...(condition === undefined ? {} : { condition }),
      doc: docOf(context, span),
      span,
    },
  ];
}

function freezeStatement(context: BuildContext, cst: CstNode): Statement {
  const list = node(cst, 'parts');
  const parts = nodes(list, 'expression').map((part) => expression(context, part, cst));
  return { kind: 'freeze', parts, span: spanOf(context, cst) };
}

function leftSide(context: BuildContext, cst: CstNode | undefined): LeftSide | undefined {
  const name = identifier(context, token(cst, t.Identifier));
  if (name === undefined) return undefined;
  if (!has(cst, t.LeftBracket)) return { name };
  return { name, indices: leftIndices(context, node(cst, 'binders')) };
}

function bindingStatement(context: BuildContext, cst: CstNode): readonly (Let | UpdateStatement)[] {
  const left = leftSide(context, node(cst, 'leftSide'));
  if (left === undefined) return [];
  const span = spanOf(context, cst);
  const value = expression(context, node(cst, 'expression'), cst);
  if (has(cst, t.LeftArrow)) return [{ kind: 'update', ...left, value, span }];
  return [{ kind: 'let', role: roleOf(cst, left.name), ...left, value, doc: docOf(context, span), span }];
}

function unpackStatement(context: BuildContext, cst: CstNode): Unpack {
  const lefts = nodes(cst, 'leftSide').flatMap((left) => leftSide(context, left) ?? []);
  const value = expression(context, node(cst, 'expression'), cst);
  return { kind: 'unpack', lefts, value, span: spanOf(context, cst) };
}

/** `loss = e` needs no second word to be the loss. */
function roleOf(cst: CstNode, name: Identifier): LetRole {
  if (has(cst, t.Metric)) return 'metric';
  if (has(cst, t.Output)) return 'output';
  return has(cst, t.Loss) || name.name === 'loss' ? 'loss' : 'let';
}

function returnStatement(context: BuildContext, cst: CstNode): Return {
  const value = expression(context, node(cst, 'expression'), cst);
  return { kind: 'return', ...leftSide(context, node(cst, 'leftSide')), value, span: spanOf(context, cst) };
}

function assertStatement(context: BuildContext, cst: CstNode): Statement {
  const condition = expression(context, node(cst, 'expression'), cst);
  const text = token(cst, t.StringToken);
  const message =
    text === undefined ? {} : { message: stringLiteral(context, text), pieces: pieces(context, text) };
  return { kind: 'assert', condition, ...message, span: spanOf(context, cst) };
}

function repeatStatement(context: BuildContext, cst: CstNode): Statement {
  const block = node(cst, 'block');
  // Without a body, what stands in the place of the count may be anything.
  const count = expression(context, has(block, t.LeftBrace) ? node(cst, 'expression') : undefined, cst);
  const body = statements(context, block);
  return { kind: 'repeat', count, body, span: spanOf(context, cst) };
}

function scanStatement(context: BuildContext, cst: CstNode): readonly Statement[] {
  const index = identifier(context, token(cst, t.Identifier));
  if (index === undefined) return [];
  const extent = expression(context, has(cst, t.Colon) ? node(cst, 'expression') : undefined, cst);
  const body = statements(context, node(cst, 'block'));
  return [{ kind: 'scan', index, extent, body, span: spanOf(context, cst) }];
}
