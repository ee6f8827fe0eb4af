#!/usr/bin/env node
/** The program `nnc`: arguments in, exit code out. */
import { DataError } from '../runtime/errors.ts';
import { reportFailure } from './failure.ts';
import { main } from './main.ts';

// `nnc … | head`: whoever reads has seen enough, which is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode);
    process.exit(reportFailure(new DataError(`cannot write the output: ${error.message}`)));
  });
}

process.exitCode = await main(process.argv.slice(2));
