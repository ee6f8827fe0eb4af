/** The program as a process: Ctrl-C, closed and full outputs, exit codes. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { program } from '../support/command.ts';
import { filesIn, model, type Running, root, scratch, start } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const xorData = (folder: string): readonly string[] => {
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  return ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`, '--save', at(folder)];
};

/** Starts a training without an end, and waits until it trains. */
async function trainingIn(folder: string): Promise<Running> {
  const running = start(['train', model('xor'), ...xorData(folder), '--epochs', '1000000']);
  await new Promise<void>((resolve) => {
    running.process.stderr!.on('data', () => {
      if (/^epoch 1\//m.test(running.err())) resolve();
    });
    void running.ended.then(() => resolve());
  });
  return running;
}

async function expectSaved(folder: string): Promise<void> {
  expect(filesIn(at(folder))).toEqual(['checkpoint.safetensors', 'history.csv', 'weights.safetensors']);
  await expectResumed(folder);
}

async function expectResumed(folder: string): Promise<void> {
  const epoch = Number(readSafetensorsFile(at(`${folder}/checkpoint.safetensors`)).metadata.get('epoch'));
  expect(epoch).toBeGreaterThan(0);
  const further = ['--resume', '--epochs', String(epoch + 1)];
  const resumed = await start(['train', model('xor'), ...xorData(folder), ...further]).ended;
  expect(resumed.code, resumed.err).toBe(0);
  expect(resumed.err).toContain(`epoch ${epoch + 1}/${epoch + 1} `);
}

test.each([
  ['Ctrl-C', 'SIGINT', 130],
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGHUP', 'SIGHUP', 129],
] as const)('%s saves and stops; the training can go on', async (_, signal, code) => {
  const running = await trainingIn(signal);
  running.process.kill(signal);
  const stopped = await running.ended;
  expect(stopped.err).toContain('stopping after this step');
  expect(stopped.code).toBe(code);
  expect(stopped.out).toContain('the same command with --resume goes on');
  expect(stopped.out).toContain(`weights in ${at(`${signal}/weights.safetensors`)}`);
  await expectSaved(signal);
});

test("one training at a time saves into a folder, and one that was killed is in nobody's way", async () => {
  const running = await trainingIn('alone');
  const second = await start(['train', model('xor'), ...xorData('alone')]).ended;
  expect(second.code).toBe(1);
  expect(second.err).toContain(
    `another training saves into ${at('alone')} (process ${running.process.pid} on `,
  );
  expect(second.err).toMatch(/hint: choose another folder; or remove .*in-use, if none runs any more/);
  running.process.kill('SIGKILL');
  await running.ended;
  expect(filesIn(at('alone'))).toContain('in-use');
  await expectResumed('alone');
  expect(filesIn(at('alone'))).not.toContain('in-use');
  // What cannot be seen, on another machine, counts; what says nothing does not.
  for (const [holder, code] of [
    ['1 another-machine\n', 1],
    ['', 0],
  ] as const) {
    writeFileSync(at('alone/in-use'), holder);
    const ended = await start(['train', model('xor'), ...xorData('alone'), '--epochs', '1']).ended;
    expect(ended.code, ended.err).toBe(code);
  }
});

test('a training that nobody listens to any more saves all the same', async () => {
  const running = await trainingIn('unheard');
  running.process.stderr!.destroy();
  running.process.kill('SIGTERM');
  expect((await running.ended).code).toBe(143);
  await expectSaved('unheard');
});

test('a reader that has seen enough is no failure', async () => {
  const running = start(['dump', model('mlp'), '--stage', 'graph', '--format', 'json']);
  running.process.stdout!.destroy();
  expect(await running.ended).toMatchObject({ code: 0, err: '' });
});

test.skipIf(!existsSync('/dev/full'))('an output that cannot be written is one', () => {
  const command = 'exec "$0" "$1" check "$2" > /dev/full';
  const options = { cwd: root, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', command, process.execPath, program, model('xor')],
    options,
  );
  expect(status).toBe(1);
  expect(stderr).toContain('cannot write the output: ENOSPC');
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('exit codes reach the shell', async () => {
  expect((await start(['check', model('mpl')]).ended).code).toBe(1);
  expect((await start(['chekc']).ended).code).toBe(2);
});
