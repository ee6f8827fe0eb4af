/** A syntax tree comes in, one line of nested parentheses a declaration or statement goes out, without spans. */
import type {
  Argument,
  Declaration,
  Expression,
  File,
  LeftIndex,
  Parameter,
  Position,
  Setting,
  Statement,
  TypeExpression,
} from '../../grammar/ast.ts';

export const showFile = (file: File): string =>
  [...file.uses.map((use) => `use ${use.path}`), ...file.declarations.map(showDeclaration)].join('\n');

function showDeclaration(declaration: Declaration): string {
  const doc = declaration.doc === '' ? '' : ` doc=${JSON.stringify(declaration.doc)}`;
  const indent = (lines: readonly string[]): string => lines.map((text) => `\n  ${text}`).join('');
  if (declaration.kind === 'train') {
    const list = declaration.arguments.map(showArgument).join(', ');
    return `train ${declaration.model.name}(${list})${doc}${indent(declaration.body.map(showSetting))}`;
  }
  const parameters = `(${declaration.parameters.map(showParameter).join(', ')})`;
  const inputs = declaration.kind === 'layer' ? `(${declaration.inputs.map(showParameter).join(', ')})` : '';
  const more =
    declaration.kind === 'fn' || declaration.kind === 'layer'
      ? (declaration.result === undefined ? '' : ` -> ${showType(declaration.result)}`) +
        declaration.where.map(({ name, value }) => ` where ${name.name} = ${show(value)}`).join('')
      : '';
  const derivative =
    declaration.kind === 'fn' ? declaration.derivative.map((d) => `derivative ${show(d)}`) : [];
  const body = [...declaration.body.map(showStatement), ...derivative];
  return `${declaration.kind} ${declaration.name.name}${parameters}${inputs}${more}${doc}${indent(body)}`;
}

const showParameter = (parameter: Parameter): string =>
  parameter.name.name +
  (parameter.type === undefined ? '' : `: ${showType(parameter.type)}`) +
  (parameter.default === undefined ? '' : ` = ${show(parameter.default)}`);

export function showStatement(statement: Statement): string {
  const doc = 'doc' in statement && statement.doc !== '' ? ` doc=${JSON.stringify(statement.doc)}` : '';
  const left =
    'indices' in statement && statement.indices !== undefined ? showBinders(statement.indices) : '';
  switch (statement.kind) {
    case 'input':
    case 'target':
      return `${statement.kind} ${statement.name.name}: ${showType(statement.type)}${doc}`;
    case 'param':
    case 'frozen': {
      const init = statement.init === undefined ? '' : ` init ${show(statement.init)}`;
      const condition = statement.condition === undefined ? '' : ` if ${show(statement.condition)}`;
      return `${statement.kind} ${statement.name.name}: ${showType(statement.type)}${init}${condition}${doc}`;
    }
    case 'state': {
      const type = statement.type === undefined ? '' : `: ${showType(statement.type)}`;
      return `state ${statement.name.name}${type} = ${show(statement.init)}${doc}`;
    }
    case 'let':
      return `${statement.role} ${statement.name.name}${left} = ${show(statement.value)}${doc}`;
    case 'update':
      return `update ${statement.name.name}${left} <- ${show(statement.value)}`;
    case 'assert': {
      const pieces = statement.pieces?.map((piece) =>
        typeof piece === 'string' ? JSON.stringify(piece) : show(piece),
      );
      return `assert ${show(statement.condition)}${pieces === undefined ? '' : ` : ${pieces.join(' ')}`}`;
    }
    case 'unpack':
      return `unpack (${statement.lefts.map(({ name, indices }) => `${name.name}${indices === undefined ? '' : showBinders(indices)}`).join(', ')}) = ${show(statement.value)}`;
    case 'scan':
      return `scan ${statement.index.name}: ${show(statement.extent)} [${statement.body.map(showStatement).join('; ')}]`;
    case 'freeze':
      return `freeze ${statement.parts.map(show).join(', ')}`;
    case 'repeat':
      return `repeat ${show(statement.count)} [${statement.body.map(showStatement).join('; ')}]`;
    case 'return':
      return `return ${statement.name === undefined ? '' : `${statement.name.name}${left} = `}${show(statement.value)}`;
  }
}

function showSetting(setting: Setting): string {
  if (setting.kind === 'setting')
    return [setting.name.name, setting.manner?.name ?? [], show(setting.value)].flat().join(' ');
  if (setting.kind === 'together') return `together [${setting.body.map(showSetting).join('; ')}]`;
  const own = setting.settings.map((one) => `, ${showSetting(one)}`).join('');
  if (setting.kind === 'assign') {
    const left = setting.indices === undefined ? '' : showBinders(setting.indices);
    return `${show(setting.target)}${left} <- ${show(setting.value)}${own}`;
  }
  const over = setting.over.length === 0 ? '' : ` over ${setting.over.map(show).join(', ')}`;
  return `${setting.kind} ${setting.loss.name}${over} with ${setting.stages.map(show).join(', ')}${own}`;
}

const showBinders = (binders: readonly LeftIndex[]): string => `[${binders.map(showBinder).join(', ')}]`;

const showBinder = (binder: LeftIndex): string => {
  if (binder.kind === 'ellipsis') return '...';
  if (binder.kind === 'slice') return ':';
  return binder.extent === undefined ? binder.name.name : `${binder.name.name}: ${show(binder.extent)}`;
};

const showType = ({ name, dimensions }: TypeExpression): string =>
  dimensions === undefined ? name.name : `${name.name}[${dimensions.map(showIndex).join(', ')}]`;

function showIndex(index: Position): string {
  if (index.kind === 'ellipsis') return '...';
  return index.kind === 'slice' ? ':' : show(index);
}

const showArgument = ({ name, value }: Argument): string =>
  name === undefined ? show(value) : `${name.name}=${show(value)}`;

/** Every operation in parentheses, the operator first. */
export function show(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return `${expression.value}${expression.integer ? '' : 'f'}`;
    case 'boolean':
      return String(expression.value);
    case 'string':
      return JSON.stringify(expression.value);
    case 'name':
      return expression.name;
    case 'member':
      return `${show(expression.object)}.${expression.name.name}`;
    case 'call': {
      const over = expression.over === undefined ? [] : [`over ${expression.over.map(show).join(' ')}`];
      return `(${show(expression.callee)} ${[...expression.arguments.map(showArgument), ...over].join(', ')})`;
    }
    case 'access':
      return `${show(expression.object)}[${expression.indices.map(showIndex).join(', ')}]`;
    case 'reduction': {
      const where = expression.where === undefined ? '' : ` where ${show(expression.where)}`;
      return `(${expression.by.name}${showBinders(expression.indices)}${where} ${show(expression.body)})`;
    }
    case 'unary':
      return `(${expression.operator} ${show(expression.operand)})`;
    case 'binary':
      return `(${expression.operator} ${show(expression.left)} ${show(expression.right)})`;
    case 'conditional':
      return `(if ${show(expression.condition)} ${show(expression.then)} ${show(expression.otherwise)})`;
    case 'tuple':
      return `(${expression.parts.map(show).join(', ')})`;
    case 'orElse':
      return `(else ${show(expression.value)} ${show(expression.otherwise)})`;
    case 'error':
      return '<error>';
  }
}
