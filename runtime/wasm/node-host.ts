/** Threads of Node, as the executor starts them. */
import { Worker } from 'node:worker_threads';
import type { Host } from './host.ts';

export const nodeHost: Host = {
  // Of a program that is started with --input-type=module the threads' texts are modules, too, which know no `require`.
  prologue: `
const { parentPort } = process.getBuiltinModule('node:worker_threads');
const listen = (handle) => parentPort.on('message', handle);
const send = (message, moved) => parentPort.postMessage(message, moved);
`,
  start(script, name, { heard, ended }) {
    const worker = new Worker(script, { eval: true, name });
    worker.on('message', heard);
    worker.on('error', (error: unknown) => ended(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => ended(`it ended with code ${code}`));
    worker.unref();
    return {
      tell: (message, moved = []) => worker.postMessage(message, moved),
      hold: (wanted) => (wanted ? worker.ref() : worker.unref()),
      stop: () => void worker.terminate(),
    };
  },
};
