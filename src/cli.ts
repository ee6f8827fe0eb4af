#!/usr/bin/env node
/** The program `nnc`: arguments in, exit code out. */
import { reportFailure } from './failure.ts';
import { main } from './main.ts';

// `nnc … | head`: whoever reads has seen enough, which is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? process.exitCode : reportFailure(error));
  });
}

process.exitCode = await main(process.argv.slice(2));
