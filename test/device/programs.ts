/** Small programs written by hand: a linear model y = x·w, its training step with SGD, and its evaluation. */
import {
  type DispatchStep,
  type KernelSpec,
  type Program,
  type Step,
  wgslOf,
} from '../../runtime/program.ts';

export const features = 2;

const padded = (elements: number): number => Math.max(16, Math.ceil((4 * elements) / 16) * 16);

const requirements = {
  storageBuffersPerStage: 4,
  largestBinding: 1024,
  largestBindingTensor: 'x',
  workgroupStorage: 0,
  invocationsPerWorkgroup: 8,
  workgroupSize: [8, 1, 1],
  workgroupsPerDimension: 1,
  memory: 1024,
  features: [],
} as const;

export function kernel(name: string, bindings: KernelSpec['bindings'], wgsl: string): KernelSpec {
  return {
    name,
    wgsl,
    entryPoint: 'main',
    bindings,
    position: false,
    workgroupSize: [8, 1, 1],
  };
}

/** A dispatch of the kernel with this number. */
const dispatch = (
  kernel: number,
  name: string,
  buffers: readonly number[],
  workgroups: DispatchStep['workgroups'] = [1, 1, 1],
): DispatchStep => ({
  kind: 'dispatch',
  kernel,
  name,
  buffers,
  workgroups,
  equations: [`%${name}[i] = …`],
  origins: [`linear.nn:7:3 linear > ${name}`],
});

/** Another kernel in the place of a program's only one. */
export const running = (
  other: KernelSpec,
  program: Program,
): { readonly code: Program['code']; readonly steps: readonly Step[] } => ({
  code: { ...wgslOf(program), kernels: [other] },
  steps: program.steps.map((step) =>
    step.kind === 'dispatch' ? dispatch(0, other.name, step.buffers) : step,
  ),
});

const forward = (batch: number): KernelSpec =>
  kernel(
    'forward',
    ['read', 'read', 'read_write'],
    `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  y[b] = x[2u * b] * w[0] + x[2u * b + 1u] * w[1];
}`,
  );

const loss = (batch: number): KernelSpec =>
  kernel(
    'squares',
    ['read', 'read', 'read_write'],
    `@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x > 0u) { return; }
  var sum = 0.0;
  for (var b = 0u; b < ${batch}u; b++) { let d = y[b] - t[b]; sum += d * d; }
  loss[0] = sum / ${batch}.0;
}`,
  );

const update = (batch: number): KernelSpec =>
  kernel(
    'update',
    ['read', 'read', 'read', 'read_write'],
    `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= 2u) { return; }
  var sum = 0.0;
  for (var b = 0u; b < ${batch}u; b++) { sum += (y[b] - t[b]) * x[2u * b + i]; }
  w[i] = w[i] - 0.1 * 2.0 / ${batch}.0 * sum;
}`,
  );

const common = (name: string, batch: number) =>
  ({
    format: 'nnc-program',
    version: 3,
    name,
    buffers: [
      { label: 'x', bytes: padded(batch * features), role: 'input' },
      { label: 't', bytes: padded(batch), role: 'input' },
      { label: 'w', bytes: padded(features), role: 'persistent' },
      { label: 'y', bytes: padded(batch), role: 'result' },
      { label: 'loss', bytes: 16, role: 'result' },
    ],
    inputs: [
      { name: 'x', dtype: 'f32', shape: [batch, features], buffer: 0 },
      { name: 't', dtype: 'f32', shape: [batch], buffer: 1 },
    ],
    persistent: [{ name: 'w', dtype: 'f32', shape: [features], buffer: 2, role: 'param' }],
    results: [
      { name: 'loss', dtype: 'f32', shape: [], buffer: 4, role: 'loss' },
      { name: 'y', dtype: 'f32', shape: [batch], buffer: 3, role: 'output' },
    ],
    scalars: [],
  }) as const satisfies Partial<Program>;

/** Results: `y` and the mean squared error against `t`. */
export const evaluation = (batch: number): Program => ({
  ...common('linear.evaluate', batch),
  code: { target: 'wgsl', kernels: [forward(batch), loss(batch)], requirements },
  steps: [dispatch(0, 'forward', [0, 2, 3], [Math.ceil(batch / 8), 1, 1]), dispatch(1, 'squares', [3, 1, 4])],
});

/** The same, and w takes a step against the gradient, in place. */
export const training = (batch: number): Program => ({
  ...common('linear.train', batch),
  code: { target: 'wgsl', kernels: [forward(batch), loss(batch), update(batch)], requirements },
  steps: [
    dispatch(0, 'forward', [0, 2, 3], [Math.ceil(batch / 8), 1, 1]),
    dispatch(1, 'squares', [3, 1, 4]),
    dispatch(2, 'update', [0, 3, 1, 2]),
  ],
});

/** Counts steps in a state by way of a copy, and shows the scalars: out = [count, step, key], i32. */
export const counting: Program = {
  format: 'nnc-program',
  version: 3,
  name: 'counting',
  buffers: [
    { label: 'count', bytes: 16, role: 'persistent' },
    { label: 'next', bytes: 16, role: 'temporary' },
    { label: 'step', bytes: 16, role: 'scalar' },
    { label: 'key', bytes: 16, role: 'scalar' },
    { label: 'out', bytes: 16, role: 'result' },
  ],
  inputs: [],
  persistent: [{ name: 'count', dtype: 'i32', shape: [], buffer: 0, role: 'state' }],
  results: [{ name: 'out', dtype: 'u32', shape: [3], buffer: 4, role: 'output' }],
  scalars: [
    { name: 'step', dtype: 'i32', shape: [], buffer: 2 },
    { name: 'key', dtype: 'u32', shape: [], buffer: 3 },
  ],
  code: {
    target: 'wgsl',
    kernels: [
      kernel(
        'count',
        ['read', 'read', 'read', 'read_write', 'read_write'],
        `@group(0) @binding(0) var<storage, read> count: array<i32>;
@group(0) @binding(1) var<storage, read> step: array<i32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> next: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x > 0u) { return; }
  next[0] = count[0] + 1;
  out[0] = u32(next[0]);
  out[1] = u32(step[0]);
  out[2] = key[0];
}`,
      ),
    ],
    requirements: { ...requirements, storageBuffersPerStage: 5 },
  },
  steps: [dispatch(0, 'count', [0, 2, 3, 1, 4]), { kind: 'copy', from: 1, to: 0 }],
};

/** Positions as they come, in one run: each appends itself to a sum in base 10, and stands at its own place of out. */
export const looping = (from: number, count: number, by: number): Program => ({
  format: 'nnc-program',
  version: 3,
  name: 'looping',
  buffers: [
    { label: 'sum', bytes: 16, role: 'result' },
    { label: 'out', bytes: 64, role: 'result' },
  ],
  inputs: [],
  persistent: [],
  results: [
    { name: 'sum', dtype: 'u32', shape: [], buffer: 0, role: 'output' },
    { name: 'out', dtype: 'u32', shape: [16], buffer: 1, role: 'output' },
  ],
  scalars: [],
  code: {
    target: 'wgsl',
    kernels: [
      kernel(
        'clear',
        ['read_write'],
        `@group(0) @binding(0) var<storage, read_write> sum: array<u32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) { sum[0] = 0u; }
}`,
      ),
      {
        ...kernel(
          'append',
          ['read_write'],
          `@group(0) @binding(0) var<storage, read_write> sum: array<u32>;
@group(1) @binding(0) var<uniform> position: u32;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) { sum[0] = 10u * sum[0] + position; }
}`,
        ),
        position: true,
      },
      {
        ...kernel(
          'place',
          ['read', 'read_write'],
          `@group(0) @binding(0) var<storage, read> sum: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> position: u32;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) { out[position] = sum[0]; }
}`,
        ),
        position: true,
      },
    ],
    requirements,
  },
  steps: [
    dispatch(0, 'clear', [0]),
    {
      kind: 'loop',
      index: 't',
      from,
      count,
      by,
      steps: [dispatch(1, 'append', [0]), dispatch(2, 'place', [0, 1])],
    },
  ],
});

/** A data set that y = 2·x0 - x1 fits exactly; the values come from a fixed recurrence. */
export function linearData(count: number): { readonly x: Float32Array; readonly t: Float32Array } {
  const x = Float32Array.from({ length: count * features }, (_, i) => (((i + 1) * 7919) % 1009) / 504.5 - 1);
  const t = Float32Array.from({ length: count }, (_, b) => 2 * x[2 * b]! - x[2 * b + 1]!);
  return { x, t };
}
