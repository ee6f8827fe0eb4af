/**
 * The integer expressions that positions are printed as, evaluated as WGSL does: types i32 and u32, every
 * operation wrapping around at 32 bits, division towards zero. What WGSL would not accept is an error.
 */

type Type = 'u32' | 'i32' | 'abstract' | 'bool';

interface Value {
  readonly type: Type;
  readonly value: bigint;
}

const held = (type: Type, value: bigint): Value => ({
  type,
  value: type === 'u32' ? BigInt.asUintN(32, value) : type === 'i32' ? BigInt.asIntN(32, value) : value,
});

/** The value of the text; names are u32. */
export function evaluateInteger(text: string, names: ReadonlyMap<string, bigint>): Value {
  const tokens = [...text.matchAll(/\d+u?|[A-Za-z_]\w*|>>|[-+*/%&<(),]|\S/g)].map(([token]) => token);
  let at = 0;
  const accept = (...wanted: readonly string[]): string | undefined =>
    wanted.includes(tokens[at] ?? '') ? tokens[at++] : undefined;
  const expect = (wanted: string): void => {
    if (accept(wanted) === undefined) throw new SyntaxError(`${wanted} wanted at ${tokens[at]} in ${text}`);
  };

  const apply = (operator: string, a: Value, b: Value): Value => {
    if (operator === '>>') {
      if (b.type === 'i32' || b.value >= 32n) throw new TypeError(`a shift by ${b.value}: ${text}`);
      return held(a.type, a.value >> b.value);
    }
    const type = a.type === 'abstract' ? b.type : a.type;
    if (b.type !== type && b.type !== 'abstract')
      throw new TypeError(`${a.type} ${operator} ${b.type}: ${text}`);
    if (type === 'u32' && (a.value < 0n || b.value < 0n)) throw new TypeError(`negative: ${text}`);
    switch (operator) {
      case '+':
        return held(type, a.value + b.value);
      case '-':
        return held(type, a.value - b.value);
      case '*':
        return held(type, a.value * b.value);
      case '/':
        return held(type, a.value / b.value);
      case '%':
        return held(type, a.value % b.value);
      case '&':
        return held(type, a.value & b.value);
      case '<':
        return { type: 'bool', value: a.value < b.value ? 1n : 0n };
      default:
        throw new SyntaxError(operator);
    }
  };
  const level = (operators: readonly string[], operand: () => Value) => (): Value => {
    let left = operand();
    for (let sign = accept(...operators); sign !== undefined; sign = accept(...operators)) {
      left = apply(sign, left, operand());
    }
    return left;
  };
  const list = (): readonly Value[] => {
    expect('(');
    const items = [comparison()];
    while (accept(',') !== undefined) items.push(comparison());
    expect(')');
    return items;
  };
  const primary = (): Value => {
    const token = tokens[at] ?? '';
    if (token === '(') return list()[0]!;
    at += 1;
    if (/^\d/.test(token)) {
      const value = BigInt(token.replace('u', ''));
      const type = token.endsWith('u') ? 'u32' : 'abstract';
      if (value > (type === 'u32' ? 0xffffffffn : 0x7fffffffn)) throw new TypeError(`${token} is too large`);
      return { type, value };
    }
    if (token === 'i32' || token === 'u32') return held(token, list()[0]!.value);
    if (token === 'select') {
      const [no, yes, condition] = list();
      return condition!.value === 0n ? no! : yes!;
    }
    const value = names.get(token);
    if (value === undefined) throw new SyntaxError(`${token} is not known in ${text}`);
    return held('u32', value);
  };
  const shift = level(['>>', '&'], primary);
  const product = level(['*', '/', '%'], shift);
  const sum = level(['+', '-'], product);
  const comparison = level(['<'], sum);

  const result = comparison();
  if (at < tokens.length) throw new SyntaxError(`${tokens[at]} is left over in ${text}`);
  return result;
}
