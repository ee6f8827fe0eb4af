/** Prepared steps go into a command encoder, all neighbouring dispatches in one pass. Nothing is made here but passes. */
import type { Prepared, PreparedDispatch } from './prepare.ts';

/** `named`: with the dispatches as debug groups, which the device's messages name. */
export function encodeSteps(
  { steps, positions }: Prepared,
  encoder: GPUCommandEncoder,
  label: string,
  named: boolean,
): void {
  let pass: GPUComputePassEncoder | undefined;
  let bound: GPUComputePipeline | undefined;
  const begin = (): GPUComputePassEncoder => {
    if (pass === undefined) {
      pass = encoder.beginComputePass({ label });
      bound = undefined;
    }
    return pass;
  };
  const dispatch = (
    { pipeline, bindGroup, position, label: name, step: { workgroups } }: PreparedDispatch,
    offsets?: Uint32Array,
    at = 0,
  ): void => {
    const within = begin();
    if (named) within.pushDebugGroup(name);
    if (pipeline !== bound) within.setPipeline(pipeline);
    bound = pipeline;
    within.setBindGroup(0, bindGroup);
    if (position) within.setBindGroup(1, positions!, offsets!, at, 1);
    within.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    if (named) within.popDebugGroup();
  };
  for (const step of steps) {
    switch (step.kind) {
      case 'dispatch':
        dispatch(step);
        break;
      case 'loop':
        for (let k = 0; k < step.offsets.length; k++) {
          for (const one of step.dispatches) dispatch(one, step.offsets, k);
        }
        break;
      case 'copy':
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(step.from, 0, step.to, 0, step.bytes);
        break;
      default:
        step satisfies never;
    }
  }
  pass?.end();
}
