/** The abstract syntax of statements, settings and headers comes in, canonical text goes out. */
import type {
  Declaration,
  Definition,
  Expression,
  Identifier,
  LeftIndex,
  Let,
  Minimize,
  Setting,
  StateDeclaration,
  Statement,
  TensorDeclaration,
  ValueSetting,
} from './ast.ts';
import { concat, type Document, group, join, line, nest } from './document.ts';
import { callArguments, defined, leftIndices, parameterList, quote, typeText, unparse } from './unparse.ts';

/** A statement; of one with a body, what stands before its `{`. */
export function statementText(statement: Statement): Document {
  switch (statement.kind) {
    case 'input':
    case 'target':
    case 'state':
      return concat(`${statement.kind} `, itemText(statement));
    case 'param':
    case 'frozen':
      return concat(
        `${statement.kind} ${statement.name.name}: `,
        typeText(statement.type),
        statement.init === undefined ? '' : concat(' init ', unparse(statement.init)),
        statement.condition === undefined ? '' : concat(' if ', unparse(statement.condition)),
      );
    case 'freeze':
      return concat('freeze ', partsText(statement.parts));
    case 'let':
      return concat(role(statement), equation(statement, '='));
    case 'unpack':
      return concat('(', join(statement.lefts.map(leftText), ', '), ')', defined('=', statement.value));
    case 'update':
      return equation(statement, '<-');
    case 'assert': {
      const message =
        statement.message === undefined ? '' : nest(concat(line, ': ', quote(statement.message.value)));
      return group('assert ', unparse(statement.condition), message);
    }
    case 'scan':
      return group(`scan ${statement.index.name}: `, unparse(statement.extent));
    case 'repeat':
      return group('repeat ', unparse(statement.count));
    case 'return': {
      const { name, indices, value } = statement;
      return concat('return ', name === undefined ? unparse(value) : equation({ name, indices, value }, '='));
    }
  }
}

interface Equation {
  readonly name: Identifier;
  readonly indices?: readonly LeftIndex[] | undefined;
  readonly value: Expression;
}

const leftText = ({ name, indices }: Pick<Equation, 'name' | 'indices'>): Document =>
  concat(name.name, leftIndices(indices));

const equation = ({ value, ...left }: Equation, sign: '=' | '<-'): Document =>
  concat(leftText(left), defined(sign, value));

/** `loss = e` is the loss without a second word. */
const role = ({ role: word, name }: Let): string =>
  word === 'let' || (word === 'loss' && name.name === 'loss') ? '' : `${word} `;

/** One of several declarations behind one keyword. */
export function itemText(item: StateDeclaration | TensorDeclaration): Document {
  const type = item.type === undefined ? '' : concat(': ', typeText(item.type));
  if (item.kind !== 'state')
    return concat(item.name.name, type, item.default === undefined ? '' : defined('=', item.default));
  const sign = item.type === undefined ? ' = ' : ' init ';
  return concat(item.name.name, type, sign, unparse(item.init));
}

/** A part of a recipe; of `together`, what stands before its `{`. */
export function settingText(setting: Setting): Document {
  switch (setting.kind) {
    case 'minimize':
    case 'maximize':
      return minimizeText(setting);
    case 'assign': {
      const { target, indices, value, settings } = setting;
      return concat(unparse(target), leftIndices(indices), defined('<-', value), ownText(settings));
    }
    case 'together':
      return 'together';
    case 'setting':
      return concat(
        setting.name.name,
        setting.manner === undefined ? ' ' : ` ${setting.manner.name} `,
        unparse(setting.value),
      );
  }
  return setting satisfies never;
}

/** The settings of one clause, behind it. */
const ownText = (settings: readonly ValueSetting[]): Document =>
  concat(...settings.map((setting) => concat(', ', settingText(setting))));

function minimizeText({ kind, loss, over, stages, settings }: Minimize): Document {
  const stage = stages.reduce((left, right) => ({
    kind: 'binary',
    operator: '|>',
    left,
    right,
    span: right.span,
  }));
  const below = over.length === 0 ? '' : concat(' over ', partsText(over));
  return concat(`${kind} ${loss.name}`, below, ' with ', unparse(stage), ownText(settings));
}

const partsText = (parts: readonly Expression[]): Document =>
  join(
    parts.map((part) => unparse(part)),
    ', ',
  );

/** All of a declaration that stands before its `{` or `=`. */
export function headerText(declaration: Declaration): Document {
  const title = `${declaration.kind} `;
  switch (declaration.kind) {
    case 'model':
    case 'optimizer':
      return concat(title, declaration.name.name, optionalList(declaration.parameters));
    case 'train':
      return concat(
        title,
        declaration.model.name,
        declaration.arguments.length === 0 ? '' : callArguments(declaration),
        declaration.name === undefined ? '' : ` as ${declaration.name.name}`,
      );
    case 'fn':
      return group(
        title,
        declaration.name.name,
        parameterList(declaration.parameters),
        signature(declaration),
      );
    case 'layer':
      return group(
        title,
        declaration.name.name,
        declaration.parameters.length === 0
          ? parameterList(declaration.inputs)
          : concat(
              parameterList(declaration.parameters),
              nest(concat(line, parameterList(declaration.inputs))),
            ),
        signature(declaration),
      );
  }
}

const optionalList = (parameters: Parameters<typeof parameterList>[0]): Document =>
  parameters.length === 0 ? '' : parameterList(parameters);

function signature(declaration: Extract<Declaration, { kind: 'fn' | 'layer' }>): Document {
  const result = declaration.result === undefined ? '' : concat(' -> ', typeText(declaration.result));
  if (declaration.where.length === 0) return result;
  const definitions = join(declaration.where.map(definitionText), concat(',', line));
  return concat(result, nest(concat(line, 'where ', nest(definitions, 'where '.length))));
}

const definitionText = ({ name, value: expression }: Definition): Document =>
  concat(name.name, ' = ', unparse(expression));

export const derivativeText = (derivative: readonly Expression[]): Document =>
  concat(
    'derivative ',
    join(
      derivative.map((part) => unparse(part)),
      ', ',
    ),
  );
