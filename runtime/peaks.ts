/**
 * An open session in; what its device reaches at best out: bytes a second when it copies, operations a second
 * when it multiplies and adds. Both are measured with a small kernel each, of WGSL where nothing else is given.
 */
import type { Session } from './execute.ts';
import type { Program } from './program.ts';

export interface Peaks {
  readonly bytesPerSecond: number;
  readonly flopsPerSecond: number;
}

/** Two programs of one dispatch each. */
export interface PeakPrograms {
  readonly copying: Program;
  /** Read and written by `copying`. */
  readonly bytes: number;
  readonly computing: Program;
  /** Operations of `computing`. */
  readonly flops: number;
}

/** Large enough to leave the caches of a hardware adapter; a software one would take too long for that. */
const sizes = {
  hardware: { copiedBytes: 2 ** 27, invocations: 2 ** 20 },
  software: { copiedBytes: 2 ** 24, invocations: 2 ** 12 },
} as const;

const workgroup = 64;
const chains = 8;
const turns = 64;
/** A chain has four lanes; a multiplication and an addition each. */
const flopsPerInvocation = 2 * 4 * chains * turns;
const attempts = 3;

export async function measurePeaks(
  session: Session,
  programs: PeakPrograms = adapterPrograms(session),
): Promise<Peaks> {
  const copying = await fastest(session, programs.copying);
  const computing = await fastest(session, programs.computing);
  return { bytesPerSecond: programs.bytes / copying, flopsPerSecond: programs.flops / computing };
}

function adapterPrograms({ info }: Session): PeakPrograms {
  const size = info.class === 'hardware' ? sizes.hardware : sizes.software;
  const { invocations } = size;
  const copiedBytes = Math.min(size.copiedBytes, info.summary.largestBinding);
  return {
    copying: copyProgram(copiedBytes),
    bytes: 2 * copiedBytes,
    computing: arithmeticProgram(invocations),
    flops: invocations * flopsPerInvocation,
  };
}

/** Seconds of one run. */
async function fastest(session: Session, program: Program): Promise<number> {
  const runner = await session.load(program);
  try {
    const times: number[] = [];
    for (let k = 0; k < attempts; k++) {
      const [time] = await runner.profile(5);
      times.push(time!.microseconds / 1e6);
    }
    return Math.min(...times);
  } finally {
    runner.close();
  }
}

const copyProgram = (bytes: number): Program =>
  peakProgram(
    'copy',
    bytes,
    Math.ceil(bytes / 16 / workgroup),
    `  if (i < ${bytes / 16}u) { to[i] = source[i]; }`,
  );

function arithmeticProgram(invocations: number): Program {
  const all = Array.from({ length: chains }, (_, k) => k);
  return peakProgram(
    'arithmetic',
    invocations * 16,
    invocations / workgroup,
    [
      '  let x = source[i];',
      ...all.map((k) => `  var a${k} = x + ${k}.0;`),
      `  for (var n = 0; n < ${turns}; n++) {`,
      ...all.map((k) => `    a${k} = fma(a${k}, x, x);`),
      '  }',
      `  to[i] = ${all.map((k) => `a${k}`).join(' + ')};`,
    ].join('\n'),
  );
}

function peakProgram(name: string, bytes: number, workgroups: number, body: string): Program {
  const shape = [bytes / 4];
  const folded = Math.min(workgroups, 32_768);
  return {
    format: 'nnc-program',
    version: 3,
    name: `peak ${name}`,
    buffers: [
      { label: 'source', bytes, role: 'input' },
      { label: 'to', bytes, role: 'result' },
    ],
    inputs: [{ name: 'source', dtype: 'f32', shape, buffer: 0 }],
    persistent: [],
    results: [{ name: 'to', role: 'value', dtype: 'f32', shape, buffer: 1 }],
    scalars: [],
    code: {
      target: 'wgsl',
      kernels: [
        {
          name,
          wgsl: [
            '@group(0) @binding(0) var<storage, read> source: array<vec4f>;',
            '@group(0) @binding(1) var<storage, read_write> to: array<vec4f>;',
            `@compute @workgroup_size(${workgroup})`,
            'fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {',
            `  let i = (group.y * ${folded}u + group.x) * ${workgroup}u + local.x;`,
            body,
            '}',
          ].join('\n'),
          entryPoint: 'main',
          bindings: ['read', 'read_write'],
          position: false,
          workgroupSize: [workgroup, 1, 1],
        },
      ],
      requirements: {
        storageBuffersPerStage: 2,
        largestBinding: bytes,
        largestBindingTensor: 'source',
        workgroupStorage: 0,
        invocationsPerWorkgroup: workgroup,
        workgroupSize: [workgroup, 1, 1],
        workgroupsPerDimension: folded,
        memory: 2 * bytes,
        features: [],
      },
    },
    steps: [
      {
        kind: 'dispatch',
        kernel: 0,
        name,
        buffers: [0, 1],
        workgroups: [folded, Math.ceil(workgroups / folded), 1],
        equations: [],
        origins: [],
      },
    ],
  };
}
