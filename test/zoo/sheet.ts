/** A system that makes pictures -> those of some of its outputs, after its training, a sheet each. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { printed, root, wordsOf } from './command.ts';
import { sheetOf } from './page.ts';
import { type System, sheetsOf } from './system.ts';

/** With the weights that a training has saved in a folder. */
export async function drawSheets(system: System, folder: string): Promise<void> {
  const weights = ['--weights', path.join(folder, 'weights.safetensors')];
  for (const sheet of sheetsOf(system)) {
    const target = path.join(root, 'docs', sheetOf(system, sheet));
    mkdirSync(path.dirname(target), { recursive: true });
    await printed([
      ...['run', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
      ...(wordsOf(system)[0] === 'train' ? weights : []),
      ...['--device', 'cpu', '--only', sheet.output, ...(sheet.data?.split(' ') ?? []), '--out', target],
    ]);
  }
}
