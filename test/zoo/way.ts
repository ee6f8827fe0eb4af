/** A system that trains two numbers -> a picture of its loss over them, and of the way that the training went. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { printed, root } from './command.ts';
import { pictureOf } from './page.ts';
import type { System } from './system.ts';

export async function drawWay(system: System): Promise<void> {
  const target = path.join(root, 'docs', pictureOf(system));
  mkdirSync(path.dirname(target), { recursive: true });
  await printed([
    ...['plot', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
    ...['--of', 'surface', '--device', 'cpu', '--out', target],
  ]);
}
