/**
 * The kernels and steps of a program in, a module out that does a whole run by itself.
 *
 * Every thread calls `run(thread, threads)`. Threads take the workgroups of a kernel as they come, so that a
 * slow one does fewer; which workgroups there are does not depend on them, and so neither does any number.
 * Between two steps all threads meet. `step.0`, `step.1`, … are the steps alone, for measurements.
 */
import type { BufferSpec, DispatchStep, Step } from '../../runtime/program.ts';
import type { Lanes } from '../nest/nest.ts';
import type { Formula } from '../scalar/formula.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { formulaFunctions } from './formulas.ts';
import {
  at,
  type Func,
  get,
  type Instruction,
  i32,
  type Module,
  op,
  set,
  type Typed,
  tee,
} from './instructions.ts';
import { kernelFunction } from './kernel.ts';

export interface ModuleParts {
  /** In the order in which steps count them. */
  readonly kernels: readonly ScheduledKernel[];
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
}

export interface MadeModule {
  readonly module: Module;
  /** Bytes of memory of its own that a thread needs, a multiple of 16. */
  readonly scratch: number;
}

/** Where the words that threads share begin; where the first thread's own memory does. */
export const controlGlobal = 'control';
export const scratchGlobal = 'scratch';
export const bufferGlobal = (buffer: number): string => `buffer${buffer}`;

/** Bytes of `control`: threads that have arrived, how often all have met, workgroups that are taken. */
const arrived = 0;
const met = 4;
const taken = 8;

/** A kernel's workgroups are taken in about so many parts. */
const parts = 64;

export function moduleOf(name: string, { kernels, buffers, steps }: ModuleParts): MadeModule {
  const called = kernels.map((kernel, k) => `${k}.${kernel.pattern.kernel.name}`);
  const made = kernels.map((kernel, k) => kernelFunction(kernel, called[k]!));
  const scratch = Math.max(0, ...made.map((one) => one.scratch));
  const formulas: { formula: Formula; lanes: Lanes }[] = made.flatMap(({ uses }) => [...uses]);
  const stepFunctions: Func[] = [];
  /** The instruction that does a dispatch. */
  const dispatch = (step: DispatchStep, position?: Instruction): Instruction => {
    const kernel = kernels[step.kernel]!;
    const takes = kernel.nest.position !== undefined;
    const fn = dispatchFunction(`step.${stepFunctions.length}`, step, called[step.kernel]!, kernel, scratch);
    stepFunctions.push(fn);
    return call(fn.name, ...(takes ? [position!] : []));
  };
  const body = steps.flatMap((step, k): readonly Instruction[] => {
    switch (step.kind) {
      case 'dispatch':
        return [dispatch(step)];
      case 'copy': {
        const last = steps[k + 1]?.kind !== 'copy';
        return [copy(step.from, step.to, buffers[step.to]!.bytes), ...(last ? [meet] : [])];
      }
      case 'loop': {
        const label = `each.${k}.${step.index}`;
        const next = op('i32.add', get('position'), i32(step.by));
        const end = i32(step.from + step.count * step.by);
        const again = op('i32.ne', tee('position', next), end);
        return [
          set('position', i32(step.from)),
          {
            kind: 'loop',
            label,
            body: [
              ...step.steps.map((inner) => dispatch(inner, get('position'))),
              { kind: 'branch', label, condition: again },
            ],
          },
        ];
      }
      default:
        return step satisfies never;
    }
  });
  const run: Func = {
    name: 'run',
    comments: [`a run of ${name}`],
    parameters: threads,
    locals: steps.some(({ kind }) => kind === 'loop') ? [{ name: 'position', type: 'i32' }] : [],
    body,
    exported: true,
  };
  return {
    module: {
      comments: [],
      globals: [controlGlobal, scratchGlobal, ...buffers.map((_, k) => bufferGlobal(k))],
      functions: [
        ...formulaFunctions(formulas),
        ...made.map(({ fn }) => fn),
        meetFunction,
        ...stepFunctions,
        run,
      ],
    },
    scratch,
  };
}

const control: Instruction = { kind: 'global', global: controlGlobal };
/** What every thread is told. */
const threads = [
  { name: 'thread', type: 'i32' },
  { name: 'threads', type: 'i32' },
] as const satisfies readonly Typed[];
const call = (fn: string, ...more: readonly Instruction[]): Instruction => ({
  kind: 'call',
  fn,
  args: [...threads.map(({ name }) => get(name)), ...more],
});
const meet: Instruction = { kind: 'call', fn: 'meet', args: [get('threads')] };

/** One thread copies. */
const copy = (from: number, to: number, bytes: number): Instruction => ({
  kind: 'if',
  condition: op('i32.eqz', get('thread')),
  body: [
    op(
      'memory.copy',
      { kind: 'global', global: bufferGlobal(to) },
      { kind: 'global', global: bufferGlobal(from) },
      i32(bytes),
    ),
  ],
});

/** Takes parts of the workgroups while there are some, then meets the others. */
function dispatchFunction(
  name: string,
  step: DispatchStep,
  called: string,
  { nest }: ScheduledKernel,
  scratch: number,
): Func {
  const groups = nest.workgroups;
  const position = nest.position === undefined ? [] : ['position'];
  const part = Math.ceil(groups / parts);
  const end = op('i32.add', get('first'), i32(part));
  const until = op('select', end, i32(groups), op('i32.lt_u', end, i32(groups)));
  const own = op(
    'i32.add',
    { kind: 'global', global: scratchGlobal },
    op('i32.mul', get('thread'), i32(scratch)),
  );
  const addresses = step.buffers.map(
    (buffer): Instruction => ({ kind: 'global', global: bufferGlobal(buffer) }),
  );
  return {
    name,
    comments: [step.name, ...step.origins],
    parameters: [...threads, ...position.map((given) => ({ name: given, type: 'i32' }) as const)],
    locals: [{ name: 'first', type: 'i32' }],
    body: [
      {
        kind: 'block',
        label: 'done',
        body: [
          {
            kind: 'loop',
            label: 'more',
            body: [
              set('first', at('i32.atomic.rmw.add', taken, control, i32(part))),
              { kind: 'branch', label: 'done', condition: op('i32.ge_u', get('first'), i32(groups)) },
              {
                kind: 'call',
                fn: called,
                args: [get('first'), until, own, ...position.map(get), ...addresses],
              },
              { kind: 'branch', label: 'more' },
            ],
          },
        ],
      },
      meet,
    ],
    exported: true,
  };
}

/** So often a thread looks whether the others have come before it sleeps. */
const looks = 4000;
/** Nanoseconds that it sleeps at most before it looks again. */
const sleep = 100_000_000;

/** Returns when all threads have called it. The last one makes everything ready for the next step. */
const meetFunction: Func = {
  name: 'meet',
  exported: false,
  comments: ['all threads meet'],
  parameters: [{ name: 'threads', type: 'i32' }],
  locals: [
    { name: 'before', type: 'i32' },
    { name: 'looked', type: 'i32' },
  ],
  body: [
    set('before', at('i32.atomic.load', met, control)),
    {
      kind: 'if',
      condition: op(
        'i32.eq',
        op('i32.add', at('i32.atomic.rmw.add', arrived, control, i32(1)), i32(1)),
        get('threads'),
      ),
      body: [
        at('i32.atomic.store', arrived, control, i32(0)),
        at('i32.atomic.store', taken, control, i32(0)),
        op('drop', at('i32.atomic.rmw.add', met, control, i32(1))),
        op('drop', at('memory.atomic.notify', met, control, i32(-1))),
        op('return'),
      ],
    },
    {
      kind: 'block',
      label: 'together',
      body: [
        {
          kind: 'loop',
          label: 'again',
          body: [
            {
              kind: 'branch',
              label: 'together',
              condition: op('i32.ne', at('i32.atomic.load', met, control), get('before')),
            },
            {
              kind: 'branch',
              label: 'again',
              condition: op('i32.lt_u', tee('looked', op('i32.add', get('looked'), i32(1))), i32(looks)),
            },
            op(
              'drop',
              at('memory.atomic.wait32', met, control, get('before'), {
                kind: 'const',
                type: 'i64',
                value: sleep,
              }),
            ),
            { kind: 'branch', label: 'again' },
          ],
        },
      ],
    },
  ],
};
