/**
 * The text of a formula in, the formula out; a text that says nothing is a fault of nnc.
 *
 * Operators are those of the language, and of bits `& | ^ << >>`; `/` of integers is `quotient`, and what is shifted by
 * is a u32. A number has the type of what it stands beside. Anything else is called by its name: `select(x < 0, -y, y)`.
 */
import { computes, isBinaryOperator, levelOf, loosest } from '../../grammar/operators.ts';
import { InternalError } from '../internal-error.ts';
import type { DType } from './expr.ts';
import type { Formula, FormulaTerm, Named } from './formula.ts';
import { isPrimitiveName, type PrimitiveName, primitives } from './primitives.ts';

/** `used` are the formulas that the text calls by their names. It is parsed when it is asked for: few programs use many. */
export function formula(text: string, used: readonly Formula[] = []): Formula {
  let made: Formula | undefined;
  const whole = (): Formula => {
    made ??= parsed(text, used);
    return made;
  };
  return {
    get name() {
      return whole().name;
    },
    get parameters() {
      return whole().parameters;
    },
    get lets() {
      return whole().lets;
    },
    get result() {
      return whole().result;
    },
  };
}

function parsed(text: string, used: readonly Formula[]): Formula {
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  const found = /^(\w+)\((.*)\) -> (\w+)$/.exec(head!);
  if (found === null) throw fault(head!, 'no name, parameters and type');
  const [, name, parameterText, type] = found;
  const listed = parameterText === '' ? [] : parameterText!.split(', ');
  const parameters = listed.map((parameter): Named => {
    const [called, dtype] = parameter.split(': ');
    return { name: called!, dtype: dtypeOf(dtype!, head!) };
  });
  const names = new Map<string, Named>(parameters.map((parameter) => [parameter.name, parameter]));
  const lets = lines.slice(0, -1).map((line) => {
    const [, called, of] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (called === undefined || names.has(called)) throw fault(line, 'no new name for a value');
    const value = parse(of!, names, used, undefined);
    names.set(called, { name: called, dtype: value.dtype });
    return { name: called, value };
  });
  const result = parse(lines.at(-1)!, names, used, dtypeOf(type!, head!));
  return { name: name!, parameters, lets, result };
}

const fault = (text: string, problem: string): InternalError =>
  new InternalError(`formula \`${text}\`: ${problem}`, { pass: 'scalar' });

function dtypeOf(text: string, line: string): DType {
  if (text === 'f32' || text === 'i32' || text === 'u32' || text === 'bool') return text;
  throw fault(line, `${text} is no type`);
}

/** Numbers, and choices between numbers, have the type of what they stand beside. */
interface Untyped {
  readonly dtype: undefined;
  readonly as: (dtype: DType, sign: 1 | -1) => FormulaTerm;
}

type Parsed = FormulaTerm | Untyped;

/** They bind loosest, and hold together what stands beside them: `(x >> 8) & 1`. */
const ofBits: ReadonlyMap<string, PrimitiveName> = new Map([
  ['|', 'bit_or'],
  ['^', 'bit_xor'],
  ['&', 'bit_and'],
  ['<<', 'shift_left'],
  ['>>', 'shift_right'],
]);

/** What stands between two operands. */
function operatorOf(token: string): { readonly binds: number; readonly fn: PrimitiveName } | undefined {
  const bits = ofBits.get(token);
  if (bits !== undefined) return { binds: loosest + 1, fn: bits };
  if (!isBinaryOperator(token) || token === '|>') return undefined;
  const fn = computes(token);
  return isPrimitiveName(fn) ? { binds: levelOf(token), fn } : undefined;
}

const tokenPattern = /\s*(0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?|\w+|<<|>>|<=|>=|==|!=|[-+*/&|^<>(),])/y;

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const at = tokenPattern.lastIndex;
    const token = tokenPattern.exec(text)?.[1];
    if (token === undefined) throw fault(text, `no symbol at ${text.slice(at)}`);
    tokens.push(token);
  }
  return tokens;
}

function parse(
  text: string,
  names: ReadonlyMap<string, Named>,
  used: readonly Formula[],
  wanted: DType | undefined,
): FormulaTerm {
  const tokens = tokensOf(text);
  let at = 0;
  const expect = (token: string): void => {
    if (tokens[at++] !== token)
      throw fault(text, `expected ${token} before ${tokens.slice(at - 1).join(' ')}`);
  };

  const typed = (part: Parsed, dtype: DType | undefined): FormulaTerm => {
    if (part.dtype !== undefined) return part;
    if (dtype === undefined) throw fault(text, 'a number has no type here');
    return part.as(dtype, 1);
  };
  const primitive = (fn: PrimitiveName, operands: readonly FormulaTerm[]): FormulaTerm => {
    const dtype = primitives[fn].type.result(operands.map((operand) => operand.dtype));
    if (dtype !== undefined) return { kind: 'primitive', dtype, fn, operands };
    throw fault(text, `${fn} of ${operands.map((operand) => operand.dtype).join(', ')}`);
  };
  /** Numbers among these take the type of the others. */
  const alike = (parts: readonly Parsed[]): readonly FormulaTerm[] => {
    const dtype = parts.find((part) => part.dtype !== undefined)?.dtype;
    return parts.map((part) => typed(part, dtype));
  };

  const called = (name: string): Parsed => {
    const operands: Parsed[] = [];
    while (tokens[at] !== ')') {
      if (operands.length > 0) expect(',');
      operands.push(expression(loosest));
    }
    expect(')');
    const callee = used.find((each) => each.name === name);
    if (callee !== undefined) {
      const given = operands.map((operand, k) => typed(operand, callee.parameters[k]?.dtype));
      const fits = callee.parameters.every(({ dtype }, k) => given[k]?.dtype === dtype);
      if (!fits || given.length !== callee.parameters.length) throw fault(text, `operands of ${name}`);
      return { kind: 'formula', dtype: callee.result.dtype, formula: callee, operands: given };
    }
    if (!isPrimitiveName(name)) throw fault(text, `${name} is no primitive, nor used`);
    if (name !== 'select') return primitive(name, alike(operands));
    const [condition, ...sides] = operands;
    const choice = (of: readonly FormulaTerm[]): FormulaTerm =>
      primitive(name, [typed(condition!, 'bool'), ...of]);
    const known = sides.some((side) => side.dtype !== undefined);
    if (known) return choice(alike(sides));
    return {
      dtype: undefined,
      as: (dtype, sign) => choice(sides.map((side) => (side as Untyped).as(dtype, sign))),
    };
  };

  const first = (): Parsed => {
    const token = tokens[at++];
    if (token === undefined) throw fault(text, 'ends too early');
    if (token === '(') {
      const inner = expression(loosest);
      expect(')');
      return inner;
    }
    if (token === '-') {
      const of = first();
      if (of.dtype !== undefined) return primitive('negate', [of]);
      return { dtype: undefined, as: (dtype, sign) => of.as(dtype, sign === 1 ? -1 : 1) };
    }
    if (/^\d/.test(token)) {
      const value = Number(token);
      return { dtype: undefined, as: (dtype, sign) => ({ kind: 'number', dtype, value: sign * value }) };
    }
    if (tokens[at] === '(') {
      at++;
      return called(token);
    }
    const known = names.get(token);
    if (known === undefined) throw fault(text, `${token} has no value`);
    return { kind: 'name', ...known };
  };

  const expression = (floor: number): Parsed => {
    let left = first();
    let bits: PrimitiveName | undefined;
    for (;;) {
      const token = tokens[at] ?? '';
      const operator = operatorOf(token);
      if (operator === undefined || operator.binds <= floor) return left;
      if (ofBits.has(token)) {
        if (bits !== undefined && bits !== operator.fn) throw fault(text, `${token} needs parentheses`);
        bits = operator.fn;
      }
      at++;
      left = combined(operator.fn, left, expression(operator.binds));
    }
  };

  const combined = (fn: PrimitiveName, left: Parsed, right: Parsed): FormulaTerm => {
    if (fn === 'shift_left' || fn === 'shift_right') {
      return primitive(fn, [typed(left, undefined), typed(right, 'u32')]);
    }
    const operands = alike([left, right]);
    const whole = fn === 'divide' && operands[0]!.dtype !== 'f32';
    return primitive(whole ? 'quotient' : fn, operands);
  };

  const result = typed(expression(loosest), wanted);
  if (at < tokens.length) throw fault(text, `more than a value: ${tokens.slice(at).join(' ')}`);
  if (wanted !== undefined && result.dtype !== wanted) throw fault(text, `is ${result.dtype}, not ${wanted}`);
  return result;
}
