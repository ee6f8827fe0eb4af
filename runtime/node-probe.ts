/**
 * A question comes in, whether the Vulkan drivers of this machine offer a hardware adapter; the answer goes out.
 *
 * Drivers, the Vulkan loader and Dawn print to the process's stderr what they miss, and nothing in Node can hold
 * that back. So they are asked in a process of its own, whose stderr goes nowhere; only where they have hardware
 * are they loaded into this one. A driver that crashes takes nobody with it.
 */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { isSoftware } from './device.ts';
import { entryOf } from './node-packages.ts';

/** `unknown`: the process gave no answer, and its drivers may still be good. */
export type ProbeAnswer = 'hardware' | 'none' | 'crashed' | 'unknown';

type AdapterNames = Parameters<typeof isSoftware>[0];

const script = `
  const { create } = await import(process.argv[1]);
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
  process.send({ adapter: adapter && { vendor, architecture, device, description, isFallbackAdapter } }, () => process.exit());
`;

/** Longer than any driver needs that is any good. */
const patience = 20_000;

/** Asks the drivers that `variables` lead to; `loaderFolder` holds the Vulkan loader where the system has none. */
export function probeHardware(
  variables: Readonly<Record<string, string>>,
  loaderFolder?: string,
): Promise<ProbeAnswer> {
  const entry = entryOf('webgpu');
  if (entry === undefined) return Promise.resolve('unknown');
  const dawn = pathToFileURL(entry).href;
  const libraries = [loaderFolder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, dawn], {
      env: { ...process.env, ...variables, ...(libraries !== '' && { LD_LIBRARY_PATH: libraries }) },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: patience,
    });
    let answer: ProbeAnswer = 'unknown';
    child.on('message', ({ adapter }: { readonly adapter: AdapterNames | null }) => {
      answer = adapter === null || isSoftware(adapter) ? 'none' : 'hardware';
    });
    child.on('error', () => resolve('unknown'));
    child.on('close', (_, signal) => resolve(answer === 'unknown' && signal !== null ? 'crashed' : answer));
  });
}
