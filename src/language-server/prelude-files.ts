/** A text of the prelude in, a file that an editor can open out: the one of a clone; a package has none, and gets one in the user's cache. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../../grammar/source.ts';
import { cacheFolders } from '../../runtime/node-swiftshader.ts';
import { installation } from '../installation.ts';
import { writeFileAtomic } from '../terminal/files.ts';

export function preludeFile({ name, text }: Source, root: URL = installation): string {
  const own = fileURLToPath(new URL(`compiler/${name}`, root));
  if (existsSync(own)) return own;
  // Another version of nnc has another text.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = path.join(cacheFolders()[0]!, 'prelude', digest, path.basename(name));
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileAtomic(file, text);
  }
  return file;
}
