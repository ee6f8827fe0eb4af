/**
 * Scalar results of every step come in, their values go out in order, some steps later and without a stop.
 *
 * Each run copies the traced scalars into a slot of a mappable buffer. When its slots are full the buffer is
 * mapped, which completes while the next steps already fill another one. So a steady step costs a few
 * 4-byte copies within its own submit, and every `every`-th step one map.
 */

import type { Device } from '../device.ts';
import type { Trace, TraceRow } from '../executor.ts';
import type { ResultSpec } from '../program.ts';
import { viewOf } from '../tensor.ts';
import { mapped, usage } from './buffers.ts';

/** What the encoding of a step needs of a trace. */
export interface Recorder extends Trace {
  /** Waits until there is a free slot. */
  ready(): Promise<void>;
  record(encoder: GPUCommandEncoder, step: number): void;
  /** To be called after the submit that recorded. */
  submitted(): void;
}

const bufferCount = 3;

/** Slow steps are read back before a buffer is full: nobody waits longer than this for a sign of life. */
const staleMilliseconds = 1000;

export function createTrace(
  device: Device,
  program: string,
  results: readonly { readonly spec: ResultSpec; readonly buffer: GPUBuffer }[],
  every: number,
): Recorder {
  const rowBytes = 4 * results.length;
  const slots = Array.from({ length: bufferCount }, (_, i) => ({
    buffer: device.gpu.createBuffer({
      label: `${program}: log ${i}`,
      size: rowBytes * every,
      usage: usage.mapRead | usage.copyDst,
    }),
    steps: [] as number[],
    since: 0,
    pending: undefined as Promise<void> | undefined,
  }));
  let current = 0;
  let failure: unknown;
  const arrived: TraceRow[] = [];

  const rotate = () => {
    const slot = slots[current]!;
    current = (current + 1) % bufferCount;
    slot.pending = mapped(device, slot.buffer)
      .then(() => {
        const bytes = slot.buffer.getMappedRange();
        slot.steps.forEach((step, row) => {
          const at = row * rowBytes;
          const values = results.map(({ spec }, k) => viewOf(spec.dtype, bytes, at + 4 * k, 1)[0]!);
          arrived.push({ step, values });
        });
        slot.buffer.unmap();
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        slot.steps.length = 0;
        slot.pending = undefined;
      });
  };

  const throwFailure = () => {
    if (failure !== undefined) throw failure;
  };

  return {
    names: results.map(({ spec }) => spec.name),
    async ready() {
      await slots[current]!.pending;
      throwFailure();
    },
    record(encoder, step) {
      const slot = slots[current]!;
      const at = slot.steps.length * rowBytes;
      for (let k = 0; k < results.length; k++) {
        encoder.copyBufferToBuffer(results[k]!.buffer, 0, slot.buffer, at + 4 * k, 4);
      }
      if (slot.steps.length === 0) slot.since = performance.now();
      slot.steps.push(step);
    },
    submitted() {
      const { steps, since } = slots[current]!;
      const next = slots[(current + 1) % bufferCount]!;
      const stale = next.pending === undefined && performance.now() - since > staleMilliseconds;
      if (steps.length === every || stale) rotate();
    },
    take: () => arrived.splice(0),
    async flush() {
      if (slots[current]!.pending === undefined && slots[current]!.steps.length > 0) rotate();
      await Promise.all(slots.map((slot) => slot.pending));
      throwFailure();
    },
    close() {
      for (const { buffer } of slots) buffer.destroy();
    },
  };
}
