/** A program and a device come in; a DeviceError goes out if the program asks for more than the device has. */
import type { DeviceInfo } from '../device.ts';
import { DeviceError } from '../errors.ts';
import { sizeText } from '../limits.ts';
import { dispatchesOf, type Program, programBytes, type TensorSpec, wgslOf } from '../program.ts';
import { typeText } from '../tensor.ts';
import { positionCount, positionStride } from './prepare.ts';

export function checkFit(program: Program, info: DeviceInfo): void {
  const problems = [...problemsOf(program, info)];
  if (problems.length === 0) return;
  throw new DeviceError(
    `program ${program.name} does not fit ${info.name}\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

function* problemsOf(program: Program, info: DeviceInfo): Iterable<string> {
  const { summary } = info;
  const { kernels, requirements: needs } = wgslOf(program);
  const largest = Math.min(summary.largestBinding, summary.largestBuffer);
  const total = programBytes(program);
  if (summary.memory !== undefined && total > summary.memory) {
    yield `all buffers: ${sizeText(total)}; the device has ${sizeText(summary.memory)} of memory`;
  }
  for (const [i, buffer] of program.buffers.entries()) {
    if (buffer.bytes <= largest) continue;
    yield `${tensorsIn(program, i)}: ${sizeText(buffer.bytes)}; the device binds at most ${sizeText(largest)}`;
  }
  if (needs.workgroupStorage > summary.workgroupStorage) {
    yield `a kernel uses ${sizeText(needs.workgroupStorage)} of workgroup memory; the device has ${sizeText(summary.workgroupStorage)}`;
  }
  for (const feature of needs.features) {
    if (!info.features.includes(feature))
      yield `it needs the feature ${feature}, which the device does not have`;
  }
  for (const { name, bindings, workgroupSize } of kernels) {
    const [x, y, z] = workgroupSize;
    const sizes = { X: x, Y: y, Z: z };
    if (x * y * z > summary.invocationsPerWorkgroup) {
      yield `kernel ${name} has ${x * y * z} invocations a workgroup; the device allows ${summary.invocationsPerWorkgroup}`;
    }
    for (const [axis, size] of Object.entries(sizes)) {
      const limit = summary[`workgroupSize${axis as keyof typeof sizes}`];
      if (size > limit) {
        yield `kernel ${name} has a workgroup of ${size} along ${axis}; the device allows ${limit}`;
      }
    }
    if (bindings.length > summary.storageBuffersPerStage) {
      yield `kernel ${name} uses ${bindings.length} buffers; the device binds at most ${summary.storageBuffersPerStage}`;
    }
  }
  const positions = positionStride * positionCount(program);
  if (positions > summary.largestBuffer) {
    yield `the positions of its loops: ${sizeText(positions)}; a buffer of the device has at most ${sizeText(summary.largestBuffer)}`;
  }
  for (const { name, workgroups } of dispatchesOf(program)) {
    const most = Math.max(...workgroups);
    if (most > summary.workgroupsPerDimension) {
      yield `kernel ${name} runs ${most} workgroups along one axis; the device allows ${summary.workgroupsPerDimension}`;
    }
  }
}

/** The named tensors of a buffer with their types; the buffer's label where it holds only scratch. */
function tensorsIn(program: Program, buffer: number): string {
  const all: readonly TensorSpec[] = [...program.inputs, ...program.persistent, ...program.results];
  const named = all.filter((tensor) => tensor.buffer === buffer);
  if (named.length === 0) return `tensor ${program.buffers[buffer]?.label}`;
  return `tensor ${named.map((tensor) => `${tensor.name}: ${typeText(tensor)}`).join(', ')}`;
}
