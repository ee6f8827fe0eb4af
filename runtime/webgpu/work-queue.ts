/**
 * Submits are counted in; a wait goes out where too many are queued on the device.
 *
 * Two or three queued steps keep a device busy, and more of them would only delay an interruption. Steps of
 * microseconds are another matter: there, waiting for the event loop costs more than the step, so a longer
 * queue is allowed while its oldest step is young.
 */
import type { Device } from '../device.ts';

export interface WorkQueue {
  /** Waits until another step may be queued. */
  room(): Promise<void>;
  submitted(): void;
  /** Waits for all work. */
  settle(): Promise<void>;
}

interface Queued {
  readonly done: Promise<unknown>;
  readonly since: number;
  finished: boolean;
}

const youngMilliseconds = 10;
const burst = 64;

/** At most `most` steps at once, or a burst of short ones. */
export function workQueue(device: Device, most: number): WorkQueue {
  const waiting: Queued[] = [];
  const isFull = (): boolean => {
    while (waiting[0]?.finished) waiting.shift();
    const oldest = waiting[0];
    if (oldest === undefined || waiting.length < most) return false;
    return waiting.length >= burst || performance.now() - oldest.since > youngMilliseconds;
  };
  return {
    async room() {
      while (isFull()) await waiting[0]?.done;
      device.check();
    },
    submitted() {
      const finish = () => {
        entry.finished = true;
      };
      const done = device.gpu.queue.onSubmittedWorkDone().then(finish, finish);
      const entry: Queued = { done, since: performance.now(), finished: false };
      waiting.push(entry);
    },
    async settle() {
      waiting.length = 0;
      await device.gpu.queue.onSubmittedWorkDone();
      device.check();
    },
  };
}
