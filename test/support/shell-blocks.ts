/**
 * A document in; its ```sh blocks, run one after another in one folder, as tests. They must succeed. Of a ```text block
 * that follows, each line stands in the output, in this order; `…` stands for any lines.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from './command.ts';
import { hasNumpy } from './numpy.ts';

const root = path.resolve(import.meta.dirname, '../..');

export function testShellBlocks(document: string): void {
  const text = readFileSync(path.join(root, document), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
    ([, script, said]) => ({
      script: script!,
      title: script!.trim().split('\n').at(-1)!,
      lines: (said ?? '').split('\n').filter((line) => line !== '' && line !== '…'),
    }),
  );
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nnc-document-'));
    symlinkSync(path.join(root, 'models'), path.join(folder, 'models'));
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(root, path.join(folder, 'node_modules/nnc'));
    const nnc = path.join(folder, 'nnc');
    writeFileSync(nnc, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(nnc, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are found', () => expect(blocks.length).toBeGreaterThan(5));

  test.each(blocks.filter(({ script }) => !script.includes('python3') || hasNumpy()))(
    '$title',
    ({ script, lines }) => {
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
    },
  );
}
