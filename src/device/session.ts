/** Opens the adapter that a command asks for, or the processor, and says in one line which one it is. */

import type { Device, DeviceChoice } from '../../runtime/device.ts';
import { DeviceError } from '../../runtime/errors.ts';
import { createSession, type Session } from '../../runtime/execute.ts';
import type { Executor, Memory } from '../../runtime/executor.ts';
import { type NodeDeviceOptions, openNodeDevice } from '../../runtime/node-device.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { UsageError } from '../terminal/failure.ts';
import { paint, tell } from '../terminal/output.ts';

/** `auto`: a GPU, and where there is none, the processor. */
export type DeviceKind = 'auto' | 'hardware' | 'software' | 'cpu';

/** The open adapter that is wanted; undefined where that is the processor. */
export async function openDeviceOf(
  kind: DeviceKind | DeviceChoice,
  options: Omit<NodeDeviceOptions, 'device'> = {},
): Promise<Device | undefined> {
  if (kind === 'cpu') return undefined;
  if (kind !== 'auto') return openNodeDevice({ ...options, device: kind });
  try {
    return await openNodeDevice({ ...options, device: 'hardware' });
  } catch (failure) {
    if (failure instanceof DeviceError) return undefined;
    throw failure;
  }
}

/** Runs `work` with an open session and closes all behind it, whatever happens. */
export async function withSession<T>(
  options: {
    /** `any`: an adapter, whatever its class. */
    readonly device: DeviceKind | 'any';
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
  // Who counts threads of the processor means the processor.
  const wanted = options.device === 'auto' && threads !== undefined ? 'cpu' : options.device;
  if (threads !== undefined && wanted !== 'cpu') {
    throw new UsageError('--threads counts those of the processor: say --device cpu');
  }
  // Browsers round timestamps against spying pages, and Dawn does as they do unless told otherwise.
  const disable = options.fineClock ? ['timestamp_quantization'] : [];
  const device = await openDeviceOf(wanted, { verbose: options.verbose, disable });
  if (device === undefined) {
    const executor = wasmExecutor(threads === undefined ? {} : { threads });
    if (!options.quiet) tell(paint.dim(`running on ${executor.info.name}\n`));
    return sessionOn(executor, options.seed, () => {}, work);
  }
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
