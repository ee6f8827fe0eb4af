/**
 * Every ```console block of the documents is run: after `$ nnc …` stands what the command prints on stdout, and
 * where it fails, its exit code. `UPDATE_GOLDEN=1` writes the present output into the documents.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const documents = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) =>
    name.endsWith('.md') && readFileSync(path.join(root, name), 'utf8').includes('```console\n$ nnc '),
);
const block = /```console\n\$ nnc (.*)\n([\s\S]*?)```/g;

const output = (command: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...command.split(/\s+/)],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
      (failure, stdout) => resolve(failure ? `${stdout}(exit code ${failure.code})\n` : stdout),
    );
  });

describe.each(documents)('%s', (name) => {
  const file = path.join(root, name);
  const text = readFileSync(file, 'utf8');
  const commands = [...text.matchAll(block)].map(([, command, expected]) => ({
    command: command!,
    expected: expected!,
  }));
  if (process.env.UPDATE_GOLDEN) {
    test('is written anew', async () => {
      const outputs = new Map<string, string>();
      for (const { command } of commands) outputs.set(command, await output(command));
      const written = text.replace(
        block,
        (_, command: string) => `\`\`\`console\n$ nnc ${command}\n${outputs.get(command)!}\`\`\``,
      );
      writeFileSync(file, written);
    });
    return;
  }
  test.concurrent.each(commands)('$command', async ({ command, expected }) => {
    expect(await output(command)).toBe(expected);
  });
});
