/**
 * A function or an optimiser of the prelude in, its equations as a lecture typesets them, out: for what has no adjoint, and whose
 * letters would be numbers in an example.
 */
import type { Formula, TensorFormula } from '../../compiler/explain/explanation.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';
import { functionNames, functions } from '../../compiler/scalar/functions.ts';
import type { CallExpression, Expression, Fn, Optimizer, Statement } from '../../grammar/ast.ts';
import type { BinaryOperator } from '../../grammar/operators.ts';
import { type Box, digits, infix, name } from '../../src/views/boxes.ts';
import { texOf } from '../../src/views/tex.ts';
import { formulaBox, type Notation } from '../../src/views/typeset.ts';

/** One row each of what is said of a letter, y of the result; nothing where it is more than arithmetic. */
export function typesetBody({ parameters, body }: Fn | Optimizer): readonly string[] {
  const whole = parameters.filter(
    ({ type, default: value }) =>
      type?.name.name === 'int' || (value?.kind === 'name' && value.name === 'step'),
  );
  const integers = new Set(['step', ...whole.map(({ name: { name: text } }) => text)]);
  const rows = body.flatMap((statement) => rowOf(statement, integers));
  return rows.includes(undefined) ? [] : rows.flatMap((row) => row ?? []);
}

type Integers = ReadonlySet<string>;

function rowOf(statement: Statement, integers: Integers): readonly (string | undefined)[] {
  const row = (left: string, sign: string, value: Expression): string | undefined => {
    const right = formulaOf(value, integers);
    return right && `$\\displaystyle ${tex(tensor(left))} ${sign} ${tex(right)}$`;
  };
  switch (statement.kind) {
    case 'update':
      return [row(statement.name.name, '\\leftarrow', statement.value)];
    case 'let':
      // Several draws have one letter.
      return [statement.value.kind === 'access' ? undefined : row(statement.name.name, '=', statement.value)];
    case 'return':
      return [row('y', '=', statement.value)];
    case 'state':
    case 'assert':
      return [];
    default:
      return [undefined];
  }
}

const tex = (formula: Formula): string => texOf(formulaBox(formula, letters)).replaceAll('|', '\\vert ');

/** `beta1` has its number below, and `eps` is the letter. */
const letters: Notation = {
  tensor: ({ name: text }): Box => {
    if (text === 'eps') return name('epsilon');
    if (text === 'pi') return infix('\\pi', 'π');
    const [, letter, number] = /^([a-z]+)_?(\d+)$/.exec(text) ?? [];
    return letter === undefined || number === undefined
      ? name(text)
      : { kind: 'scripts', base: name(letter), below: digits(number) };
  },
};

const tensor = (of: string): TensorFormula => ({ kind: 'tensor', name: of, indices: [] });
const number = (value: number): Formula => ({ kind: 'number', value, dtype: 'f32' });
const isNumber = (formula: Formula, value: number): boolean =>
  formula.kind === 'number' && formula.value === value;
const apply = (fn: FunctionName, operands: readonly Formula[]): Formula => ({
  kind: 'call',
  fn,
  dtype: 'f32',
  operands,
});

/** Without a factor 1, which only makes a whole number one of f32; squares as such; and 1 - (1 - x) is x. */
function call(fn: FunctionName, ...operands: readonly Formula[]): Formula {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return apply(fn, operands);
  if (fn === 'multiply' && isNumber(a, 1)) return b;
  if (fn === 'multiply' && b.kind === 'tensor') {
    if (a.kind === 'tensor' && a.name === b.name) return apply('power', [a, number(2)]);
    const [first, last] = a.kind === 'call' && a.fn === 'multiply' ? a.operands : [];
    if (first !== undefined && last?.kind === 'tensor' && last.name === b.name)
      return apply('multiply', [first, apply('power', [b, number(2)])]);
  }
  const isComplement = b.kind === 'call' && b.fn === 'subtract' && isNumber(b.operands[0]!, 1);
  return fn === 'subtract' && isNumber(a, 1) && isComplement ? b.operands[1]! : apply(fn, operands);
}

function choice(...parts: readonly Formula[]): Formula {
  const [condition, then, otherwise] = parts as readonly [Formula, Formula, Formula];
  return { kind: 'choice', condition, then, otherwise };
}

const operators: Readonly<Record<BinaryOperator, FunctionName | undefined>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '**': 'power',
  '%': undefined,
  '<': 'less',
  '<=': 'less_equal',
  '>': 'greater',
  '>=': 'greater_equal',
  '==': 'equal',
  '!=': 'not_equal',
  and: 'and',
  or: 'or',
  '|>': undefined,
};

const byName: ReadonlyMap<string, FunctionName> = new Map(
  functionNames.flatMap((fn) => [fn, ...functions[fn].aliases].map((text) => [text, fn] as const)),
);

/** Draws by the letters of the doc comments: u evenly from 0 to 1, z of the standard normal distribution. */
const draws: ReadonlyMap<string, string> = new Map([
  ['uniform', 'u'],
  ['normal', 'z'],
]);

/** What the other files of the prelude say in one word, as a lecture writes it out. */
const known: ReadonlyMap<string, (...of: readonly Formula[]) => Formula> = new Map([
  ['bias_correction', (beta) => call('subtract', number(1), call('power', beta!, tensor('step')))],
  ['clamp', (x, low, high) => call('minimum', call('maximum', x!, low!), high!)],
]);

function formulaOf(e: Expression, integers: Integers): Formula | undefined {
  switch (e.kind) {
    case 'number':
      return number(e.value);
    case 'name':
      return tensor(e.name === 'global_norm' ? 'norm' : e.name);
    case 'unary':
      return e.operator === '-' ? every([e.operand], integers, (x) => call('negate', x!)) : undefined;
    case 'binary': {
      const fn = operators[e.operator];
      const isWhole = e.operator === '/' && isInteger(e, integers);
      return (
        fn &&
        every([e.left, e.right], integers, (a, b) => {
          const value = call(fn, a!, b!);
          return isWhole ? apply('floor', [value]) : value;
        })
      );
    }
    case 'conditional':
      return every([e.condition, e.then, e.otherwise], integers, choice);
    case 'access': {
      const letter = e.object.kind === 'name' ? draws.get(e.object.name) : undefined;
      return letter === undefined ? undefined : tensor(letter);
    }
    case 'call':
      return callOf(e, integers);
    default:
      return undefined;
  }
}

function callOf({ callee, arguments: given, over }: CallExpression, integers: Integers): Formula | undefined {
  if (callee.kind !== 'name' || over !== undefined) return undefined;
  const fn = byName.get(callee.name);
  const make = known.get(callee.name) ?? (fn && ((...of: readonly Formula[]) => call(fn, ...of)));
  return (
    make &&
    every(
      given.map(({ value }) => value),
      integers,
      make,
    )
  );
}

/** Is it a quotient, or whatever else, of whole numbers? */
function isInteger(e: Expression, integers: Integers): boolean {
  switch (e.kind) {
    case 'number':
      return e.integer;
    case 'name':
      return integers.has(e.name);
    case 'binary':
      return isInteger(e.left, integers) && isInteger(e.right, integers);
    default:
      return false;
  }
}

function every(
  parts: readonly Expression[],
  integers: Integers,
  make: (...of: readonly Formula[]) => Formula,
): Formula | undefined {
  const formulas = parts.map((part) => formulaOf(part, integers));
  return formulas.some((one) => one === undefined)
    ? undefined
    : make(...formulas.flatMap((one) => one ?? []));
}
