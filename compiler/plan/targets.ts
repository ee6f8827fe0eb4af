/**
 * What a target prints kernels in, and what it makes of a plan: kernels in WGSL, or one WebAssembly module.
 */
import type { Code, KernelUse, Program, WasmCode, WgslCode } from '../../runtime/program.ts';
import { classOf } from '../classes/index.ts';
import type { Pattern, ScheduledKernel } from '../schedule/index.ts';
import type { SpokenLine } from '../schedule/speaking.ts';
import type { Target } from '../target.ts';
import { encode } from '../wasm/encode.ts';
import { printKernel as printWat } from '../wasm/kernel.ts';
import { type MadeModule, moduleOf } from '../wasm/module.ts';
import { spokenLines as spokenWat } from '../wasm/spoken.ts';
import { moduleText } from '../wasm/wat.ts';
import { printKernel as printWgsl } from '../wgsl/index.ts';
import { spokenLines as spokenWgsl } from '../wgsl/spoken.ts';
import type { Planned, Printed } from './index.ts';
import { requirementsOf } from './requirements.ts';

/** The text of each, which kernels of one pattern share. It is made when it is asked for: what runs a module needs none. */
export function printAll(
  kernels: readonly ScheduledKernel[],
  target: Pick<Target, 'class'>,
): readonly Printed[] {
  const print = { wgsl: printWgsl, wasm: printWat }[classOf(target).language];
  const texts = new Map<Pattern, string>();
  return kernels.map((scheduled) => ({
    scheduled,
    get text() {
      const text = texts.get(scheduled.pattern) ?? print(scheduled);
      texts.set(scheduled.pattern, text);
      return text;
    },
  }));
}

/** The lines of the text of a kernel, each with the values of which it speaks. */
export const spokenLinesOf = (scheduled: ScheduledKernel, target: Code['target']): readonly SpokenLine[] =>
  ({ wgsl: spokenWgsl, wasm: spokenWat })[target](scheduled);

export const codeOf = (target: Pick<Target, 'class'>, name: string, planned: Planned): Code =>
  classOf(target).language === 'wasm' ? wasmCode(name, planned) : wgslCode(planned);

const wgslCode = ({ kernels, buffers }: Planned): WgslCode => ({
  target: 'wgsl',
  kernels: kernels.map((printed) => {
    const { name, bindings, position } = useOf(printed);
    const { workgroupSize } = printed.scheduled;
    return { name, wgsl: printed.text, entryPoint: 'main', bindings, position, workgroupSize };
  }),
  requirements: requirementsOf(buffers, kernels),
});

const madeModule = (name: string, { kernels, buffers, steps }: Planned): MadeModule =>
  moduleOf(name, { kernels: kernels.map((printed) => printed.scheduled), buffers, steps });

/** The text of the module of a program for the processor. */
export function watOf(printed: readonly Printed[], { name, buffers, steps }: Program): string {
  const kernels = printed.filter(
    ({ scheduled: { pattern } }, k) => printed.findIndex((one) => one.scheduled.pattern === pattern) === k,
  );
  return moduleText(madeModule(name, { kernels, buffers, steps }).module);
}

function wasmCode(name: string, planned: Planned): WasmCode {
  const { module, scratch } = madeModule(name, planned);
  return { target: 'wasm', kernels: planned.kernels.map(useOf), module: base64(encode(module)), scratch };
}

const useOf = ({ scheduled: { pattern, bindings, nest } }: Printed): KernelUse => ({
  name: pattern.kernel.name,
  bindings: bindings.map(({ access }) => access),
  position: nest.position !== undefined,
});

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
