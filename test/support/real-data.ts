/** Where the real data sets are: no part of a clone. What needs them is skipped without, and the summary says so. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const folder = process.env.NNC_DATA ?? path.resolve(import.meta.dirname, '../../../shared/data');

/** The folder of real files: `NNC_DATA`, or `shared/data` beside the repository; absent on most machines. */
export const realData: string | undefined = existsSync(path.join(folder, 'mnist')) ? folder : undefined;
