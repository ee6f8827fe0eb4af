/**
 * Names in declarations, used or not, in; what is unknown, defined twice, used too early or never used out.
 *
 * Expansion checks what is called, at its call. This pass looks at every declaration once and on its own, so
 * that a slip in a function that nothing calls yet, or in the branch that an `if` does not take, is found too.
 */
import type {
  Declaration,
  Definition,
  Expression,
  Fn,
  Identifier,
  Layer,
  LeftIndex,
  Model,
  Optimizer,
  Parameter,
  Return,
  Scan,
  Setting,
  Statement,
  Train,
  TypeExpression,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Declarations } from '../declarations.ts';
import { builtinNames } from '../evaluate.ts';
import { twoEllipses } from '../problems/indices.ts';
import { afterReturn, unusedName } from '../problems/names.ts';
import { derivativeCount } from '../problems/recipes.ts';
import { unknownType } from '../problems/shapes.ts';
import { isComputed } from '../recipes/settings.ts';
import { typeNames } from '../shapes/matching.ts';
import { definedIn, partsOf } from '../syntax.ts';
import { layerMadeBy } from './members.ts';
import {
  checkBinders,
  checkExpression,
  define,
  type Indices,
  type Kind,
  mention,
  mentionName,
  noIndices,
  noticeArguments,
  noticeDeclaration,
  noticeEntry,
  noticeIndex,
  type Table,
  use,
} from './table.ts';

export function checkNames(
  declarations: Declarations,
  list: readonly Declaration[],
  fromPrelude: boolean,
  notice?: Table['notice'],
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const declaration of list) {
    const statements: readonly Statement[] = declaration.kind === 'train' ? [] : declaration.body;
    const table: Table = {
      declarations,
      fromPrelude,
      diagnostics,
      notice,
      entries: new Map(),
      later: definedBy(statements),
      mayUse: new Set(builtinNames),
      ofPasses: new Map(),
    };
    if (declaration.kind !== 'train') noticeDeclaration(table, declaration.name.span, declaration);
    checkDeclaration(table, declaration);
  }
  return diagnostics;
}

function definedBy(statements: readonly Statement[]): ReadonlyMap<string, Span> {
  // The first of each name.
  const found = statements.flatMap(definedIn).reverse();
  return new Map(found.map(({ name, span }) => [name, span]));
}

function checkDeclaration(table: Table, declaration: Declaration): void {
  switch (declaration.kind) {
    case 'model':
      checkModel(table, declaration);
      return;
    case 'fn':
      checkFunction(table, declaration);
      return;
    case 'layer':
      checkLayer(table, declaration);
      return;
    case 'optimizer':
      checkOptimizer(table, declaration);
      return;
    case 'train':
      checkTrain(table, declaration);
      return;
    default:
      declaration satisfies never;
  }
}

// ---------------------------------------------------------------- declarations

function checkModel(table: Table, { name, parameters, body }: Model): void {
  defineParameters(table, parameters, 'param');
  for (const statement of body) {
    if (statement.kind === 'input' || statement.kind === 'target') bindDimensions(table, statement.type);
  }
  checkBody(table, body);
  checkAssignments(table, name.name);
  reportUnused(table, ['input', 'value', 'parameter']);
}

function checkFunction(table: Table, fn: Fn): void {
  defineParameters(table, fn.parameters);
  checkTyped(table, fn.parameters, fn);
  if (fn.derivative.length > 0) {
    table.entries.set('y', { kind: 'result', at: fn.span, used: true, implied: true });
    for (const clause of fn.derivative) checkExpression(table, clause);
    if (fn.derivative.length !== fn.parameters.length) {
      table.diagnostics.push(
        derivativeCount(fn.name.span, fn.name.name, fn.parameters.length, fn.derivative.length),
      );
    }
  }
  reportUnused(table);
}

function checkLayer(table: Table, layer: Layer): void {
  defineParameters(table, layer.parameters, 'param');
  defineParameters(table, layer.inputs);
  checkTyped(table, layer.inputs, layer);
  reportUnused(table);
}

/** What stands behind the parameters: their dimensions are known there. */
function checkTyped(
  table: Table,
  parameters: readonly Parameter[],
  { where, result, body }: Pick<Fn, 'where' | 'result' | 'body'>,
): void {
  for (const { type } of parameters) if (type !== undefined) bindDimensions(table, type);
  checkWhere(table, where);
  if (result !== undefined) checkType(table, result);
  checkBody(table, body);
  useForDimensions(table, parameters);
}

function checkOptimizer(table: Table, { name, parameters, body }: Optimizer): void {
  defineParameters(table, parameters);
  for (const own of ['w', 'g'])
    table.entries.set(own, { kind: 'result', at: name.span, used: true, implied: true });
  checkBody(table, body);
  reportUnused(table);
}

function checkTrain(table: Table, train: Train): void {
  for (const { value } of train.arguments) checkExpression(table, value);
  const model = table.declarations.user.get(train.model.name);
  if (model !== undefined) noticeDeclaration(table, train.model.span, model);
  noticeArguments(table, { callee: { kind: 'name', ...train.model }, arguments: train.arguments });
  const own = model?.kind === 'model' ? model.parameters : [];
  const parameters = new Map(
    own.map(({ name }) => [name.name, { kind: 'parameter', at: name.span, used: true } as const]),
  );
  for (const setting of train.body) checkSetting(table, setting, parameters);
}

/** `parameters`: those of the model, which optimisers and schedules may use. */
function checkSetting(table: Table, setting: Setting, parameters: Table['entries']): void {
  switch (setting.kind) {
    case 'setting':
      if (isComputed(setting)) checkExpression(table, setting.value);
      return;
    case 'together':
      for (const inner of setting.body) checkSetting(table, inner, parameters);
      return;
    case 'minimize':
    case 'maximize':
      for (const stage of setting.stages) checkExpression({ ...table, entries: parameters }, stage);
      for (const own of setting.settings) checkSetting(table, own, parameters);
      return;
    case 'assign':
      // Its names are those of the model: they are looked at there.
      for (const own of setting.settings) checkSetting(table, own, parameters);
      return;
    default:
      setting satisfies never;
  }
}

/** What the recipes of a model write, with its names, and which of its parameters they use. */
function checkAssignments(table: Table, model: string): void {
  const useParameters = (expression: Expression): void => {
    const entry = expression.kind === 'name' ? table.entries.get(expression.name) : undefined;
    if (entry?.kind === 'parameter') entry.used = true;
    partsOf(expression).forEach(useParameters);
  };
  const visit = (setting: Setting): void => {
    if (setting.kind === 'together') for (const inner of setting.body) visit(inner);
    if (setting.kind === 'assign') {
      mention(table, setting.target);
      checkEquation(table, setting.indices, setting.value);
    }
    if (setting.kind === 'minimize' || setting.kind === 'maximize') {
      mentionName(table, setting.loss);
      for (const part of setting.over) mention(table, part);
      setting.stages.forEach(useParameters);
    }
    if (setting.kind === 'setting' && ['until', 'keep'].includes(setting.name.name))
      mentionReported(table, setting.value);
    if (setting.kind === 'setting' && setting.name.name === 'until') useParameters(setting.value);
  };
  for (const train of table.declarations.trains)
    if (train.model.name === model) for (const setting of train.body) visit(setting);
}

/** What an epoch reports, by the names of the model: `loss`, and of held-out samples `eval.loss`. */
function mentionReported(table: Table, expression: Expression): void {
  if (expression.kind === 'name') mentionName(table, expression);
  else if (expression.kind === 'member') mentionName(table, expression.name);
  else for (const part of partsOf(expression)) mentionReported(table, part);
}

/** A parameter that tells the length of a dimension is used where that is. */
function useForDimensions(table: Table, parameters: readonly Parameter[]): void {
  for (const { kind, at, used } of [...table.entries.values()]) {
    if (kind !== 'dimension' || !used) continue;
    const { start, end } = at;
    const of = parameters.find(
      ({ type }) => type !== undefined && type.span.start <= start && end <= type.span.end,
    );
    const parameter = of === undefined ? undefined : table.entries.get(of.name.name);
    if (parameter !== undefined) parameter.used = true;
  }
}

function reportUnused(table: Table, kinds: readonly Kind[] = ['value', 'parameter']): void {
  for (const [name, { kind, at, used, ofSeveral }] of [...table.entries, ...table.ofPasses]) {
    if (!used && kinds.includes(kind)) table.diagnostics.push(unusedName(at, name, `the ${kind}`, ofSeveral));
  }
}

function checkWhere(table: Table, definitions: readonly Definition[]): void {
  for (const { name, value } of definitions) {
    checkExpression(table, value);
    define(table, name.name, name.span, 'dimension');
  }
}

/** Names in the types of what comes in stand for whatever dimensions it has. */
function bindDimensions(table: Table, type: TypeExpression): void {
  checkTypeName(table, type);
  for (const dimension of type.dimensions ?? []) {
    if (dimension.kind === 'ellipsis') continue;
    const visit = (part: Expression): void => {
      if (part.kind !== 'name') {
        for (const inner of part.kind === 'call' ? part.arguments.map(({ value }) => value) : partsOf(part))
          visit(inner);
        return;
      }
      const known = table.entries.get(part.name);
      if (known === undefined)
        table.entries.set(part.name, { kind: 'dimension', at: part.span, used: false });
      else if (known.kind !== 'dimension') known.used = true;
      noticeEntry(table, part.span, table.entries.get(part.name)!);
    };
    visit(dimension);
  }
}

function checkTypeName(table: Table, { name, dimensions = [] }: TypeExpression): void {
  const [, second] = dimensions.filter(({ kind }) => kind === 'ellipsis');
  if (second !== undefined) table.diagnostics.push(twoEllipses(second.span));
  if (!typeNames.includes(name.name)) table.diagnostics.push(unknownType(name.span, name.name, typeNames));
}

function checkType(table: Table, type: TypeExpression): void {
  checkTypeName(table, type);
  for (const dimension of type.dimensions ?? [])
    if (dimension.kind !== 'ellipsis') checkExpression(table, dimension);
}

function defineParameters(table: Table, parameters: readonly Parameter[], gives?: Kind): void {
  for (const { name, default: value } of parameters) {
    if (value !== undefined) checkExpression(table, value);
    define(table, name.name, name.span, 'parameter', gives && { gives });
  }
}

// ---------------------------------------------------------------- statements

function checkBody(table: Table, body: readonly Statement[]): void {
  const returned = body.findIndex(({ kind }) => kind === 'return');
  const after = returned < 0 ? undefined : body[returned + 1];
  if (after !== undefined) table.diagnostics.push(afterReturn(after.span, body[returned]!.span));
  for (const statement of body) checkStatement(table, statement);
  // It is in force in the whole body, and may stand above what it names.
  for (const statement of body)
    if (statement.kind === 'freeze') for (const part of statement.parts) mention(table, part);
}

function checkStatement(table: Table, statement: Statement): void {
  switch (statement.kind) {
    case 'input':
    case 'target':
      if (statement.default !== undefined) checkExpression(table, statement.default);
      define(table, statement.name.name, statement.name.span, 'input');
      return;
    case 'param':
    case 'frozen':
    case 'state':
      if (statement.type !== undefined) checkType(table, statement.type);
      for (const part of [statement.init, statement.kind === 'state' ? undefined : statement.condition]) {
        if (part !== undefined) checkExpression(table, part);
      }
      define(table, statement.name.name, statement.name.span, 'param');
      return;
    case 'let':
      checkOwn(table, statement);
      if (statement.value.kind === 'error') defineBroken(table, statement.name);
      else
        define(
          table,
          statement.name.name,
          statement.name.span,
          statement.role === 'let' ? 'value' : 'result',
          ofInstance(layerMadeBy(table, statement.value)),
        );
      return;
    case 'unpack':
      checkExpression(table, statement.value);
      for (const { name, span } of definedIn(statement))
        define(table, name, span, 'value', { ofSeveral: true });
      return;
    case 'update':
      use(table, statement.name.name, statement.name.span, noIndices);
      checkEquation(table, statement.indices, statement.value);
      return;
    case 'assert':
      checkExpression(table, statement.condition);
      for (const piece of statement.pieces ?? [])
        if (typeof piece !== 'string') checkExpression(table, piece);
      return;
    case 'freeze':
      // Instances that are made inline have paths, too: whether there is something is known after expansion.
      return;
    case 'repeat':
      checkExpression(table, statement.count);
      checkPass(table, statement.body);
      return;
    case 'scan':
      checkScan(table, statement);
      return;
    case 'return':
      checkOwn(table, statement);
      if (statement.name !== undefined) noticeResult(table, statement.name);
      return;
    default:
      statement satisfies never;
  }
}

/** What a line that could not be read may mean: the parser has said what is wrong with it. */
function defineBroken(table: Table, { name, span }: Identifier): void {
  const known = table.entries.get(name);
  if (known !== undefined) known.used = true;
  else table.entries.set(name, { kind: 'value', at: span, used: true });
  noticeEntry(table, span, table.entries.get(name)!);
}

const ofInstance = (layer: Layer | undefined) =>
  layer === undefined ? {} : ({ gives: 'value', layer } as const);

/** `return y = …` gives a name that nothing after it can use. */
function noticeResult(table: Table, { name, span }: Identifier): void {
  const entry = table.entries.get(name);
  if (entry !== undefined) noticeEntry(table, span, entry);
  else table.notice?.({ at: span, kind: 'result', definition: span });
}

/** The body of a `repeat`: what it defines anew goes on outside, what it defines first is known inside only. */
function checkPass(table: Table, body: readonly Statement[]): void {
  const outside = new Map(table.entries);
  const inside: Table = { ...table, later: definedBy(body), rebinds: outside };
  for (const statement of body) checkStatement(inside, statement);
  for (const [name, entry] of table.entries) {
    const outer = outside.get(name);
    if (outer !== undefined) {
      outer.used ||= entry.used;
      table.entries.set(name, outer);
      continue;
    }
    const before = table.ofPasses.get(name);
    table.entries.delete(name);
    table.ofPasses.set(name, { ...entry, used: entry.used && (before?.used ?? true) });
  }
}

/** All that a `scan` defines is known in all of it; other statements than equations are refused elsewhere. */
function checkScan(table: Table, { index, extent, body }: Scan): void {
  checkExpression(table, extent);
  const equations = body.filter(({ kind }) => kind === 'let' || kind === 'unpack');
  for (const equation of equations) {
    const ofSeveral = equation.kind === 'unpack';
    for (const { name, span } of definedIn(equation))
      define(table, name, span, 'value', ofSeveral ? { ofSeveral } : {});
  }
  const around: Indices = new Map([[index.name, index.span]]);
  noticeIndex(table, index.span, index.span);
  for (const equation of equations) {
    if (equation.kind === 'unpack') {
      checkExpression(table, equation.value, around);
      for (const { indices = [] } of equation.lefts) checkBinders(table, indices, around);
    }
    if (equation.kind === 'let')
      checkExpression(table, equation.value, checkBinders(table, equation.indices ?? [], around));
  }
}

/** An equation may read itself, at other positions; a value without indices may not. */
function checkOwn(table: Table, { name, indices, value }: Pick<Return, 'name' | 'indices' | 'value'>): void {
  const isNew = name !== undefined && !table.entries.has(name.name);
  const ofItself = isNew
    ? { ofItself: { name: name.name, indexed: indices !== undefined, at: name.span } }
    : {};
  checkEquation({ ...table, ...ofItself }, indices, value);
}

function checkEquation(table: Table, binders: readonly LeftIndex[] | undefined, value: Expression): void {
  checkExpression(table, value, checkBinders(table, binders ?? [], noIndices));
}
