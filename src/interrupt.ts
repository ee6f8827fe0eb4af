/** Work that can be stopped in; the same work, stopped by Ctrl-C, out. */
import { exitCodes } from './failure.ts';
import { tell } from './output.ts';

/** The first Ctrl-C asks to stop between two steps, and to save; a second one ends at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    tell('\nstopping after this step (Ctrl-C again to stop at once)\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
  }
}
