// The best hand-written product of two 512x512 matrices for a software adapter: no workgroup memory, 8 rows by
// 4 vec4 columns a thread in named accumulators, sized arrays. What a generated kernel is measured against.
const rows = 8;
const quads = 4;
const across = 16;

function kernel(n) {
  const each = (count, make) => Array.from({ length: count }, (_, k) => make(k)).join('\n');
  return `
@group(0) @binding(0) var<storage, read> a: array<vec4f, ${(n * n) / 4}>;
@group(0) @binding(1) var<storage, read> b: array<vec4f, ${(n * n) / 4}>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f, ${(n * n) / 4}>;
@compute @workgroup_size(${across})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x * ${quads}u;
  let row = id.y * ${rows}u;
  ${each(rows, (i) => each(quads, (j) => `var s${i}_${j} = vec4f();`))}
  for (var k = 0u; k < ${n / 4}u; k++) {
    ${each(rows, (i) => `let a${i} = a[(row + ${i}u) * ${n / 4}u + k];`)}
    ${each(
      4,
      (u) => `{
      let at = (k * 4u + ${u}u) * ${n / 4}u + column;
      ${each(quads, (j) => `let b${j} = b[at + ${j}u];`)}
      ${each(rows, (i) => each(quads, (j) => `s${i}_${j} += a${i}[${u}] * b${j};`))}
    }`,
    )}
  }
  ${each(rows, (i) => each(quads, (j) => `y[(row + ${i}u) * ${n / 4}u + column + ${j}u] = s${i}_${j};`))}
}`;
}

export async function setup(task, { rowCheck }) {
  if (task.model !== 'matmul') throw new Error('only the product of matrices is written by hand');
  const { n } = task.cfg;
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = [task.data.a, task.data.b, undefined].map((tensor) => {
    const buffer = device.createBuffer({ size: 4 * n * n, usage });
    if (tensor) device.queue.writeBuffer(buffer, 0, tensor.data);
    return buffer;
  });
  const module = device.createShaderModule({ code: kernel(n) });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const row = device.createBuffer({ size: 4 * n, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  return {
    step() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(n / (across * quads * 4), n / rows);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    async loss() {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffers[2], 0, row, 0, 4 * n);
      device.queue.submit([encoder.finish()]);
      await row.mapAsync(GPUMapMode.READ);
      const values = new Float32Array(row.getMappedRange().slice(0));
      row.unmap();
      return rowCheck(values);
    },
  };
}
