/** The statements of a body in, run in order; what it returns out. */
import type { Let, Return, Statement, Unpack } from '../../../grammar/ast.ts';
import { type Checker, observe, outlineLine, report } from '../checker.ts';
import { unpackDiffers, unpackWithIndices } from '../problems/blocks.ts';
import { statementNotHere } from '../problems/names.ts';
import { nameIn, type ScopeKind } from '../scope.ts';
import { definedIn, leftOut } from '../syntax.ts';
import { severalIn, typeText, unknown, type Value } from '../values.ts';
import { evaluateAssert } from './assert.ts';
import { equation, named } from './equations.ts';
import { declareInput } from './inputs.ts';
import { addOutput } from './outputs.ts';
import { declareParameter } from './parameters.ts';
import { runRepeat } from './repeat.ts';
import { runScan } from './scan.ts';
import { runUpdate } from './updates.ts';

/** What a statement is to the body that holds it: `let y[i] = …` is an equation, `loss l = …` a loss. */
export type Role = Exclude<Statement['kind'], 'let'> | Let['role'] | 'equation';

const computing = ['let', 'unpack', 'equation', 'assert', 'repeat', 'scan'] as const;
const keeping = ['param', 'frozen', 'state', 'freeze', 'update'] as const;

/** What each kind of body may hold. The others hold no statements. */
export const allowed: Readonly<Record<ScopeKind | 'repeat', ReadonlySet<Role>>> = {
  model: new Set([...computing, ...keeping, 'input', 'target', 'loss', 'metric', 'output']),
  layer: new Set([...computing, ...keeping, 'return']),
  fn: new Set([...computing, 'return']),
  repeat: new Set(computing),
  // It computes element by element, so it has no indices.
  optimizer: new Set(['state', 'let', 'update', 'assert']),
  recipe: new Set(),
  initial: new Set(),
};

function roleOf(statement: Statement): Role {
  if (statement.kind !== 'let') return statement.kind;
  return statement.role === 'let' && statement.indices !== undefined ? 'equation' : statement.role;
}

export function runBody(checker: Checker, body: readonly Statement[]): Value | undefined {
  const { scope } = checker;
  for (const statement of body) {
    if (checker.state.stopped) return unknown;
    const role = roleOf(statement);
    if (!allowed[scope.repeated ? 'repeat' : scope.kind].has(role)) refuse(checker, statement, role);
    else if (statement.kind === 'return') return runReturn(checker, statement);
    else runStatement(checker, statement);
  }
  return undefined;
}

/** What it would define is unknown, so that nobody complains about it again. */
function refuse(checker: Checker, statement: Statement, role: Role): void {
  const { scope } = checker;
  const place = scope.repeated ? 'repeat' : scope.kind;
  if (statement.kind === 'update') {
    const { name, span } = statement.name;
    if (scope.names.get(name)?.kind !== 'unknown') report(checker, statementNotHere(span, role, place, name));
    return;
  }
  report(checker, statementNotHere(statement.span, role, place));
  for (const { name } of definedIn(statement)) scope.names.set(name, unknown);
}

function runStatement(checker: Checker, statement: Exclude<Statement, Return>): void {
  switch (statement.kind) {
    case 'input':
    case 'target':
      declareInput(checker, statement);
      return;
    case 'param':
    case 'frozen':
    case 'state':
      declareParameter(checker, statement);
      return;
    case 'freeze':
      // In force in the whole body: see `freezing`.
      return;
    case 'let':
      runLet(checker, statement);
      return;
    case 'unpack':
      runUnpack(checker, statement);
      return;
    case 'update':
      runUpdate(checker, statement);
      return;
    case 'assert':
      evaluateAssert(checker, statement);
      return;
    case 'scan':
      runScan(checker, statement);
      return;
    case 'repeat':
      runRepeat(checker, statement);
      return;
    default:
      statement satisfies never;
  }
}

function runLet(checker: Checker, statement: Let): void {
  const { scope } = checker;
  const { role, indices, value: expression, span } = statement;
  const { name } = statement.name;
  const naming = { name: nameIn(scope, name), claimed: true };
  const value =
    indices === undefined
      ? named(checker, checker.evaluate(expression), name, naming, span)
      : equation(checker, { name, naming, indices, expression, at: span });
  scope.names.set(name, value);
  observe(checker, statement.name.span, value);
  if (value.kind === 'instance') scope.instances.set(name, value);
  const shown = role === 'let' || (role === 'loss' && name === 'loss') ? name : `${role} ${name}`;
  outlineValue(checker, shown, value, statement);
  if (role !== 'let') addOutput(checker, role, name, value, statement);
}

/** `(h, c) = e`: each of the results is what `h = …` would be. */
function runUnpack(checker: Checker, statement: Unpack): void {
  const { scope } = checker;
  const { lefts, value: expression, span } = statement;
  const value = checker.evaluate(expression);
  const values = severalIn(value);
  const indexed = lefts.find(({ indices }) => indices !== undefined);
  const fits = values.length === lefts.length && indexed === undefined;
  if (indexed !== undefined) report(checker, unpackWithIndices(indexed.name.span, indexed.name.name));
  else if (!fits && value.kind !== 'unknown')
    report(checker, unpackDiffers(expression.span, lefts.length, value));
  for (const [k, left] of lefts.entries()) {
    const { name } = left.name;
    if (name === leftOut) continue;
    const one = fits ? values[k]! : unknown;
    const kept = named(checker, one, name, { name: nameIn(scope, name), claimed: true }, span);
    scope.names.set(name, kept);
    observe(checker, left.name.span, kept);
    outlineValue(checker, name, kept, statement);
  }
}

function runReturn(checker: Checker, statement: Return): Value {
  const { scope } = checker;
  const { indices, value: expression, span } = statement;
  const name = statement.name?.name;
  const isNew = name !== undefined && !scope.names.has(name);
  const naming = { name: nameIn(scope, name ?? 'y'), claimed: false };
  const value =
    indices === undefined
      ? checker.evaluate(expression)
      : equation(checker, {
          name: isNew ? name : undefined,
          naming,
          indices,
          expression,
          at: span,
          declared: scope.result,
        });
  const kept =
    name === undefined || indices !== undefined ? value : named(checker, value, name, naming, span);
  if (statement.name !== undefined) observe(checker, statement.name.span, kept);
  outlineValue(checker, name === undefined ? 'return' : `return ${name}`, kept, statement);
  return kept;
}

function outlineValue(checker: Checker, text: string, value: Value, { span }: Statement): void {
  if (value.kind === 'tensor') outlineLine(checker, `${text}: ${typeText(value.dtype, value.dims)}`, span);
}
