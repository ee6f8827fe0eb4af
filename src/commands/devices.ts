/** `nnc devices`: the adapters of this machine, and which one would be used. */
import pc from 'picocolors';
import { listDevices } from '../../runtime/node-device.ts';
import { type CommandDefinition, jsonOption } from '../command.ts';
import { exitCodes } from '../failure.ts';

export const devices: CommandDefinition = {
  name: 'devices',
  summary: 'list adapters with limits and features',
  examples: ['nnc devices', 'nnc devices --json'],
  define: (command, end) =>
    command.addOption(jsonOption()).action(async ({ json }: { readonly json: boolean }) => {
      const found = await listDevices();
      if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else {
        for (const device of found.devices) {
          process.stdout.write(
            `${pc.bold(device.name)}  ${device.class}${device.preferred ? ', used by --device auto' : ''}\n`,
          );
          process.stdout.write(`  features ${device.features.join(' ')}\n`);
          for (const [name, value] of Object.entries(device.limits))
            process.stdout.write(`  ${name} ${value}\n`);
        }
        for (const reason of found.missing) process.stdout.write(`none: ${reason}\n`);
      }
      if (found.devices.length === 0) end(exitCodes.device);
    }),
};
