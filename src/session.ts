/** Opens the adapter that a command asks for and says in one line which one it is. */

import pc from 'picocolors';
import { createSession, type Session } from '../runtime/execute.ts';
import { openNodeDevice } from '../runtime/node-device.ts';

export type DeviceKind = 'auto' | 'hardware' | 'software';

/** Runs `work` with an open session and closes all behind it, whatever happens. */
export async function withSession<T>(
  options: { readonly device: DeviceKind; readonly seed: number },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const device = await openNodeDevice({ device: options.device });
  if (device.info.class === 'software') {
    process.stderr.write(pc.dim(`running on ${device.info.name}, a software adapter\n`));
  }
  const session = createSession(device, { seed: options.seed });
  try {
    return await work(session);
  } finally {
    session.close();
    device.close();
  }
}
