/** Statements in, instructions out. Whatever is bound to a name is a local. */
import { InternalError } from '../internal-error.ts';
import type { Loop, Statement, While } from '../nest/nest.ts';
import { get, type Instruction, i32, op, set } from './instructions.ts';
import { positionOf } from './positions.ts';
import { valueType } from './primitives.ts';
import { instructionOf, type Printer, store } from './terms.ts';

export const statementsOf = (body: readonly Statement[], printer: Printer): readonly Instruction[] =>
  body.flatMap((statement) => {
    const made = statementOf(statement, printer);
    for (const instruction of made) printer.does(instruction, statement);
    return made;
  });

function statementOf(statement: Statement, printer: Printer): readonly Instruction[] {
  const { locals, memories, bases } = printer;
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign': {
      const { name, value } = statement;
      locals.declare(name, valueType(value.dtype, value.lanes));
      return [set(name, instructionOf(value, printer))];
    }
    case 'store':
      return [store(statement.value, bases[statement.buffer]!, statement.position, 4, printer)];
    case 'keep': {
      const bytes = 4 * statement.value.lanes;
      return [store(statement.value, memories.get(statement.memory)!, statement.position, bytes, printer)];
    }
    case 'loop':
      return loop(statement, printer);
    case 'while':
      return whileLoop(statement, printer);
    case 'if':
      return [
        {
          kind: 'if',
          condition: instructionOf(statement.condition, printer),
          body: statementsOf(statement.body, printer),
        },
      ];
    case 'barrier':
      throw new InternalError('threads of a workgroup do not meet: one thread is all of them', {
        pass: 'wasm',
      });
    default:
      return statement satisfies never;
  }
}

function loop({ name, from, until, by, body }: Loop, printer: Printer): readonly Instruction[] {
  const { nest, locals } = printer;
  locals.declare(name, 'i32');
  const start = positionOf(from, nest.ranges, locals);
  const runs = from.terms.length === 0 && from.constant < until;
  return [set(name, start), ...counted(name, i32(until), by, statementsOf(body, printer), runs)];
}

function whileLoop({ condition, body }: While, printer: Printer): readonly Instruction[] {
  const turn = printer.locals.fresh('i32');
  const [again, out] = [`each.${turn}`, `after.${turn}`];
  const turns: Instruction = {
    kind: 'loop',
    label: again,
    body: [
      { kind: 'branch', label: out, condition: op('i32.eqz', instructionOf(condition, printer)) },
      ...statementsOf(body, printer),
      { kind: 'branch', label: again },
    ],
  };
  return [{ kind: 'block', label: out, body: [turns] }];
}

/** A loop while its counter is below; `runs` where it is known to be at first. */
export function counted(
  counter: string,
  until: Instruction,
  by: number,
  body: readonly Instruction[],
  runs: boolean,
): readonly Instruction[] {
  const [again, out] = [`each.${counter}`, `after.${counter}`];
  const below = op('i32.lt_u', get(counter), until);
  const turns: Instruction = {
    kind: 'loop',
    label: again,
    body: [
      ...body,
      set(counter, op('i32.add', get(counter), i32(by))),
      { kind: 'branch', label: again, condition: below },
    ],
  };
  if (runs) return [turns];
  return [
    {
      kind: 'block',
      label: out,
      body: [{ kind: 'branch', label: out, condition: op('i32.eqz', below) }, turns],
    },
  ];
}
