/** The folder of the user who runs this, out; undefined where there is none: a user id without an account, a variable that names no folder. */
import os from 'node:os';
import path from 'node:path';

function homeFolder(): string | undefined {
  try {
    const home = os.homedir();
    return path.isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}

/** A folder that a variable of the XDG base directories names, or the usual one below home: relative ones do not count. */
export function userFolder(variable: string, usual: string): string | undefined {
  const named = process.env[variable];
  if (named !== undefined && path.isAbsolute(named)) return named;
  const home = homeFolder();
  return home === undefined ? undefined : path.join(home, usual);
}
