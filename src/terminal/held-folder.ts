/**
 * A folder and work in; the work, done while no other process works in that folder, out.
 *
 * A file in the folder says who is there. Whoever was killed leaves it behind: it counts only while its process runs, or
 * where that cannot be seen, on another machine.
 */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../runtime/errors.ts';
import { codeOf, writingFailed } from './file-failures.ts';
import { identityOf } from './files.ts';

const fileName = 'in-use';

/** Of this process: two holders of one folder have the same number. */
const held = new Set<string>();

/** `what` is done there, for the message: `another training`. */
export async function whileHeld<T>(folder: string, what: string, work: () => Promise<T>): Promise<T> {
  const file = join(folder, fileName);
  take(file, folder, what);
  held.add(identityOf(file));
  const leave = (): void => {
    held.delete(identityOf(file));
    fs.rmSync(file, { force: true });
  };
  // A second Ctrl-C ends the process in the middle of the work.
  process.once('exit', leave);
  try {
    return await work();
  } finally {
    process.off('exit', leave);
    leave();
  }
}

function take(file: string, folder: string, what: string): void {
  const own = `${process.pid} ${hostname()}\n`;
  for (let again = false; ; again = true) {
    try {
      fs.writeFileSync(file, own, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw new DataError(writingFailed(file, error));
    }
    const holder = holderOf(file);
    if (again || isThere(holder, file)) {
      throw new DataError(
        `${what} saves into ${folder} (process ${holder.replace(' ', ' on ')})\n` +
          `  hint: choose another folder; or remove ${file}, if none runs any more`,
      );
    }
    fs.rmSync(file, { force: true });
  }
}

/** Whether the process runs, as far as can be seen. */
function isThere(holder: string, file: string): boolean {
  const [pid = '', host = ''] = holder.split(' ');
  if (host !== hostname()) return host !== '';
  if (Number(pid) === process.pid) return held.has(identityOf(file));
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Nobody, where the file went meanwhile. */
function holderOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
