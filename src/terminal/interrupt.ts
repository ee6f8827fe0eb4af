/** Work that can be stopped in; the same work, stopped by Ctrl-C or by whoever ends the process, out. */
import { type ExitCode, exitCodes } from './failure.ts';
import { tell } from './output.ts';

/** Ctrl-C, the end that a supervisor or a cluster asks for, and a terminal that is gone. */
const signals = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
} as const satisfies Partial<Record<NodeJS.Signals, ExitCode>>;

type Stop = keyof typeof signals;

export interface Interruptible<T> {
  readonly result: T;
  /** How the process is to end, where it was stopped. */
  readonly stopped: ExitCode | undefined;
}

/**
 * The first signal asks to stop between two steps, and to save; the same one again, or Ctrl-C, ends at once. Two
 * different ones may come together, when a session is closed.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Interruptible<T>> {
  const controller = new AbortController();
  let first: Stop | undefined;
  const stop = (name: Stop): void => {
    if (first === undefined) {
      first = name;
      tell('\nstopping after this step (Ctrl-C again to stop at once)\n');
      controller.abort();
    } else if (name === first || name === 'SIGINT') process.exit(signals[name]);
  };
  const names = Object.keys(signals) as readonly Stop[];
  for (const name of names) process.on(name, stop);
  try {
    const result = await work(controller.signal);
    return { result, stopped: first && signals[first] };
  } finally {
    for (const name of names) process.off(name, stop);
  }
}
