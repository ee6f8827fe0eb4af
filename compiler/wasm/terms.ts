/** Terms in, instructions out. A term of four lanes is a v128. */
import type { Affine } from '../index/affine.ts';
import { subtract } from '../index/build.ts';
import { bounds } from '../index/query.ts';
import type { CallTerm, Lanes, LoadTerm, Nest, Statement, Term } from '../nest/nest.ts';
import { standIn } from '../nest/terms.ts';
import type { Formula } from '../scalar/formula.ts';
import { functions } from '../scalar/functions.ts';
import { formulaName } from './formulas.ts';
import { at, get, type Instruction, i32, type Locals, onLane, op, tee } from './instructions.ts';
import type { OpName } from './opcodes.ts';
import { addressOf, elementAt, positionOf } from './positions.ts';
import { number, numberLanes, primitive, sideBySide, splatWord } from './primitives.ts';

export interface Printer {
  readonly nest: Nest;
  readonly locals: Locals;
  /** Where each buffer begins. */
  readonly bases: readonly Instruction[];
  /** Where each memory begins. */
  readonly memories: ReadonlyMap<string, Instruction>;
  /** Tells that a formula is called. */
  readonly uses: (formula: Formula, lanes: Lanes) => void;
  /** Tells which statement an instruction is for. */
  readonly does: (instruction: Instruction, statement: Statement) => void;
}

export function instructionOf(term: Term, printer: Printer): Instruction {
  const of = (part: Term): Instruction => instructionOf(part, printer);
  const { nest, locals } = printer;
  switch (term.kind) {
    case 'literal':
      return number(term.value, term.dtype);
    case 'name':
      return get(term.name);
    case 'index':
      return positionOf(term.of, nest.ranges, locals);
    case 'load':
      return load(term, printer);
    case 'recall': {
      const base = printer.memories.get(term.memory)!;
      const { address, offset } = addressOf(base, term.position, 4 * term.lanes, nest.ranges, locals);
      return truth(at(loadOf(term), offset, address), term);
    }
    case 'call':
      return call(term, printer);
    case 'select': {
      const [yes, no] = [of(term.whenTrue), of(term.whenFalse)];
      const condition = term.condition.kind === 'splat' ? term.condition.of : term.condition;
      return op(condition.lanes === 4 ? 'v128.bitselect' : 'select', yes, no, of(condition));
    }
    case 'dot': {
      const held = locals.fresh('v128');
      const products = tee(held, op('f32x4.mul', of(term.left), of(term.right)));
      const [x, y, z, w] = [0, 1, 2, 3].map((k) =>
        onLane('f32x4.extract_lane', k, k === 0 ? products : get(held)),
      );
      return op('f32.add', op('f32.add', x!, y!), op('f32.add', z!, w!));
    }
    case 'compose': {
      const known = indexRun(term.parts, printer) ?? sameLane(term.parts, printer);
      if (known !== undefined) return known;
      const lanes = sideBySide(term.parts.map(of), term.dtype === 'f32' ? 'f32' : 'i32');
      return term.dtype === 'bool' ? op('i32x4.ne', lanes, splatWord(0)) : lanes;
    }
    case 'splat':
      return splat(term.of, printer);
    case 'lane': {
      if (term.dtype === 'f32') return onLane('f32x4.extract_lane', term.lane, of(term.of));
      const word = onLane('i32x4.extract_lane', term.lane, of(term.of));
      return term.dtype === 'bool' ? op('i32.and', word, i32(1)) : word;
    }
    default:
      return term satisfies never;
  }
}

/** Indices that differ by constants only: one of them in all lanes, and what each is more. */
function indexRun(parts: readonly Term[], { nest, locals }: Printer): Instruction | undefined {
  const indices = parts.flatMap((part) => (part.kind === 'index' ? [part.of] : []));
  const first = indices[0];
  if (first === undefined || indices.length < parts.length) return undefined;
  const more = indices.map((index) => subtract(index, first));
  if (more.some(({ terms }) => terms.length > 0)) return undefined;
  return op('i32x4.add', op('i32x4.splat', positionOf(first, nest.ranges, locals)), {
    kind: 'const lanes',
    type: 'i32x4',
    values: more.map((each) => each.constant),
  });
}

/**
 * One lane of four vectors: a row of their transposition, by pairs. Vectors of which all four are asked for are
 * interleaved twice, not four times: the engine computes equal shuffles once.
 */
function sameLane(parts: readonly Term[], printer: Printer): Instruction | undefined {
  const lanes = parts.flatMap((part) => (part.kind === 'lane' && part.dtype === 'f32' ? [part] : []));
  const number = lanes[0]?.lane;
  if (number === undefined || lanes.length < 4 || lanes.some(({ lane }) => lane !== number)) return undefined;
  const [a, b, c, d] = lanes.map(({ of }) => instructionOf(of, printer));
  const pair = (left: Instruction, right: Instruction): Instruction => ({
    kind: 'shuffle',
    left,
    right,
    words: number < 2 ? [0, 4, 1, 5] : [2, 6, 3, 7],
  });
  const words = number % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7];
  return { kind: 'shuffle', left: pair(a!, b!), right: pair(c!, d!), words };
}

function splat(term: Term, printer: Printer): Instruction {
  if (term.kind === 'literal') return numberLanes(term.value, term.dtype);
  const scalar = instructionOf(term, printer);
  if (term.dtype === 'bool') return op('i32x4.splat', op('i32.sub', i32(0), scalar));
  if (scalar.kind === 'plain' && (scalar.op === 'f32.load' || scalar.op === 'i32.load')) {
    return { ...scalar, op: 'v128.load32_splat' };
  }
  return op(term.dtype === 'f32' ? 'f32x4.splat' : 'i32x4.splat', scalar);
}

function call({ fn, dtype, lanes, operands }: CallTerm, printer: Printer): Instruction {
  const computed = functions[fn].compute(operands.map(standIn));
  const of = (term: Term): Instruction => instructionOf(term, printer);
  if (computed === 'operand') return of(operands[0]!);
  if (typeof computed === 'string') {
    const of_ = operands[0]?.dtype ?? dtype;
    return primitive(computed, of_, lanes, operands.map(of), printer.locals);
  }
  printer.uses(computed, lanes);
  const args = operands.slice(0, computed.parameters.length).map(of);
  return { kind: 'call', fn: formulaName(computed, lanes), args };
}

const loadOf = ({ dtype, lanes }: Pick<Term, 'dtype' | 'lanes'>): OpName =>
  lanes === 4 ? 'v128.load' : dtype === 'f32' ? 'f32.load' : 'i32.load';

function load(term: LoadTerm, printer: Printer): Instruction {
  const { nest, locals, bases } = printer;
  const base = bases[term.buffer]!;
  if (!term.anywhere || mayBeRead(term, nest)) {
    const { address, offset } = addressOf(base, term.position, 4, nest.ranges, locals);
    return truth(at(loadOf(term), offset, address), term);
  }
  const last = nest.buffers[term.buffer]!.size - term.lanes;
  const held = locals.fresh('i32');
  const position = tee(held, positionOf(term.position, nest.ranges, locals));
  const inside = op('select', position, i32(last), op('i32.lt_u', get(held), i32(last)));
  return truth(op(loadOf(term), elementAt(base, inside, 4)), term);
}

/** Numbers are read wherever there is memory; what is used as a position, or divided by, is an element of the buffer. */
function mayBeRead(
  { position, buffer, lanes, dtype }: LoadTerm,
  { ranges, buffers, around = 0 }: Nest,
): boolean {
  const { min, max } = bounds(position, ranges);
  const beyond = dtype === 'f32' ? around : 0;
  return min >= -beyond && max + lanes <= buffers[buffer]!.size + beyond;
}

/** What memory holds, as a value: truths are kept as 0 and 1. */
function truth(word: Instruction, { dtype, lanes }: Pick<Term, 'dtype' | 'lanes'>): Instruction {
  if (dtype !== 'bool') return word;
  return lanes === 4 ? op('i32x4.ne', word, splatWord(0)) : op('i32.ne', word, i32(0));
}

/** Writes a term to where it begins in memory. */
export function store(
  value: Term,
  base: Instruction,
  position: Affine,
  bytes: number,
  printer: Printer,
): Instruction {
  const { address, offset } = addressOf(base, position, bytes, printer.nest.ranges, printer.locals);
  const held = instructionOf(value, printer);
  if (value.lanes === 1) {
    return at(value.dtype === 'f32' ? 'f32.store' : 'i32.store', offset, address, held);
  }
  const stored = value.dtype === 'bool' ? op('v128.and', held, splatWord(1)) : held;
  return at('v128.store', offset, address, stored);
}
