/** `nnc devices`: the adapters of this machine, and which one would be used. */
import { listDevices } from '../../runtime/node-device.ts';
import { type CommandDefinition, jsonOption, verboseOption } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { paint, print } from '../output.ts';
import { dataJson } from '../views/json.ts';

interface Options {
  readonly json: boolean;
  readonly verbose: boolean;
}

export const devices: CommandDefinition = {
  name: 'devices',
  summary: 'list adapters with limits and features',
  examples: ['nnc devices', 'nnc devices --json'],
  define: (command, end) =>
    command
      .addOption(jsonOption())
      .addOption(verboseOption())
      .action(async ({ json, verbose }: Options) => {
        const found = await listDevices({ verbose });
        if (json) print(dataJson(found));
        else {
          for (const device of found.devices) {
            print(
              paint.bold(device.name),
              `  ${device.class}${device.preferred ? ', used by --device auto' : ''}\n`,
            );
            print(`  features ${device.features.join(' ')}\n`);
            for (const [name, value] of Object.entries(device.limits)) print(`  ${name} ${value}\n`);
          }
          for (const reason of found.missing) print(`none: ${reason}\n`);
        }
        if (found.devices.length === 0) end(exitCodes.device);
      }),
};
