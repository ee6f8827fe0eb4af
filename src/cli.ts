/** The program `nnc`: arguments in, exit code out. */
import { setFlagsFromString } from 'node:v8';
import { DataError } from '../runtime/errors.ts';
import { main } from './main.ts';
import { reportFailure } from './terminal/failure.ts';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const unread = error.code === 'EPIPE' || error.code === 'EIO';
    // Nobody hears what is said on the way: a terminal is closed, or Ctrl-C ended `tee`. The work goes on, and saves.
    if (unread && stream === process.stderr) return;
    // `nnc … | head`: whoever reads has seen enough, which is no failure.
    if (unread) process.exit(process.exitCode);
    process.exit(reportFailure(new DataError(`cannot write the output: ${error.message}`)));
  });
}

// V8 takes a function that has run for some hundredths of a second for one that will run for long. A compiler has a
// thousand of these and soon ends: optimising them took more than all else. So they have to run sixty times as long.
// Of V8's versions this is the 11th's, that of Node 20; later ones count calls, and say aloud that they do not know it.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=4055040');

process.exitCode = await main(process.argv.slice(2));
