/** A formula in, a WGSL function of the module out, line by line as it is written. */
import type { Formula, FormulaTerm } from '../scalar/formula.ts';
import type { PrimitiveName } from '../scalar/primitives.ts';
import { literalText } from './literals.ts';
import { type Namer, namer } from './names.ts';
import { bare } from './parentheses.ts';
import { forms, intrinsics } from './primitives.ts';

export function formulaText({ name, parameters, lets, result }: Formula): string {
  const names = namer([name]);
  const taken = parameters.map((parameter) => `${names(parameter.name)}: ${parameter.dtype}`);
  return [
    `fn ${name}(${taken.join(', ')}) -> ${result.dtype} {`,
    ...lets.map((line) => `  let ${names(line.name)} = ${bare(termText(line.value, names))};`),
    `  return ${bare(termText(result, names))};`,
    '}',
  ].join('\n');
}

/** The text may stand beside any operator. */
function termText(term: FormulaTerm, names: Namer): string {
  switch (term.kind) {
    case 'number':
      return literalText(term.value, term.dtype);
    case 'name':
      return names(term.name);
    case 'primitive':
      return forms[term.fn].text(
        ...term.operands.map((operand, k) => operandText(term.fn, operand, k, names)),
      );
    case 'formula': {
      const args = term.operands.map((operand) => bare(termText(operand, names)));
      return intrinsics[term.formula.name]?.text(...args) ?? `${term.formula.name}(${args.join(', ')})`;
    }
    default:
      return term satisfies never;
  }
}

/** What binds as tightly as products do, and as sums do; no other operators mix without parentheses. */
const products: readonly PrimitiveName[] = ['multiply', 'divide'];
const sums: readonly PrimitiveName[] = ['add', 'subtract'];

/** An operand, with no parentheses where WGSL reads it the same without. */
function operandText(fn: PrimitiveName, operand: FormulaTerm, at: number, names: Namer): string {
  const text = termText(operand, names);
  if (forms[fn].isCall) return bare(text);
  if (operand.kind !== 'primitive') return text;
  const inSum = sums.includes(fn);
  const free =
    (inSum && products.includes(operand.fn)) ||
    (at === 0 && inSum && sums.includes(operand.fn)) ||
    (at === 0 && products.includes(fn) && products.includes(operand.fn));
  return free ? bare(text) : text;
}
