/**
 * A scheduled kernel in, a function of the module out: it does the workgroups from one to another, one after
 * another, on the thread that calls it. The position of its loop, where it has one, and the addresses of its buffers
 * are parameters.
 */
import { type Lanes, localName, type Nest, type Statement, workgroupName } from '../nest/nest.ts';
import { shareAddresses } from '../nest/share-addresses.ts';
import { shareTerms } from '../nest/share-terms.ts';
import type { Formula } from '../scalar/formula.ts';
import { headerLines } from '../schedule/header.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { type Func, get, type Instruction, i32, localsOf, op, set, type Typed } from './instructions.ts';
import { counted, statementsOf } from './statements.ts';
import type { Printer } from './terms.ts';
import { functionLines } from './wat.ts';

export interface KernelFunction {
  readonly fn: Func;
  readonly uses: readonly { readonly formula: Formula; readonly lanes: Lanes }[];
  /** Bytes of memory of its own that a thread needs. */
  readonly scratch: number;
  /** What it prints: with a name for what is used twice. */
  readonly nest: Nest;
  /** Of an instruction, or of the first of some, the statement that it does. */
  readonly statements: ReadonlyMap<Instruction, Statement>;
  /** The parameter that is the address of each buffer. */
  readonly addresses: readonly string[];
}

/** Parameters beside the first workgroup; no name of a nest has such a letter. */
const untilName = '&until';
const scratchName = '&scratch';

export const kernelFunction = (scheduled: ScheduledKernel, name: string): KernelFunction =>
  nestFunction(
    scheduled.nest,
    name,
    headerLines(scheduled).map(({ text }) => text),
  );

export function nestFunction(unnamed: Nest, name: string, comments: readonly string[]): KernelFunction {
  const nest = namedNest(unnamed);
  const addresses = nest.buffers.map((buffer, k) => `&${k}.${buffer.name}`);
  const position = nest.position === undefined ? [] : [nest.position];
  const parameters: readonly Typed[] = [workgroupName, untilName, scratchName, ...position, ...addresses].map(
    (parameter) => ({ name: parameter, type: 'i32' }),
  );
  const locals = localsOf(parameters.map((parameter) => parameter.name));
  const uses = new Map<string, { formula: Formula; lanes: Lanes }>();
  const { memories, scratch } = memoriesOf(nest);
  const statements = new Map<Instruction, Statement>();
  const printer: Printer = {
    nest,
    locals,
    bases: addresses.map(get),
    memories,
    uses: (formula, lanes) => uses.set(`${formula.name} ${lanes}`, { formula, lanes }),
    does: (instruction, statement) => statements.set(instruction, statement),
  };
  locals.declare(localName, 'i32');
  const body = statementsOf(nest.body, printer);
  const threads =
    nest.workgroupSize === 1
      ? body
      : [set(localName, i32(0)), ...counted(localName, i32(nest.workgroupSize), 1, body, true)];
  return {
    fn: {
      name,
      comments,
      parameters,
      locals: locals.all(),
      body: counted(workgroupName, get(untilName), 1, threads, false),
      exported: false,
    },
    uses: [...uses.values()],
    scratch,
    nest,
    statements,
    addresses,
  };
}

/** The text of the function, with what it computes above it. */
export const printKernel = (scheduled: ScheduledKernel): string =>
  functionLines(kernelFunction(scheduled, scheduled.pattern.kernel.name).fn)
    .map(({ text }) => `${text}\n`)
    .join('');

/** Positions count elements: WebAssembly reads four wherever they begin. */
const namedNest = (nest: Nest): Nest =>
  shareAddresses(
    shareTerms(nest),
    nest.buffers.map(() => 1),
  );

/** One after another in the scratch of a thread. */
function memoriesOf({ memories }: Nest): {
  readonly memories: ReadonlyMap<string, Instruction>;
  readonly scratch: number;
} {
  let scratch = 0;
  const placed = memories.map(({ name, size, lanes }) => {
    const address = op('i32.add', get(scratchName), i32(scratch));
    scratch += Math.ceil((4 * size * lanes) / 16) * 16;
    return [name, address] as const;
  });
  return { memories: new Map(placed), scratch };
}
