/** The processor as an executor in a page of a browser, which never waits for it: Web Workers do all the work. */
import type { Executor } from '../executor.ts';
import { createWasmExecutor, type Machine, type WasmOptions } from './executor.ts';
import type { Host } from './host.ts';
import type { WasmMemory } from './memory.ts';

const pageHost: Host = {
  prologue: `
const listen = (handle) => { onmessage = ({ data }) => handle(data); };
const send = (message, moved) => postMessage(message, moved);
`,
  start(script, name, { heard, ended }) {
    const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(address, { name });
    worker.onmessage = ({ data }) => heard(data);
    worker.onerror = ({ message }) =>
      ended(message || 'its script was refused (the policy of a page has to allow worker-src blob:)');
    worker.onmessageerror = () => ended('it could not read a message');
    return {
      tell: (message, moved = []) => worker.postMessage(message, [...moved]),
      hold: () => {},
      stop() {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  },
};

/**
 * Memory is shared where the page is isolated from those of other origins (Cross-Origin-Opener-Policy: same-origin,
 * Cross-Origin-Embedder-Policy: require-corp), and all cores work; else one thread does, with the same bits.
 */
export function pageExecutor(options: WasmOptions = {}): Executor<WasmMemory> {
  const machine: Machine = {
    processor: 'the processor',
    cores: navigator.hardwareConcurrency,
    alone: crossOriginIsolated ? undefined : 'this page is not cross-origin isolated',
  };
  return createWasmExecutor(pageHost, machine, options);
}
