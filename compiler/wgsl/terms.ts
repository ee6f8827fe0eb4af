/** Terms in, WGSL expressions out. Every text may stand beside any operator, and before a `.x`. */
import type { Affine } from '../index/affine.ts';
import { bounds } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import type { CallTerm, Lanes, LoadTerm, Nest, Term } from '../nest/nest.ts';
import { standIn } from '../nest/terms.ts';
import { callText, mixesLanes } from './calls.ts';
import { literalText } from './literals.ts';
import type { Namer } from './names.ts';
import { atomic, bare } from './parentheses.ts';
import { positionText } from './positions.ts';
import { storedType, typeText } from './types.ts';

export interface Printer {
  readonly nest: Nest;
  /** Of each buffer: whether it is an array of scalars or of vectors. */
  readonly lanes: readonly Lanes[];
  readonly names: Namer;
  /** The name of each buffer. */
  readonly bufferNames: readonly string[];
}

const components = ['x', 'y', 'z', 'w'] as const;

export function termText(term: Term, printer: Printer): string {
  const text = (part: Term): string => termText(part, printer);
  switch (term.kind) {
    case 'literal':
      return literalText(term.value, term.dtype);
    case 'name':
      return printer.names(term.name);
    case 'index': {
      const position = positionText(term.of, printer.nest.ranges, printer.names);
      if (term.dtype === 'i32') return `i32(${position})`;
      return atomic(position);
    }
    case 'load':
      return loadText(term, printer);
    case 'recall': {
      const place = positionText(term.position, printer.nest.ranges, printer.names);
      return truthText(`${printer.names(term.memory)}[${place}]`, term);
    }
    case 'call':
      return textOfCall(term, printer);
    case 'select':
      return `select(${text(term.whenFalse)}, ${text(term.whenTrue)}, ${bare(text(term.condition))})`;
    case 'dot':
      return `dot(${text(term.left)}, ${text(term.right)})`;
    case 'compose':
      return `${typeText(term.dtype, 4)}(${term.parts.map((part) => bare(text(part))).join(', ')})`;
    case 'splat':
      return `${typeText(term.dtype, 4)}(${bare(text(term.of))})`;
    case 'lane':
      return `${text(term.of)}.${components[term.lane]}`;
    default:
      return term satisfies never;
  }
}

/** Where an element lies in the array that the buffer is declared as. */
export function elementText(buffer: number, position: Affine, printer: Printer): string {
  const of = printer.lanes[buffer] === 4 ? quarter(position) : position;
  return positionText(of, printer.nest.ranges, printer.names);
}

const quarter = (of: Affine): Affine => ({
  constant: quarterOf(of.constant),
  terms: of.terms.map(({ coefficient, atom }) => ({ coefficient: quarterOf(coefficient), atom })),
});

function quarterOf(elements: number): number {
  if (elements % 4 === 0) return elements / 4;
  throw new InternalError(`${elements} elements are no vectors of four`, { pass: 'wgsl' });
}

function loadText(term: LoadTerm, printer: Printer): string {
  const buffer = printer.nest.buffers[term.buffer]!;
  const position = elementText(term.buffer, term.position, printer);
  const inside =
    term.anywhere && !isInside(term, printer) ? `min(${position}, ${buffer.size - 1}u)` : position;
  return truthText(`${printer.bufferNames[term.buffer]}[${inside}]`, term);
}

/** What memory holds, as a value: truths are kept as 0 and 1. */
function truthText(text: string, { dtype, lanes }: Pick<Term, 'dtype' | 'lanes'>): string {
  if (dtype !== 'bool') return text;
  return lanes === 4 ? `(${text} != vec4u())` : `(${text} != 0u)`;
}

function isInside(term: LoadTerm, { nest }: Printer): boolean {
  const { min, max } = bounds(term.position, nest.ranges);
  return min >= 0 && max + term.lanes <= nest.buffers[term.buffer]!.size;
}

function textOfCall(term: CallTerm, printer: Printer): string {
  const mixes = mixesLanes(term) && !term.operands.every((operand) => operand.kind === 'splat');
  const args = term.operands.map((operand) =>
    termText(mixes && operand.kind === 'splat' ? operand.of : operand, printer),
  );
  return callText(term.fn, args, term.operands.map(standIn));
}

/** The type that a stored term must have in memory. */
export function storedText(term: Term, printer: Printer): string {
  const text = termText(term, printer);
  if (term.dtype !== 'bool') return bare(text);
  const stored = typeText(storedType(term.dtype), term.lanes);
  return term.lanes === 4 ? `select(${stored}(), ${stored}(1u), ${text})` : `${stored}(${bare(text)})`;
}
