/** `nnc devices`: the adapters of this machine and the processor, and which one would be used. */
import { presets } from '../../compiler/target.ts';
import type { AdapterSummary, DeviceInfo } from '../../runtime/device.ts';
import { type LimitName, type Limits, limitNames, limitText } from '../../runtime/limits.ts';
import { listDevices } from '../../runtime/node-device.ts';
import { processorInfo } from '../../runtime/wasm/node-executor.ts';
import { type CommandDefinition, jsonOption, verboseOption } from '../terminal/command.ts';
import { paint, print } from '../terminal/output.ts';
import { tableText, textWidth, wrapped } from '../terminal/text-table.ts';
import { dataJson } from '../views/json.ts';

interface Options {
  readonly json: boolean;
  readonly verbose: boolean;
}

export const devices: CommandDefinition = {
  name: 'devices',
  summary: 'list adapters and the processor with limits and features, and the presets of --limits',
  examples: ['nnc devices', 'nnc devices --json'],
  define: (command) =>
    command
      .addOption(jsonOption())
      .addOption(verboseOption())
      .action(async ({ json, verbose }: Options) => {
        const found = await listDevices({ verbose });
        const processor = processorInfo();
        const chosen = found.devices.find((device) => device.class === 'hardware') ?? processor;
        const auto = chosen.name;
        if (json) print(dataJson({ ...found, processor, auto, presets }));
        else {
          const used = ({ class: kind, name }: Listed): string =>
            `used by --device ${kind}${name === auto ? ' and auto' : ''}`;
          for (const device of found.devices) {
            print(paint.bold(device.name), `  ${used(device)}\n`);
            const features = wrapped(`features ${device.features.join(' ')}`, textWidth(process.stdout) - 4);
            print(`  ${features.join('\n    ')}\n`);
            for (const [name, value] of Object.entries(device.limits)) print(`  ${name} ${value}\n`);
          }
          for (const reason of found.missing)
            print(`${wrapped(`none: ${reason}`, textWidth(process.stdout)).join('\n  ')}\n`);
          print(paint.bold(processor.name), `  ${used(processor)}\n`);
          print(`\n${limitsTable([...found.devices, processor])}`);
        }
      }),
};

type Listed = Pick<DeviceInfo, 'name' | 'summary'> & { readonly class: AdapterSummary['class'] };

/** The limits that programs meet: of each preset of `--limits`, of each adapter and of the processor. */
function limitsTable(devices: readonly Listed[]): string {
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
