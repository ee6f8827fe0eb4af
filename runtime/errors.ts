/** The kinds of failure a run can have: the device's, the data's, and a training that went wrong. */

/** No adapter, a lost device, a refused kernel, a tensor that does not fit. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
}

/** The device has no memory for what was asked; nothing of it was kept. */
export class OutOfMemoryError extends DeviceError {}

/** Data, weights or a program file that do not fit what was asked: wrong shape, type, range or value. */
export class DataError extends Error {
  override readonly name: string = 'DataError';
}

/** Training cannot go on: a loss is not a finite number. */
export class TrainingError extends DataError {
  override readonly name = 'TrainingError';
  /** The step, from 1, whose loss was not finite. */
  readonly step: number;
  readonly loss: string;

  constructor(message: string, step: number, loss: string) {
    super(message);
    this.step = step;
    this.loss = loss;
  }
}
