/**
 * The schedule that lists positions: in time that grows with the positions and the numbers, without atomics.
 *
 * A thread owns the numbers v that leave one remainder when divided by the number of threads. It empties their lists,
 * then goes through all positions from the last one back and puts each that holds a number of its own before the ones
 * that it has: what it reads and writes is its own, so that nobody waits, and each list is in order.
 */
import { countPoints } from '../../../runtime/extents.ts';
import { classOf } from '../../classes/index.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, divide, modulo, scale, subtract, variable } from '../../index/build.ts';
import { identityOf } from '../../ir/reducers.ts';
import { localName, type Statement, type Term, workgroupName } from '../../nest/nest.ts';
import { and, call, heldWithin, indexTerm, less, literal } from '../../nest/terms.ts';
import type { Target } from '../../target.ts';
import { unflatten } from '../axes.ts';
import { type Builder, bind, bindIndex, type Emit } from '../builder.ts';
import { addressOf } from '../facts.ts';
import { mostThreads } from '../grid.ts';
import { placeOf, pointAt } from '../point.ts';
import { type Attempt, notOfThisKind, type Schedule } from '../schedule.ts';
import { type Lists, listsIn } from './recognise.ts';

export const makeLists: Schedule = {
  name: 'lists',
  doc: 'Lists the positions of each number: a thread puts those of its own numbers in order.',
  unrolls: ['none'],
  attempt,
};

function attempt(builder: Builder, target: Target): Attempt {
  const lists = listsIn(builder);
  if (lists === undefined) return notOfThisKind;
  const batch = builder.kernel.rows.slice(0, -1);
  const batches = countPoints(batch);
  const perBatch = Math.max(1, Math.floor(classOf(target).lists.threads / batches));
  const threads = perBatch * batches;
  const workgroupSize = Math.min(threads, mostThreads(target), classOf(target).lists.threads);
  const body: Statement[] = [];
  const emit: Emit = (statement) => body.push(statement);
  const position = add(scale(variable(workgroupName), workgroupSize), variable(localName));
  const thread = builder.integer('thread', threads);
  emit({ kind: 'let', name: thread, value: indexTerm(position, 'u32') });
  const inside: Statement[] = [];
  const into: Emit = (statement) => inside.push(statement);
  const owner = bindIndex(
    builder,
    into,
    'owner',
    modulo(variable(thread), perBatch, builder.ranges),
    perBatch,
  );
  const extents = batch.map(({ extent }) => extent);
  const rows = unflatten(divide(variable(thread), perBatch, builder.ranges), extents, builder.ranges).map(
    (of, k) => bindIndex(builder, into, batch[k]!.name, of, extents[k]!),
  );
  for (const one of lists) list(builder, one, rows, owner, perBatch, into);
  const whole = threads % workgroupSize === 0;
  if (whole) body.push(...inside);
  else
    emit({
      kind: 'if',
      condition: less(indexTerm(variable(thread), 'u32'), literal(threads, 'u32')),
      body: inside,
    });
  return {
    kind: 'built',
    nest: builder.finish({ workgroups: Math.ceil(threads / workgroupSize), workgroupSize, body }),
    because: `${countPoints(builder.kernel.columns)} positions, each put before those of its number by one of ${perBatch} threads`,
    rejected: [],
  };
}

/** One list a number. `owner` of `owners` threads: each has the numbers that leave it as remainder. */
function list(
  builder: Builder,
  { step, values, key }: Lists,
  rows: readonly Affine[],
  owner: Affine,
  owners: number,
  emit: Emit,
): void {
  const { kernel, ranges } = builder;
  const info = builder.values.get(step.value)!;
  const buffer = builder.bufferOf(step.value);
  const at = (element: Affine): Affine => addressOf(info, [...rows, element], ranges);
  const put = (element: Affine, value: Term, into: Emit): void =>
    into({ kind: 'store', buffer, position: at(element), value });
  const none = literal(identityOf('min', 'i32'), 'i32');

  const turn = builder.integer('turn', Math.ceil(values / owners));
  const emptied: Statement[] = [];
  const number = add(scale(variable(turn), owners), owner);
  const empties: Emit = (statement) => emptied.push(statement);
  if (values % owners === 0) put(number, none, empties);
  else {
    const bound = builder.integer('number', values);
    const ifOne: Statement[] = [];
    put(variable(bound), none, (statement) => ifOne.push(statement));
    empties({ kind: 'let', name: bound, value: indexTerm(number, 'u32') });
    empties({
      kind: 'if',
      condition: less(indexTerm(variable(bound), 'u32'), literal(values, 'u32')),
      body: ifOne,
    });
  }
  emit({
    kind: 'loop',
    name: turn,
    from: constant(0),
    until: Math.ceil(values / owners),
    by: 1,
    body: emptied,
  });

  const count = countPoints(kernel.columns);
  const back = builder.integer('back', count);
  const turns: Statement[] = [];
  const into: Emit = (statement) => turns.push(statement);
  const position = bindIndex(builder, into, 'position', subtract(constant(count - 1), variable(back)), count);
  const columns = unflatten(
    position,
    kernel.columns.map(({ extent }) => extent),
    ranges,
  );
  const place = placeOf([
    new Map([
      ...kernel.rows.slice(0, -1).map(({ name }, k) => [name, rows[k]!] as const),
      ...kernel.columns.map(({ name }, k) => [name, columns[k]!] as const),
    ]),
  ]);
  const found = bind(builder, into, 'found', pointAt(builder, place, into, new Map()).of(key));
  const isNumber = and(
    call('less_equal', 'bool', literal(0, 'i32'), found),
    less(found, literal(values, 'i32')),
  );
  const own = builder.integer('at', values);
  into({ kind: 'let', name: own, value: call('to_u32', 'u32', heldWithin(found, values)) });
  const isOwn = (of: Affine): Term =>
    owners === 1
      ? literal(1, 'bool')
      : call('equal', 'bool', indexTerm(modulo(of, owners, ranges), 'u32'), indexTerm(owner, 'u32'));
  const mine: Statement[] = [];
  const intoMine: Emit = (statement) => mine.push(statement);
  const before = builder.fresh('before');
  intoMine({
    kind: 'let',
    name: before,
    value: { kind: 'load', dtype: 'i32', lanes: 1, buffer, position: at(variable(own)), anywhere: false },
  });
  const next = add(position, constant(values));
  put(next, { kind: 'name', dtype: 'i32', lanes: 1, name: before }, intoMine);
  put(variable(own), indexTerm(position, 'i32'), intoMine);
  into({ kind: 'if', condition: and(isNumber, isOwn(variable(own))), body: mine });
  // What is no number is on no list; the first thread says so.
  const nobodys: Statement[] = [];
  put(next, none, (statement) => nobodys.push(statement));
  const isFirst =
    owners === 1 ? literal(1, 'bool') : call('equal', 'bool', indexTerm(owner, 'u32'), literal(0, 'u32'));
  into({ kind: 'if', condition: and(call('not', 'bool', isNumber), isFirst), body: nobodys });
  emit({ kind: 'loop', name: back, from: constant(0), until: count, by: 1, body: turns });
}
