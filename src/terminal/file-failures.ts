/** What a file system refused, as an error of Node's, in; the words for it out, with the file and a hint. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearNames } from '../../compiler/check/problems/suggest.ts';

/** `ENOENT`; empty where there is none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const shortened = (path: string): string => (path.length <= 80 ? path : `${path.slice(0, 60)}…`);

export function readingFailed(path: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'ENAMETOOLONG':
      return `cannot read ${shortened(path)}: the name is too long`;
    case 'ERR_INVALID_ARG_VALUE':
      return `cannot read ${path}: a name cannot hold the character 0`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `cannot read ${path}: there is no such file${suggestion(path)}`;
    case 'EISDIR':
      return `cannot read ${path}: it is a folder`;
    case 'EACCES':
    case 'EPERM':
      return `cannot read ${path}: permission denied`;
    default:
      return `cannot read ${path}: ${messageOf(error)}`;
  }
}

/** The folder that is missing, or the files in it with a name like the wanted one. */
function suggestion(path: string): string {
  const folder = dirname(path);
  let names: readonly string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return `\n  hint: the folder ${folder} does not exist`;
  }
  const wanted = basename(path);
  const longer = names.filter((name) => name.startsWith(`${wanted}.`));
  const near = longer.length > 0 ? longer.slice(0, 3) : nearNames(wanted, names);
  return near.length === 0
    ? ''
    : `\n  hint: did you mean ${near.map((name) => join(folder, name)).join(' or ')}?`;
}

export function writingFailed(path: string, error: unknown): string {
  const failed = `cannot write ${path}`;
  switch (codeOf(error)) {
    case 'ENAMETOOLONG':
      return `cannot write ${shortened(path)}: the name is too long`;
    case 'ERR_INVALID_ARG_VALUE':
      return `${failed}: a name cannot hold the character 0`;
    case 'ENOENT':
      return fs.existsSync(dirname(path))
        ? `${failed}: nothing can be made in ${dirname(path)}`
        : `${failed}: the folder ${dirname(path)} does not exist`;
    case 'ENOTDIR':
      return `${failed}: a part of the path is a file, not a folder`;
    case 'EEXIST':
      return `${failed}: a file of that name is in the way`;
    case 'EISDIR':
    case 'ENOTEMPTY':
      return `${failed}: it is a folder`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${failed}: permission denied`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${failed}: the disk is full; nothing was changed`;
    default:
      return `${failed}: ${messageOf(error)}`;
  }
}
