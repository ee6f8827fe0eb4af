/**
 * A scheduled kernel in, its WGSL text out.
 *
 * Schedules leave nests that say everything once for each element; here terms that are used twice get a name,
 * functions that WGSL does not apply to vectors are applied lane by lane, and names become legal. The text
 * depends on nothing but the kernel: the same kernel gives the same bytes.
 */

import { splitLanes } from '../nest/lanes.ts';
import { localName, type Nest, workgroupName } from '../nest/nest.ts';
import { shareAddresses } from '../nest/share-addresses.ts';
import { shareTerms } from '../nest/share-terms.ts';
import { headerLines } from '../schedule/header.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { formulasIn, isOfFour } from './calls.ts';
import { formulaText } from './formulas.ts';
import { type Line, line } from './lines.ts';
import { namer } from './names.ts';
import { statementLines } from './statements.ts';
import type { Printer } from './terms.ts';
import { storedType, typeText } from './types.ts';
import { type Viewed, withViews } from './views.ts';

/** What the runtime writes; a name of the namer that neither a name of a nest is nor one of a buffer, which end with blanks. */
const positionGiven = '@position';

export function printKernel(scheduled: ScheduledKernel): string {
  return kernelLines(scheduled)
    .lines.map(({ text }) => `${text}\n`)
    .join('');
}

/** The text line by line, and the nest that it prints: with a name for all that WGSL names. */
export function kernelLines(scheduled: ScheduledKernel): {
  readonly nest: Nest;
  readonly lines: readonly Line[];
} {
  const { nest: named, lanes } = withNames(scheduled.nest);
  const nest = shareAddresses(named, lanes);
  const formulas = formulasIn(nest);
  const names = namer(formulas.map((formula) => formula.name));
  // First, so that nothing outside of `main` is called as an address space is.
  names(workgroupName);
  // Buffers may be called like indices: they have their own corner of the namer.
  const bufferNames = nest.buffers.map((buffer, k) => names(`${buffer.name}${' '.repeat(k)} `));
  const printer: Printer = { nest, lanes, names, bufferNames };
  const lines = [
    ...headerLines(scheduled).map(({ text, step }) =>
      line(`// ${text}`.trimEnd(), step === undefined ? undefined : { step }),
    ),
    ...nest.buffers.map((buffer, k) => {
      const type = `array<${typeText(storedType(buffer.dtype), lanes[k]!)}, ${buffer.size / lanes[k]!}>`;
      return line(`@group(0) @binding(${k}) var<storage, ${buffer.access}> ${bufferNames[k]}: ${type};`, {
        buffer: k,
      });
    }),
    ...(nest.position === undefined
      ? []
      : [line(`@group(1) @binding(0) var<uniform> ${names(positionGiven)}: u32;`)]),
    ...nest.memories.map((memory) => {
      const space = memory.scope === 'workgroup' ? 'workgroup' : 'private';
      const type = `array<${typeText(storedType(memory.dtype), memory.lanes)}, ${memory.size}>`;
      return line(`var<${space}> ${names(memory.name)}: ${type};`, { memory: memory.name });
    }),
    ...formulas.flatMap((formula) => ['', ...formulaText(formula).split('\n')].map((text) => line(text))),
    line(''),
    line(`@compute @workgroup_size(${scheduled.workgroupSize.join(', ')})`),
    line(
      'fn main(@builtin(workgroup_id) workgroup_id: vec3u, @builtin(local_invocation_index) local_index: u32) {',
    ),
    ...prologue(scheduled, names).map((text) => line(text)),
    ...statementLines(nest.body, printer, '  '),
    line('}'),
  ];
  return { nest, lines };
}

/** A nest of which WGSL has each access and each call, and in which terms that are used twice have names. */
export function withNames(scheduled: Nest): Viewed {
  const { nest, lanes } = withViews(scheduled);
  return { nest: shareTerms(splitLanes(nest, isOfFour)), lanes };
}

/** The names that every thread is given. Groups beyond the last one have nothing to do. */
function prologue(
  { nest, workgroups: [x, y, z] }: ScheduledKernel,
  names: (name: string) => string,
): readonly string[] {
  const outer = z === 1 ? 'workgroup_id.y' : `(workgroup_id.z * ${y}u + workgroup_id.y)`;
  const number = y * z === 1 ? 'workgroup_id.x' : `${outer} * ${x}u + workgroup_id.x`;
  const group = names(workgroupName);
  return [
    `  let ${group} = ${number};`,
    `  let ${names(localName)} = local_index;`,
    ...(nest.position === undefined ? [] : [`  let ${names(nest.position)} = ${names(positionGiven)};`]),
    ...(x * y * z > nest.workgroups
      ? [`  if (${group} >= ${nest.workgroups}u) {`, '    return;', '  }']
      : []),
  ];
}
