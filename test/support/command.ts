/** A command line in, what it prints and how it ends out. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** What Node runs as `nnc`. */
export const program = path.join(root, 'bin/nnc.mjs');

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs `nnc` with these arguments in the folder of the project. */
export const nnc = (...args: readonly string[]): Finished => nncWith({}, ...args);

/** The same, with more environment. */
export function nncWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Finished {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', ...environment },
  });
  return { stdout, stderr, status };
}
