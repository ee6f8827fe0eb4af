/** Opens the adapter that a command asks for and says in one line which one it is. */

import { createSession, type Session } from '../runtime/execute.ts';
import type { Executor, Memory } from '../runtime/executor.ts';
import { openNodeDevice } from '../runtime/node-device.ts';
import { wasmExecutor } from '../runtime/wasm/node-executor.ts';
import { webgpuExecutor } from '../runtime/webgpu/executor.ts';
import { UsageError } from './failure.ts';
import { paint, tell } from './output.ts';

export type DeviceKind = 'auto' | 'hardware' | 'software' | 'cpu';

/** Runs `work` with an open session and closes all behind it, whatever happens. */
export async function withSession<T>(
  options: {
    readonly device: DeviceKind;
    /** Of the processor. */
    readonly threads?: number;
    readonly seed: number;
    readonly fineClock?: boolean;
    /** Says nothing of what it runs on. */
    readonly quiet?: boolean;
    /** Whether drivers may print. */
    readonly verbose: boolean;
  },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { threads } = options;
  if (threads !== undefined && options.device !== 'cpu') {
    throw new UsageError('--threads counts those of the processor: say --device cpu');
  }
  if (options.device === 'cpu') {
    const executor = wasmExecutor(threads === undefined ? {} : { threads });
    if (!options.quiet) tell(paint.dim(`running on ${executor.info.name}\n`));
    return sessionOn(executor, options.seed, () => {}, work);
  }
  // Browsers round timestamps against spying pages, and Dawn does as they do unless told otherwise.
  const disable = options.fineClock ? ['timestamp_quantization'] : [];
  const device = await openNodeDevice({ device: options.device, verbose: options.verbose, disable });
  if (device.info.class === 'software' && !options.quiet) {
    tell(paint.dim(`running on ${device.info.name}, a software adapter\n`));
  }
  const executor = webgpuExecutor(device, { notify: (text) => tell(paint.dim(`${text}\n`)) });
  return sessionOn(executor, options.seed, () => device.close(), work);
}

async function sessionOn<T, M extends Memory>(
  executor: Executor<M>,
  seed: number,
  close: () => void,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = createSession(executor, { seed });
  try {
    return await work(session);
  } finally {
    session.close();
    close();
  }
}
