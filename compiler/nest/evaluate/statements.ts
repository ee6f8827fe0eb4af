/**
 * Statements in, phases out: what each thread does alone between two barriers, and where all of them meet.
 *
 * A loop or a test with a barrier inside is walked by all threads together, and they must agree on it.
 */
import { print } from '../../index/print.ts';
import type { Barrier, Loop, Statement, Term, While } from '../nest.ts';
import { type Machine, other } from './machine.ts';
import { type Closure, positionOf } from './positions.ts';
import { type TermCompiler, termCompiler } from './terms.ts';

type Run = () => void;

export type Phase =
  | { readonly kind: 'alone'; readonly run: Run }
  | Barrier
  | {
      readonly kind: 'loop';
      readonly loop: Loop;
      readonly from: Closure;
      readonly set: (value: number) => void;
      readonly body: readonly Phase[];
    }
  | { readonly kind: 'if'; readonly condition: Closure; readonly body: readonly Phase[] };

export function phasesOf(machine: Machine): readonly Phase[] {
  const compile = termCompiler(machine);
  const phases = (body: readonly Statement[]): readonly Phase[] => {
    const result: Phase[] = [];
    let alone: Statement[] = [];
    const flush = (): void => {
      if (alone.length > 0) result.push({ kind: 'alone', run: blockOf(alone, compile, machine) });
      alone = [];
    };
    for (const statement of body) {
      if (!hasBarrier(statement)) {
        alone.push(statement);
        continue;
      }
      flush();
      if (statement.kind === 'loop') {
        const { from, set } = counterOf(statement, machine);
        result.push({ kind: 'loop', loop: statement, from, set, body: phases(statement.body) });
      } else if (statement.kind === 'if') {
        const condition = conditionOf(statement, compile, machine);
        result.push({ kind: 'if', condition, body: phases(statement.body) });
      } else if (statement.kind === 'barrier') {
        result.push(statement);
      } else {
        return machine.fault('meets a barrier in a loop that may end at any turn');
      }
    }
    flush();
    return result;
  };
  return phases(machine.nest.body);
}

const hasBarrier = (statement: Statement): boolean =>
  statement.kind === 'barrier' || ('body' in statement && statement.body.some(hasBarrier));

function blockOf(body: readonly Statement[], compile: TermCompiler, machine: Machine): Run {
  const runs = body.map((statement) => runOf(statement, compile, machine));
  return () => {
    for (const run of runs) {
      machine.stamp++;
      run();
    }
  };
}

function runOf(statement: Statement, compile: TermCompiler, machine: Machine): Run {
  switch (statement.kind) {
    case 'let':
      return bindingOf(statement.name, compile(statement.value), true, machine);
    case 'var':
    case 'assign':
      return bindingOf(statement.name, compile(statement.value), false, machine);
    case 'store':
      return storeOf(statement, compile(statement.value), machine);
    case 'keep':
      return keepOf(statement, compile(statement.value), machine);
    case 'loop':
      return loopOf(statement, compile, machine);
    case 'while':
      return whileOf(statement, compile, machine);
    case 'if': {
      const condition = conditionOf(statement, compile, machine);
      const body = blockOf(statement.body, compile, machine);
      return () => {
        if (condition() !== 0) body();
      };
    }
    case 'barrier':
      return machine.fault('meets a barrier alone');
    default:
      return statement satisfies never;
  }
}

/** The value of a term, which must not depend on poison. */
function sure(closure: Closure, what: string, machine: Machine): Closure {
  return () => {
    machine.poisoned = false;
    const value = closure();
    if (machine.poisoned) machine.fault(`${what}, which depends on what it read outside`);
    return value;
  };
}

/** Only a `let` may be poison: it counts where it is used. */
function bindingOf(name: string, closures: readonly Closure[], mayBePoison: boolean, machine: Machine): Run {
  const slot = machine.slots.get(name) ?? machine.fault(`assigns ${name}, which nothing binds`);
  const values = [0, 0, 0, 0];
  const poisons = [0, 0, 0, 0];
  return () => {
    for (let lane = 0; lane < closures.length; lane++) {
      machine.poisoned = false;
      values[lane] = closures[lane]!();
      if (machine.poisoned && !mayBePoison) {
        machine.fault(`gives ${name} a value that depends on what it read outside`);
      }
      poisons[lane] = machine.poisoned ? 1 : 0;
    }
    const { frame, poisons: marks } = machine;
    for (let lane = 0; lane < closures.length; lane++) {
      frame[slot + lane] = values[lane]!;
      marks[slot + lane] = poisons[lane]!;
    }
  };
}

function storeOf(
  statement: Extract<Statement, { kind: 'store' }>,
  closures: readonly Closure[],
  machine: Machine,
): Run {
  const { name, size } = machine.nest.buffers[statement.buffer]!;
  const width = closures.length;
  const { data, accesses } = machine.buffers[statement.buffer]!;
  const where = `${name} at ${print(statement.position)}`;
  if (accesses === undefined) return machine.fault(`writes ${where}, which is only to be read`);
  const position = sure(positionOf(statement.position, machine), `writes ${where}`, machine);
  const values = closures.map((closure) => sure(closure, `writes a value to ${where}`, machine));
  const found = [0, 0, 0, 0];
  return () => {
    for (let lane = 0; lane < width; lane++) found[lane] = values[lane]!();
    const first = position();
    if (first < 0 || first + width > size) machine.fault(`writes ${where} = ${first}, outside of ${size}`);
    for (let at = first; at < first + width; at++) {
      const racer = accesses.write(at, machine.thread, machine.group, machine.epochs.buffers);
      if (racer !== undefined) {
        machine.fault(`writes ${where} = ${at}, which ${other(racer, machine)} touched too`);
      }
      data[at] = found[at - first]!;
    }
  };
}

function keepOf(
  statement: Extract<Statement, { kind: 'keep' }>,
  closures: readonly Closure[],
  machine: Machine,
): Run {
  const where = `${statement.memory} at ${print(statement.position)}`;
  const state =
    machine.memories.get(statement.memory) ?? machine.fault(`writes ${where}, which is no memory`);
  const { size, lanes, scope } = state.memory;
  if (closures.length !== lanes) machine.fault(`writes ${closures.length} lanes of ${where}, not ${lanes}`);
  const position = sure(positionOf(statement.position, machine), `writes ${where}`, machine);
  const values = closures.map((closure) => sure(closure, `writes a value to ${where}`, machine));
  const found = [0, 0, 0, 0];
  return () => {
    for (let lane = 0; lane < lanes; lane++) found[lane] = values[lane]!();
    const place = position();
    if (place < 0 || place >= size) machine.fault(`writes ${where} = ${place}, outside of ${size}`);
    const base = scope === 'thread' ? machine.local * size : 0;
    for (let lane = 0; lane < lanes; lane++) {
      const at = (base + place) * lanes + lane;
      if (scope === 'workgroup') {
        const racer = state.accesses.write(at, machine.thread, machine.group, machine.epochs.memories);
        if (racer !== undefined) {
          machine.fault(
            `writes ${where} = ${place}, which ${other(racer, machine)} touched with no barrier between`,
          );
        }
      }
      state.written[at] = 1;
      state.data[at] = found[lane]!;
    }
  };
}

function counterOf(
  { name, from }: Loop,
  machine: Machine,
): { readonly from: Closure; readonly set: (value: number) => void } {
  const slot = machine.slots.get(name) ?? machine.fault(`counts ${name}, which nothing binds`);
  return {
    from: sure(positionOf(from, machine), `begins ${name} at ${print(from)}`, machine),
    set: (value) => {
      machine.frame[slot] = value;
      machine.poisons[slot] = 0;
    },
  };
}

function loopOf(statement: Loop, compile: TermCompiler, machine: Machine): Run {
  const { until, by } = statement;
  const { from, set } = counterOf(statement, machine);
  const body = blockOf(statement.body, compile, machine);
  return () => {
    for (let k = from(); k < until; k += by) {
      set(k);
      body();
    }
  };
}

/** More turns than any list of positions has. */
const mostTurns = 2 ** 24;

function whileOf(statement: While, compile: TermCompiler, machine: Machine): Run {
  const condition = conditionOf(statement, compile, machine);
  const body = blockOf(statement.body, compile, machine);
  return () => {
    for (let turn = 0; ; turn++) {
      machine.stamp++;
      if (condition() === 0) return;
      if (turn === mostTurns) machine.fault(`does not leave a loop within ${mostTurns} turns`);
      body();
    }
  };
}

const conditionOf = (
  { condition }: { readonly condition: Term },
  compile: TermCompiler,
  machine: Machine,
): Closure => sure(compile(condition)[0]!, 'asks a condition', machine);
