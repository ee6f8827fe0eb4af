/** `nnc new`: a folder with a model to begin with, its recipe, and data that it learns. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { startedModel, startedPoints } from '../data/started-model.ts';
import type { CommandDefinition } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { makeFolder, writeFileAtomic } from '../terminal/files.ts';
import { print } from '../terminal/output.ts';

export const newModel: CommandDefinition = {
  name: 'new',
  summary: 'a folder with a started model, its recipe and data',
  examples: [
    'nnc new moons',
    'nnc train moons/moons.nn --data x=moons/points.csv#x,y --data t=moons/points.csv#side:labels',
  ],
  define: (command) =>
    command
      .argument('<name>', 'of the folder and of the model: letters, digits and _')
      .action((folder: string) => {
        const name = path.basename(folder);
        checkName(name);
        if (existsSync(folder))
          throw new UsageError(`${folder} is there already\n  hint: choose another name`);
        makeFolder(folder, []);
        const file = (own: string): string => path.join(folder, own);
        const data = ['x=#x,y', 't=#side:labels'].map((text) => text.replace('=', `=${file('points.csv')}`));
        const commands = {
          train: `nnc train ${file(`${name}.nn`)} --data ${data[0]} --data ${data[1]} --save ${file('run')}`,
          run: `nnc run ${file(`${name}.nn`)} --weights ${file('run/weights.safetensors')} --data x=0.5,-1`,
        };
        writeFileAtomic(file(`${name}.nn`), startedModel(name, Object.values(commands)));
        writeFileAtomic(file('points.csv'), startedPoints());
        print(
          `${file(`${name}.nn`)} and ${file('points.csv')} are made; go on with\n  ${commands.train}\n  ${commands.run}\n`,
        );
      }),
};

/** Words of the language are no names. */
function checkName(name: string): void {
  const isName = /^[A-Za-z_]\w*$/.test(name);
  if (isName && !hasErrors(parse({ name, text: startedModel(name, []) }).diagnostics)) return;
  throw new UsageError(
    `${name} cannot be the name of a model: it is of letters, digits and _, begins with no digit, and is no word of the language`,
  );
}
