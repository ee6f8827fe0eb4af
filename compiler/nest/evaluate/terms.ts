/**
 * Terms in, closures out that compute them for the thread at hand: one closure for each lane.
 *
 * Both sides of a `select` are computed, and so are both operands of `and` and `or`: a read that is not marked
 * must be inside in any case. Poison of the side that does not count is forgotten.
 */
import { print } from '../../index/print.ts';
import type { DType } from '../../scalar/expr.ts';
import { functions } from '../../scalar/functions.ts';
import type { CallTerm, LoadTerm, Nest, RecallTerm, Term } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { forEachStatement, termsOf } from '../walk.ts';
import { type Machine, other } from './machine.ts';
import { type Closure, indexOf, positionOf } from './positions.ts';

/** One closure for each lane of the term. */
export type TermCompiler = (term: Term) => readonly Closure[];

/** A part that occurs more than once is computed once for each statement that runs. */
export function termCompiler(machine: Machine): TermCompiler {
  const uses = usesIn(machine.nest);
  const made = new Map<Term, readonly Closure[]>();
  const compile: TermCompiler = (term) => {
    const known = made.get(term);
    if (known !== undefined) return known;
    const plain = compilePart(term, compile, machine);
    if (plain.length !== term.lanes) {
      machine.fault(`meets a ${term.kind} of ${plain.length} lanes that claims ${term.lanes}`);
    }
    const shared = uses.get(term)! > 1 && partsOf(term).length > 0;
    const closures = shared ? plain.map((closure) => oncePerStatement(closure, machine)) : plain;
    made.set(term, closures);
    return closures;
  };
  return compile;
}

function usesIn({ body }: Nest): ReadonlyMap<Term, number> {
  const uses = new Map<Term, number>();
  const count = (term: Term): void => {
    const known = uses.get(term) ?? 0;
    uses.set(term, known + 1);
    if (known > 0) return;
    for (const part of partsOf(term)) {
      count(part);
      // Each of the four lanes asks for it.
      if (term.kind === 'splat') count(part);
    }
  };
  forEachStatement(body, (statement) => {
    termsOf(statement).forEach(count);
  });
  return uses;
}

function oncePerStatement(plain: Closure, machine: Machine): Closure {
  let stamp = -1;
  let value = 0;
  let poison = false;
  return () => {
    if (stamp !== machine.stamp) {
      const before = machine.poisoned;
      machine.poisoned = false;
      value = plain();
      poison = machine.poisoned;
      machine.poisoned = before;
      stamp = machine.stamp;
    }
    if (poison) machine.poisoned = true;
    return value;
  };
}

function compilePart(term: Term, compile: TermCompiler, machine: Machine): readonly Closure[] {
  switch (term.kind) {
    case 'literal': {
      const { value } = term;
      return [() => value];
    }
    case 'name':
      return nameLanes(term.name, term.lanes, machine);
    case 'index':
      return [indexOf(term.of, term.dtype, machine)];
    case 'load':
      return loadLanes(term, machine);
    case 'recall':
      return recallLanes(term, machine);
    case 'call':
      return callLanes(term, term.operands.map(compile), machine);
    case 'select':
      return selectLanes(compile(term.condition), compile(term.whenTrue), compile(term.whenFalse), machine);
    case 'dot':
      return [dot(compile(term.left), compile(term.right))];
    case 'compose':
      return term.parts.map((part) => oneLane(compile(part), machine));
    case 'splat': {
      const one = oneLane(compile(term.of), machine);
      return [one, one, one, one];
    }
    case 'lane':
      return [compile(term.of)[term.lane] ?? machine.fault(`takes lane ${term.lane} of ${term.of.lanes}`)];
    default:
      return term satisfies never;
  }
}

function oneLane(closures: readonly Closure[], machine: Machine): Closure {
  return closures.length === 1 ? closures[0]! : machine.fault(`uses ${closures.length} lanes as one`);
}

function nameLanes(name: string, lanes: number, machine: Machine): readonly Closure[] {
  const slot = machine.slots.get(name) ?? machine.fault(`uses ${name}, which nothing binds`);
  return Array.from({ length: lanes }, (_, lane) => {
    const at = slot + lane;
    return () => {
      if (machine.poisons[at] === 1) machine.poisoned = true;
      return machine.frame[at]!;
    };
  });
}

function loadLanes(term: LoadTerm, machine: Machine): readonly Closure[] {
  const { name, size } = machine.nest.buffers[term.buffer]!;
  const { data, full, accesses } = machine.buffers[term.buffer]!;
  const position = positionOf(term.position, machine);
  const where = `${name} at ${print(term.position)}`;
  return Array.from({ length: term.lanes }, (_, lane): Closure => {
    const read = (at: number): number => {
      if (!full && !accesses!.wasWritten(at)) machine.fault(`reads ${where} = ${at}, which nobody wrote`);
      const writer = accesses?.read(at, machine.thread, machine.group, machine.epochs.buffers);
      if (writer !== undefined)
        machine.fault(`reads ${where} = ${at}, which ${other(writer, machine)} wrote`);
      return data[at]!;
    };
    return () => {
      const at = position() + lane;
      if (at >= 0 && at < size) return read(at);
      if (!term.anywhere) return machine.fault(`reads ${where} = ${at}, outside of ${size}`);
      machine.poisoned = true;
      return poisonOf(term.dtype);
    };
  });
}

/** A number that stands out. */
const poisonOf = (dtype: DType): number => (dtype === 'f32' ? Number.NaN : 0x5eed_bad);

function recallLanes(term: RecallTerm, machine: Machine): readonly Closure[] {
  const state = machine.memories.get(term.memory) ?? machine.fault(`uses ${term.memory}, which is no memory`);
  const { size, lanes, scope } = state.memory;
  const position = positionOf(term.position, machine);
  const where = `${term.memory} at ${print(term.position)}`;
  return Array.from({ length: lanes }, (_, lane): Closure => {
    return () => {
      const place = position();
      if (place < 0 || place >= size) machine.fault(`reads ${where} = ${place}, outside of ${size}`);
      const base = scope === 'thread' ? machine.local * size : 0;
      const at = (base + place) * lanes + lane;
      if (state.written[at] === 0) machine.fault(`reads ${where} = ${place}, which nobody wrote`);
      if (scope === 'workgroup') {
        const writer = state.accesses.read(at, machine.thread, machine.group, machine.epochs.memories);
        if (writer !== undefined) {
          machine.fault(
            `reads ${where} = ${place}, which ${other(writer, machine)} wrote with no barrier between`,
          );
        }
      }
      return state.data[at]!;
    };
  });
}

/** The same function in each lane. */
function callLanes(
  term: CallTerm,
  operands: readonly (readonly Closure[])[],
  machine: Machine,
): readonly Closure[] {
  if (operands.some((operand) => operand.length !== term.lanes)) {
    machine.fault(`computes ${term.fn} of ${term.lanes} lanes from ${operands.map((o) => o.length)}`);
  }
  return Array.from({ length: term.lanes }, (_, lane) =>
    callOf(
      term,
      operands.map((operand) => operand[lane]!),
      machine,
    ),
  );
}

function callOf({ fn, dtype }: CallTerm, operands: readonly Closure[], machine: Machine): Closure {
  const [a, b] = operands as readonly [Closure, Closure];
  if (fn === 'and') return deciding(a, b, 0, machine);
  if (fn === 'or') return deciding(a, b, 1, machine);
  if (dtype === 'f32' && fn === 'multiply') return () => a() * b();
  if (dtype === 'f32' && fn === 'add') return () => a() + b();
  const { evaluate, evaluateInteger } = functions[fn];
  const integers = dtype === 'i32' || dtype === 'u32';
  const exact = integers ? (evaluateInteger ?? evaluate) : evaluate;
  const apply: Closure =
    operands.length === 1
      ? () => exact(a())
      : operands.length === 2
        ? () => exact(a(), b())
        : () => exact(...operands.map((operand) => operand()));
  if (dtype === 'i32') return () => apply() | 0;
  if (dtype === 'u32') return () => apply() >>> 0;
  return apply;
}

/** `and`, `or`: an operand that decides alone makes the other one, and its poison, not count. */
function deciding(a: Closure, b: Closure, decisive: 0 | 1, machine: Machine): Closure {
  return () => {
    const before = machine.poisoned;
    machine.poisoned = false;
    const [left, leftPoisoned] = [a(), machine.poisoned];
    machine.poisoned = false;
    const [right, rightPoisoned] = [b(), machine.poisoned];
    const decided = (left === decisive && !leftPoisoned) || (right === decisive && !rightPoisoned);
    machine.poisoned = before || (!decided && (leftPoisoned || rightPoisoned));
    return decided ? decisive : 1 - decisive;
  };
}

function selectLanes(
  conditions: readonly Closure[],
  trues: readonly Closure[],
  falses: readonly Closure[],
  machine: Machine,
): readonly Closure[] {
  if (trues.length !== conditions.length || falses.length !== conditions.length) {
    machine.fault(`selects between ${trues.length} and ${falses.length} lanes by ${conditions.length}`);
  }
  return conditions.map((condition, lane) => {
    const [whenTrue, whenFalse] = [trues[lane]!, falses[lane]!];
    return () => {
      const chosen = condition() !== 0;
      const before = machine.poisoned;
      machine.poisoned = false;
      const [yes, yesPoisoned] = [whenTrue(), machine.poisoned];
      machine.poisoned = false;
      const [no, noPoisoned] = [whenFalse(), machine.poisoned];
      machine.poisoned = before || (chosen ? yesPoisoned : noPoisoned);
      return chosen ? yes : no;
    };
  });
}

function dot(left: readonly Closure[], right: readonly Closure[]): Closure {
  return () => left.reduce((sum, closure, lane) => sum + closure() * right[lane]!(), 0);
}
