/** Arguments in; what `nnc` says and its exit code out, in this process or in one of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { main } from '../../src/main.ts';
import { program } from '../support/command.ts';

export const root = path.resolve(import.meta.dirname, '../..');

export const model = (name: string): string => path.join(root, 'models', `${name}.nn`);

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process. */
export async function nnc(...args: readonly string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(args), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

export interface Running {
  readonly process: ChildProcess;
  /** What was said on stderr so far. */
  readonly err: () => string;
  readonly ended: Promise<Said>;
}

/** Starts a command in a process of its own. */
export function start(args: readonly string[], cwd = root): Running {
  const child = spawn(process.execPath, [program, ...args], { cwd });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<Said>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...said }));
  });
  return { process: child, err: () => said.err, ended };
}

/** A folder for one test file; `at` names files in it. */
export function scratch(): {
  readonly folder: string;
  readonly at: (name: string) => string;
  remove(): void;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-cli-'));
  return {
    folder,
    at: (name) => path.join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Every file below a folder. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
