/**
 * The ```sh blocks of the course are run, one after another in one folder, and must succeed. Of a ```text block
 * that follows, each line stands in the output, in this order; `…` stands for any lines. The pictures are those
 * that their commands make today.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawn, pictures } from '../../docs/pictures.ts';
import { program } from '../support/command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = readFileSync(path.join(root, 'docs/teaching.md'), 'utf8');
const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
  ([, script, said]) => ({
    script: script!,
    title: script!.trim().split('\n').at(-1)!,
    lines: (said ?? '').split('\n').filter((line) => line !== '' && line !== '…'),
  }),
);

describe('the commands of the course', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nnc-teaching-'));
    symlinkSync(path.join(root, 'models'), path.join(folder, 'models'));
    const nnc = path.join(folder, 'nnc');
    writeFileSync(nnc, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(nnc, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are found', () => expect(blocks.length).toBeGreaterThan(5));

  test.each(blocks)('$title', ({ script, lines }) => {
    const env = { ...process.env, NO_COLOR: '1', PATH: `${folder}${path.delimiter}${process.env.PATH}` };
    const { stdout, stderr, status } = spawnSync('sh', ['-e', '-c', `exec 2>&1\n${script}`], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    expect(status, stdout + stderr).toBe(0);
    const printed = stdout.split('\n').map((line) => line.trimEnd());
    let from = 0;
    for (const line of lines) {
      const at = printed.indexOf(line, from);
      expect(at, `"${line}" is in\n${stdout}`).toBeGreaterThanOrEqual(0);
      from = at + 1;
    }
  });
});

describe('the pictures of the course', () => {
  test('are all shown', () => {
    const shown = [...text.matchAll(/\(pictures\/([\w.-]+)\)/g)].map(([, name]) => name);
    expect(new Set(shown)).toEqual(new Set(pictures.map(({ file }) => file)));
  });

  test.each(pictures)('$file', async (picture) => {
    const svg = readFileSync(path.join(root, 'docs/pictures', picture.file), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
    // What a device computes differs in its last digits from one to the next; the lesson runs the same command.
    if (!picture.device) expect(await drawn(picture)).toBe(svg);
  });
});
