/** Whether threads have room for a memory that they share, where addresses are limited (`ulimit -v`): asked before any starts. */
import { readFileSync } from 'node:fs';
import { DeviceError } from '../errors.ts';
import { sizeText } from '../limits.ts';

/**
 * What V8 reserves of addresses, used or not: 10 GiB for a memory, so that its reads need no checks (8 GiB that 33 bits
 * address, 2 GiB as a guard), and some hundred MiB for each thread. Measured with Node 20 on Linux: 10.0 and 0.8 GiB.
 */
const ofMemory = 10.25 * 2 ** 30;
const ofThread = 0.85 * 2 ** 30;

/**
 * Throws a DeviceError where the addresses that this process may still take are fewer than `threads` threads need:
 * without them the engine would end the process.
 */
export function checkAddressSpace(threads: number): void {
  const left = addressesLeft();
  const needed = ofMemory + threads * ofThread;
  if (left >= needed) return;
  throw new DeviceError(
    `${threads === 1 ? 'a thread' : `${threads} threads`} and their memory need ${sizeText(needed)} of addresses, ` +
      `and this process has ${sizeText(left)} (ulimit -v)\n` +
      '  hint: the engine reserves them, used or not; run it with ulimit -v unlimited' +
      (threads === 1 ? '' : ', or with --threads 1'),
  );
}

/** Unlimited where the system does not tell: only Linux does. */
function addressesLeft(): number {
  try {
    const [, most] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const [, taken] = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return most === undefined || taken === undefined
      ? Infinity
      : Math.max(0, Number(most) - 1024 * Number(taken));
  } catch {
    return Infinity;
  }
}
