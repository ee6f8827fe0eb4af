/** What a program keeps from kernel to kernel and what is made again, with the costs of both, as text: per loop, then outside. */
import type { Keeping } from '../../compiler/fuse/keep.ts';
import type { LoopMemory, Memory, TensorMemory } from '../../compiler/plan/memory.ts';
import { sizeText } from '../../runtime/limits.ts';
import { tableText } from '../terminal/text-table.ts';

/** Of the tensors outside of loops, the largest. */
const mostRows = 12;
const mostNamed = 8;

/** Nothing where nothing is kept for a loop or for the backward pass. */
export function keptText({ tensors, recomputed, loops }: Memory): string {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor] as const));
  const again = new Map(recomputed.map((one) => [one.name, one] as const));
  const inLoops = new Set(loops.flatMap((loop) => [...loop.stored, ...loop.recomputed]));
  const outside = tensors
    // Without costs it is read on chip alone.
    .filter(({ kind, name, costs }) => kind === 'activation' && costs !== undefined && !inLoops.has(name))
    .sort((a, b) => b.bytes - a.bytes);
  const rows = [
    ...outside.slice(0, mostRows).map(keptRow),
    ...recomputed.filter(({ name }) => !inLoops.has(name)).map(againRow),
  ];
  const more = outside.length > mostRows ? `and ${outside.length - mostRows} smaller ones\n` : '';
  const texts = [
    ...loops.map((loop) => loopText(loop, byName, again)),
    ...(rows.length === 0 ? [] : [`${table('for the backward pass', rows)}${more}`]),
  ];
  if (texts.length === 0) return '';
  return `${texts.join('\n')}${legend}\n\n`;
}

const legend = `to keep: what to write and read it costs; again: what it costs to make it again; in operations`;

function loopText(
  { over, stored, recomputed, unstored }: LoopMemory,
  byName: ReadonlyMap<string, TensorMemory>,
  again: ReadonlyMap<string, Keeping>,
): string {
  const rows = [
    ...stored.flatMap((name) => byName.get(name) ?? []).map(keptRow),
    ...recomputed.map((name) => againRow(again.get(name)!)),
  ];
  const shown = unstored.slice(0, mostNamed).join(', ');
  const more = unstored.length > mostNamed ? ` and ${unstored.length - mostNamed} more` : '';
  const never = unstored.length === 0 ? '' : `on chip alone: ${shown}${more}\n`;
  return `${table(`loop over ${over}`, rows)}${never}`;
}

const table = (title: string, rows: readonly (readonly string[])[]): string =>
  tableText(
    [
      { title, most: 36 },
      { title: 'kept' },
      { title: 'bytes', align: 'right' },
      { title: 'to keep', align: 'right' },
      { title: 'again', align: 'right' },
      { title: '', most: 56 },
    ],
    rows,
  );

function keptRow({ name, kept, bytes, costs }: TensorMemory): readonly string[] {
  return [
    name,
    keptFor(kept),
    sizeText(bytes),
    costs === undefined ? '' : operationsText(costs.keeping),
    costs === undefined ? '' : operationsText(costs.recomputing),
    costs === undefined ? '' : whyKept(costs),
  ];
}

const whyKept = ({ keeping, recomputing, because }: Keeping): string =>
  recomputing >= keeping ? 'to make it again costs more' : (because ?? 'the costs are near each other');

function keptFor(kept: TensorMemory['kept']): string {
  if (kept === undefined) return 'all';
  const { positions, of } = kept;
  if (positions === of) return `all ${of} steps`;
  return positions === 1 ? '1 slot' : `${positions} slots`;
}

const againRow = ({ name, keeping, recomputing }: Keeping): readonly string[] => [
  name,
  'recomputed',
  '',
  operationsText(keeping),
  operationsText(recomputing),
  'made where it is read, which costs less',
];

const units = [
  { from: 1e9, unit: 'G' },
  { from: 1e6, unit: 'M' },
  { from: 1e3, unit: 'k' },
];

function operationsText(operations: number): string {
  const scale = units.find(({ from }) => operations >= from);
  return scale === undefined
    ? String(Math.ceil(operations))
    : `${(operations / scale.from).toPrecision(3)} ${scale.unit}`;
}
