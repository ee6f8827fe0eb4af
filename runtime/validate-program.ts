/** A program comes in; a DataError that names the field goes out where positions, sizes or names do not fit. */
import { elementCount } from './extents.ts';
import { bad, shown } from './json.ts';
import type { BufferSpec, Code, DispatchStep, Program, Step } from './program.ts';

/** Checks what the types cannot say: positions, sizes, names. Throws a DataError that names the field. */
export function validateProgram(program: Program): void {
  const { buffers } = program;
  buffers.forEach((buffer, i) => {
    if (buffer.bytes % 16 !== 0 || buffer.bytes === 0) {
      throw bad(`buffers[${i}].bytes`, `is ${buffer.bytes}; it must be a positive multiple of 16`);
    }
  });
  const roles = { inputs: 'input', persistent: 'persistent', scalars: 'scalar', results: undefined } as const;
  for (const field of ['inputs', 'persistent', 'scalars', 'results'] as const) {
    unique(
      program[field].map((tensor) => tensor.name),
      field,
    );
    program[field].forEach((tensor, i) => {
      const buffer = bufferAt(program, tensor.buffer, `${field}[${i}].buffer`);
      // Every element type takes 4 bytes.
      const needed = 4 * elementCount(tensor.shape);
      if (needed > buffer.bytes) {
        throw bad(`${field}[${i}]`, `${tensor.name} needs ${needed} bytes; its buffer has ${buffer.bytes}`);
      }
      const role = roles[field] ?? buffer.role;
      if (buffer.role !== role) {
        throw bad(`${field}[${i}].buffer`, `is a buffer of role ${buffer.role}, not ${role}`);
      }
    });
  }
  const owned = [...program.inputs, ...program.persistent, ...program.scalars];
  unique(
    owned.map((tensor) => `buffer ${tensor.buffer}`),
    'inputs, persistent and scalars',
  );
  const homes = new Set(program.persistent.map((tensor) => tensor.buffer));
  buffers.forEach((buffer, i) => {
    if (buffer.role === 'persistent' && !homes.has(i))
      throw bad(`buffers[${i}]`, 'holds no persistent tensor');
  });
  program.scalars.forEach(({ name, shape }, i) => {
    if (shape.length > 0) throw bad(`scalars[${i}]`, `${name} has a shape; a scalar has none`);
  });
  validateKernels(program.code);
  program.steps.forEach((step, i) => {
    validateStep(program, step, `steps[${i}]`);
  });
}

function validateKernels(code: Code): void {
  const { kernels } = code;
  const at = 'code.kernels';
  unique(
    kernels.map((kernel) => kernel.name),
    at,
  );
  if (code.target === 'wasm') return;
  code.kernels.forEach(({ name, workgroupSize }, i) => {
    // Kernel names become file names.
    if (!/^[A-Za-z_]\w*$/.test(name)) throw bad(`${at}[${i}].name`, `${shown(name)} is no identifier`);
    if (workgroupSize.some((n) => n < 1)) throw bad(`${at}[${i}].workgroupSize`, 'has a size below 1');
  });
}

function validateStep(program: Program, step: Step, at: string): void {
  switch (step.kind) {
    case 'dispatch':
      validateDispatch(program, step, at, false);
      return;
    case 'copy': {
      const source = bufferAt(program, step.from, `${at}.from`);
      const target = bufferAt(program, step.to, `${at}.to`);
      if (source.bytes !== target.bytes || step.from === step.to) {
        throw bad(at, 'must copy between two buffers of equal size');
      }
      return;
    }
    case 'loop': {
      if (step.count < 1) throw bad(`${at}.count`, 'is 0; a loop has at least one position');
      if (step.by === 0) throw bad(`${at}.by`, 'is 0; it must be another position each time');
      const last = step.from + (step.count - 1) * step.by;
      if (last < 0) throw bad(at, `ends at position ${last}, which is below 0`);
      step.steps.forEach((dispatch, k) => {
        validateDispatch(program, dispatch, `${at}.steps[${k}]`, true);
      });
      return;
    }
  }
  step satisfies never;
}

function validateDispatch(program: Program, dispatch: DispatchStep, at: string, inLoop: boolean): void {
  const { kernels } = program.code;
  const kernel = kernels[dispatch.kernel];
  if (kernel === undefined) {
    throw bad(`${at}.kernel`, `is kernel ${dispatch.kernel}; there are ${kernels.length}`);
  }
  if (kernel.position && !inLoop) {
    throw bad(`${at}.kernel`, `is kernel ${kernel.name}, which has a position: it runs in a loop only`);
  }
  dispatch.buffers.forEach((index, k) => void bufferAt(program, index, `${at}.buffers[${k}]`));
  if (dispatch.buffers.length !== kernel.bindings.length) {
    const counts = `${dispatch.buffers.length} buffers; kernel ${kernel.name} has ${kernel.bindings.length}`;
    throw bad(`${at}.buffers`, `has ${counts} bindings`);
  }
  unique(
    dispatch.buffers.map((index) => `buffer ${index}`),
    `${at}.buffers`,
  );
  if (dispatch.workgroups.some((n) => n < 1)) throw bad(`${at}.workgroups`, 'has a count below 1');
}

function bufferAt({ buffers }: Program, index: number, at: string): BufferSpec {
  const found = buffers[index];
  if (found === undefined) throw bad(at, `is buffer ${index}; there are ${buffers.length}`);
  return found;
}

function unique(names: readonly string[], at: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw bad(at, `has two entries of the name ${name}`);
    seen.add(name);
  }
}
