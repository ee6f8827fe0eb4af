/**
 * Whether what is compiled fits what it is compiled for: kernels and their sizes in, a LimitError with all that is
 * too much out. It runs in every compilation, so that a device is never the first to refuse.
 *
 * Tensors are looked at before kernels are scheduled, and a kernel of a tensor that is too large is not scheduled:
 * its positions may be beyond what integers hold. All memory together is known last, when buffers are placed.
 */
export { kernelProblems } from './kernels.ts';
export { memoryProblems } from './memory.ts';
export { LimitError, type LimitProblem } from './problem.ts';
export { tensorProblems } from './tensors.ts';
