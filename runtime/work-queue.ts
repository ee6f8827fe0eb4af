/** Submits are counted in; a wait goes out where too many are queued on the device. */
import type { Device } from './device.ts';

export interface WorkQueue {
  /** Waits until fewer than the allowed steps are queued. */
  room(): Promise<void>;
  submitted(): void;
  settle(): Promise<void>;
}

export function workQueue(device: Device, most: number): WorkQueue {
  const waiting: Promise<undefined>[] = [];
  return {
    async room() {
      while (waiting.length >= most) await waiting.shift();
      device.check();
    },
    submitted() {
      waiting.push(device.gpu.queue.onSubmittedWorkDone());
    },
    async settle() {
      waiting.length = 0;
      await device.gpu.queue.onSubmittedWorkDone();
      device.check();
    },
  };
}
