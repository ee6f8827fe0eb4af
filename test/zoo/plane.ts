/** A system that tells points of the plane apart -> a picture of what it says of the plane, with points that it has not seen. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { printed, root } from './command.ts';
import { pictureOf } from './page.ts';
import type { System } from './system.ts';

/** With the weights that a training has saved in a folder. */
export async function drawPlane(system: System, points: string, folder: string): Promise<void> {
  const target = path.join(root, 'docs', pictureOf(system));
  mkdirSync(path.dirname(target), { recursive: true });
  await printed([
    ...['plot', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
    ...['--weights', path.join(folder, 'weights.safetensors'), '--device', 'cpu', '--out', target],
    ...['--data', `x=${points}#x1,x2`, '--data', `t=${points}#class`],
  ]);
}
