/** What of a program is beyond the limits that it is compiled for, as data and as an error. */
import type { Limits } from '../../runtime/limits.ts';
import { limitText } from '../../runtime/limits.ts';
import type { Origin } from '../ir/graph.ts';
import { presets, type Target } from '../target.ts';

export interface LimitProblem {
  /** Stable. NN601 a tensor, 602 buffers, 603 workgroups, 604 workgroup memory, 605 threads, 606 all memory, 607 positions. */
  readonly code: `NN60${1 | 2 | 3 | 4 | 5 | 6 | 7}`;
  /** What is too much, how much it is, and the limit; one sentence without a full stop. */
  readonly message: string;
  /** The equation that asks for it. */
  readonly origin: Origin;
  /** What to say at that place. */
  readonly remark: string;
  readonly hint: string;
  /** Others that have a part in it. */
  readonly related: readonly { readonly origin: Origin; readonly remark: string }[];
}

/** A program that does not fit its target. Nothing is made of it. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly problems: readonly LimitProblem[];
  readonly target: Target;

  constructor(program: string, problems: readonly LimitProblem[], target: Target) {
    const lines = problems.map(({ code, message, origin: { place }, hint }) => {
      const at = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
      return `  ${at}${message} [${code}]\n    hint: ${hint}`;
    });
    super([`program ${program} does not fit ${whose(target)}`, ...lines].join('\n'));
    this.problems = problems;
    this.target = target;
  }
}

/** `--limits desktop`, or the adapter's name. */
export const whose = ({ from, name }: Target): string =>
  from === 'adapter' ? name : `the limits it is compiled for (${name})`;

/** `the largest binding is 128 MiB with --limits guaranteed`; `what` is what the limit is of. */
export const allowed = (what: string, limit: keyof Limits, target: Target): string =>
  `${what} ${limitText(limit, target[limit] ?? 0)} ${target.from === 'adapter' ? 'on' : 'with'} ${target.name}`;

/** What to do about it: other limits where those would do, else `smaller`, which is what to make smaller. */
export function hintFor(needed: number, limit: keyof Limits, smaller: string, target: Target): string {
  if (target.from === 'adapter') return `${smaller}, or take an adapter that allows more (nnc devices)`;
  const desktop = limit === 'memory' ? undefined : presets.desktop[limit];
  const other =
    desktop !== undefined && needed <= desktop
      ? `--limits desktop allows ${limitText(limit, desktop)}`
      : `--limits ${limit}=… sets the limit, where an adapter is known to allow more (nnc devices)`;
  return `${other}; or ${smaller}`;
}
