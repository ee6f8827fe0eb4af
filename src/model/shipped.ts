/** `models:mlp` and `models:fables.txt`, what comes with the program, in; paths of files out. Other names stay as they are. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installation } from '../installation.ts';

/** What the names of models and data that come with the program begin with. */
const shippedPrefix = 'models:';

/** Short where the file lies below the working folder, as in a clone. */
export function shippedPath(name: string): string {
  if (!name.startsWith(shippedPrefix)) return name;
  const wanted = name.slice(shippedPrefix.length);
  const own = path.extname(wanted) === '' ? `${wanted}.nn` : wanted;
  const file = path.join(fileURLToPath(new URL('models/', installation)), own);
  const near = path.relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}
