/** `nnc train --watch`: a process that trains, and a file that is written on meanwhile. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { nnc, type Running, scratch, start } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const layers =
  'layer Hidden(units: int) (x: f32[..., I]) -> f32[..., units] {\n  return Dense(units)(x) |> tanh\n}\n';
const model = (extra = ''): string =>
  `use "layers.nn"\nmodel xor(hidden = 4) {\n  input x: f32[B, 2]\n  target t: f32[B]\n  h = Hidden(hidden)(x)\n  y = Dense(1)(h)[:, 0]\n  loss = mse(y, t)\n${extra}}\ntrain xor { minimize loss with adam(lr = 0.01)  batch 4 }\n`;

/** As editors do it that write another file and rename it. */
function save(name: string, text: string): void {
  writeFileSync(at(`${name}~`), text);
  renameSync(at(`${name}~`), at(name));
}

function started(...more: readonly string[]): Running {
  save('layers.nn', layers);
  save('m.nn', model());
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  const data = ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`];
  return start(['train', at('m.nn'), ...data, '--watch', '--device', 'cpu', ...more]);
}

/** Until it has said this, or has ended. */
async function said({ process, err, ended }: Running, text: RegExp): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`never said ${text}: ${err()}`));
    const late = setTimeout(fail, 20_000);
    const look = (): void => {
      if (!text.test(err())) return;
      clearTimeout(late);
      resolve();
    };
    process.stderr!.on('data', look);
    void ended.then(fail);
    look();
  });
}

test('goes on with each version that can be trained, with the weights that fit', async () => {
  const running = started('--epochs', '1000000', '--save', at('run'), '--log', at('log.csv'));
  await said(running, /^epoch 1\//m);
  // A layer of the file that it uses, and a metric.
  save('layers.nn', layers.replace('tanh', 'relu'));
  await said(
    running,
    /layers\.nn has changed: all 4 parameters are kept; states of the optimizer too; on in epoch \d/,
  );
  save('m.nn', model('  metric error = mean(abs(y - t))\n').replace('hidden = 4', 'hidden = 6'));
  await said(
    running,
    /m\.nn has changed: 1 of 4 parameters are kept; new: Hidden_1\.Dense_1\.W \[6, 2\], which was \[4, 2\], /,
  );
  // What is broken says so, and the version before stays.
  save('layers.nn', layers.replace('tanh', 'tanhh'));
  await said(
    running,
    /error\[NN\d+\]: .*tanhh[\s\S]*layers\.nn cannot be trained as it is now: the version before stays/,
  );
  save('layers.nn', layers);
  await said(
    running,
    /layers\.nn has changed: all 4 parameters are kept; [\s\S]*layers\.nn has changed: all 4 /,
  );
  running.process.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code, ended.err).toBe(130);
  expect(ended.out).toContain(`weights in ${at('run/weights.safetensors')}`);
  const { tensors, metadata } = readSafetensorsFile(at('run/checkpoint.safetensors'));
  expect(tensors.get('Hidden_1.Dense_1.W')!.shape).toEqual([6, 2]);
  // Its epochs count on, and its log has all of them, with a column that came later.
  const [header, ...rows] = readFileSync(at('log.csv'), 'utf8').trimEnd().split('\n');
  expect(header).toBe('epoch,step,seconds,loss,error');
  expect(rows.map((row) => row.split(',').length)).toEqual(rows.map(() => 5));
  expect(rows.map((row) => Number.parseInt(row, 10))).toEqual(rows.map((_, k) => k + 1));
  expect(rows[0]!.endsWith(',')).toBe(true);
  expect(rows.length).toBe(Number(metadata.get('epoch')));
  // Nothing trains so from a beginning.
  const again = await nnc('replay', at('run'), '--step', '1');
  expect(again).toMatchObject({ code: 1 });
  expect(again.err).toContain('its file was changed while it trained');
});

test('after its last epoch, and after a loss that is no number, it waits', async () => {
  const running = started('--epochs', '2', '--json');
  await said(running, /waiting for a change of .*m\.nn; Ctrl-C ends/);
  save('m.nn', model().replace('lr = 0.01', 'lr = 1e30').replace('adam', 'sgd'));
  await said(
    running,
    /all 4 parameters are kept; its epochs begin again[\s\S]*a smaller learning rate often helps[\s\S]*waiting/,
  );
  save('m.nn', model());
  await said(running, /new states of the optimizer; on in epoch 1\n[\s\S]*epoch 2\/2 [\s\S]*waiting/);
  running.process.kill('SIGTERM');
  const { code, out } = await running.ended;
  expect(code).toBe(143);
  expect(out.match(/"finished": ?true/g)).toHaveLength(2);
});

test('is refused with --folds', async () => {
  expect(await nnc('train', 'models/xor.nn', '--watch', '--folds', '2')).toMatchObject({
    code: 2,
    err: 'error: --watch and --folds do not go together\n',
  });
});
