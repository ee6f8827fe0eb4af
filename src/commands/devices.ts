/** `nnc devices`: the adapters of this machine and the processor, and which one would be used. */
import { presets } from '../../compiler/target.ts';
import { type LimitName, type Limits, limitNames, limitText } from '../../runtime/limits.ts';
import { type ListedDevice, listDevices } from '../../runtime/node-device.ts';
import { processorInfo } from '../../runtime/wasm/node-executor.ts';
import { type CommandDefinition, jsonOption, verboseOption } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { paint, print } from '../output.ts';
import { tableText, textWidth, wrapped } from '../text-table.ts';
import { dataJson } from '../views/json.ts';

interface Options {
  readonly json: boolean;
  readonly verbose: boolean;
}

export const devices: CommandDefinition = {
  name: 'devices',
  summary: 'list adapters and the processor with limits and features, and the presets of --limits',
  examples: ['nnc devices', 'nnc devices --json'],
  define: (command, end) =>
    command
      .addOption(jsonOption())
      .addOption(verboseOption())
      .action(async ({ json, verbose }: Options) => {
        const found = await listDevices({ verbose });
        const processor = processorInfo();
        if (json) print(dataJson({ ...found, processor, presets }));
        else {
          for (const device of found.devices) {
            print(
              paint.bold(device.name),
              `  ${device.class}${device.preferred ? ', used by --device auto' : ''}\n`,
            );
            const features = wrapped(`features ${device.features.join(' ')}`, textWidth(process.stdout) - 4);
            print(`  ${features.join('\n    ')}\n`);
            for (const [name, value] of Object.entries(device.limits)) print(`  ${name} ${value}\n`);
          }
          for (const reason of found.missing)
            print(`${wrapped(`none: ${reason}`, textWidth(process.stdout)).join('\n  ')}\n`);
          print(paint.bold(processor.name), '\n  cpu, used by --device cpu\n');
          print(`\n${limitsTable([...found.devices, processor])}`);
        }
        if (found.devices.length === 0) end(exitCodes.device);
      }),
};

/** The limits that programs meet: of each preset of `--limits`, of each adapter and of the processor. */
function limitsTable(devices: readonly Pick<ListedDevice, 'name' | 'summary'>[]): string {
  const all: readonly (readonly [string, Limits])[] = [
    ...Object.entries(presets),
    ...devices.map(({ name, summary }) => [name, summary] as const),
  ];
  const names: readonly (LimitName | 'memory')[] = [...(Object.keys(limitNames) as LimitName[]), 'memory'];
  return tableText(
    [{ title: 'limit' }, ...all.map(([title]) => ({ title, align: 'right', most: 24 }) as const)],
    names.map((name) => [
      name,
      ...all.map(([, limits]) => {
        const value = limits[name];
        return value === undefined ? 'not stated' : limitText(name, value);
      }),
    ]),
  );
}
