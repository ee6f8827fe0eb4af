import { describe, expect, test } from 'vitest';
import { DataError } from '../../runtime/errors.ts';
import { type Program, wgslOf } from '../../runtime/program.ts';
import { readProgram } from '../../runtime/read-program.ts';
import { validateProgram } from '../../runtime/validate-program.ts';
import { counting, evaluation, looping, training } from '../device/programs.ts';

const copy = (program: Program): unknown => JSON.parse(JSON.stringify(program));

/** The JSON of a program with one place changed: `edit('buffers.0.bytes', 17)`; `undefined` takes it away. */
function edited(place: string, value: unknown, program: Program = training(4)): unknown {
  const json = copy(program);
  const keys = place.split('.');
  const last = keys.pop()!;
  let at = json as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return json;
}

describe('reading a program', () => {
  test('gives back what was written', () => {
    const ranged = { ...training(4).inputs[0]!, range: { min: 0, max: 9, why: 'a label' } };
    const labelled = { ...training(4), inputs: [ranged, training(4).inputs[1]!] };
    for (const program of [training(4), evaluation(3), counting, labelled, looping(6, 3, -2)]) {
      expect(readProgram(copy(program))).toEqual(program);
    }
  });

  test('takes the text of kernels from files of their own', () => {
    const program = evaluation(4);
    const { kernels } = wgslOf(program);
    const texts = new Map(kernels.map((kernel) => [kernel.name, kernel.wgsl]));
    const listed = kernels.map((kernel) => ({ ...kernel, wgsl: { file: `${kernel.name}.wgsl` } }));
    const json = copy({ ...program, code: { ...program.code, kernels: listed } } as unknown as Program);
    expect(readProgram(json, texts)).toEqual(program);
    expect(() => readProgram(json)).toThrow('code.kernels[0].wgsl is missing; expected a text');
  });

  test.each<[string, unknown, string]>([
    ['format', 'onnx', 'format is "onnx"; expected nnc-program'],
    ['version', 2, 'version is 2; this runtime reads version 3: build the program again'],
    ['name', 7, 'name is 7; expected a text'],
    ['buffers', {}, 'buffers is {}; expected a list'],
    ['buffers.0', null, 'buffers[0] is null; expected an object'],
    ['buffers.0.bytes', 17, 'buffers[0].bytes is 17; it must be a positive multiple of 16'],
    ['buffers.0.bytes', 0, 'buffers[0].bytes is 0; it must be a positive multiple of 16'],
    ['buffers.0.bytes', -16, 'buffers[0].bytes is -16; expected a whole number, 0 or more'],
    ['buffers.0.bytes', 16, 'inputs[0] x needs 32 bytes; its buffer has 16'],
    ['buffers.0.role', 'output', 'buffers[0].role is "output"; expected input, persistent'],
    ['buffers.2.role', 'temporary', 'persistent[0].buffer is a buffer of role temporary, not persistent'],
    ['buffers.4.role', 'persistent', 'buffers[4] holds no persistent tensor'],
    ['inputs.0.dtype', 'f16', 'inputs[0].dtype is "f16"; expected f32, i32, u32, bool'],
    ['inputs.0.shape.1', 1.5, 'inputs[0].shape[1] is 1.5; expected a whole number, 0 or more'],
    ['inputs.0.buffer', 9, 'inputs[0].buffer is buffer 9; there are 5'],
    ['inputs.1.name', 'x', 'inputs has two entries of the name x'],
    ['inputs.1.buffer', 0, 'inputs, persistent and scalars has two entries of the name buffer 0'],
    ['inputs.1.range', { min: 0 }, 'inputs[1].range.max is missing; expected a whole number'],
    ['code', undefined, 'code is missing; expected an object'],
    ['code.target', 'spirv', 'code.target is "spirv"; expected wgsl'],
    ['persistent.0.role', 'loss', 'persistent[0].role is "loss"; expected param, frozen, state'],
    ['results.0.role', undefined, 'results[0].role is missing; expected loss, metric'],
    ['code.kernels.0.name', '../x', 'code.kernels[0].name "../x" is no identifier'],
    ['code.kernels.1.name', 'forward', 'code.kernels has two entries of the name forward'],
    [
      'code.kernels.0.bindings.0',
      'write',
      'code.kernels[0].bindings[0] is "write"; expected read, read_write',
    ],
    ['code.kernels.0.workgroupSize', [8, 1], 'code.kernels[0].workgroupSize must hold three numbers'],
    ['code.kernels.0.workgroupSize.1', 0, 'code.kernels[0].workgroupSize has a size below 1'],
    ['code.kernels.0.position', 0, 'code.kernels[0].position is 0; expected true or false'],
    ['steps.0.origins', 'x', 'steps[0].origins is "x"; expected a list'],
    ['steps.0.kind', 'branch', 'steps[0].kind is "branch"; expected dispatch, copy, loop'],
    ['steps.0.kernel', 3, 'steps[0].kernel is kernel 3; there are 3'],
    ['steps.0.buffers', [0, 2], 'steps[0].buffers has 2 buffers; kernel forward has 3 bindings'],
    ['steps.0.buffers.1', 0, 'steps[0].buffers has two entries of the name buffer 0'],
    ['steps.0.buffers.1', 5, 'steps[0].buffers[1] is buffer 5; there are 5'],
    ['steps.0.workgroups.2', 0, 'steps[0].workgroups has a count below 1'],
    ['steps', [{ kind: 'copy', from: 0, to: 1 }], 'steps[0] must copy between two buffers of equal size'],
    ['steps', [{ kind: 'copy', from: 0, to: 0 }], 'steps[0] must copy between two buffers of equal size'],
    ['code.requirements.features', ['magic'], 'code.requirements.features[0] is "magic"; expected subgroups'],
    ['code.requirements', undefined, 'code.requirements is missing; expected an object'],
  ])('refuses %s = %j', (place, value, message) => {
    const read = () => readProgram(edited(place, value));
    expect(read).toThrow(DataError);
    expect(read).toThrow(`not a valid program: ${message}`);
  });

  test.each<[string, unknown, string]>([
    ['steps.1.count', 0, 'steps[1].count is 0; a loop has at least one position'],
    ['steps.1.by', 0, 'steps[1].by is 0; it must be another position each time'],
    ['steps.1.by', 0.5, 'steps[1].by is 0.5; expected a whole number'],
    ['steps.1.by', -3, 'steps[1] ends at position -1, which is below 0'],
    ['steps.1.steps.1.buffers', [0], 'steps[1].steps[1].buffers has 1 buffers; kernel place has 2 bindings'],
    ['steps.1.steps.0.kind', 'loop', 'steps[1].steps[0].kind is "loop"; expected dispatch'],
    ['steps.0.kernel', 1, 'steps[0].kernel is kernel append, which has a position: it runs in a loop only'],
  ])('refuses %s = %j in a loop', (place, value, message) => {
    expect(() => readProgram(edited(place, value, looping(5, 3, -2)))).toThrow(
      `not a valid program: ${message}`,
    );
  });

  test('refuses a scalar with a shape', () => {
    expect(() => readProgram(edited('scalars.0.shape', [1], counting))).toThrow(
      'scalars[0] step has a shape; a scalar has none',
    );
  });

  test('refuses what is no object at all', () => {
    for (const json of [null, 1, 'x', [], undefined]) expect(() => readProgram(json)).toThrow(DataError);
  });

  test('needs no reading for programs made in memory', () => {
    expect(() => validateProgram(training(4))).not.toThrow();
  });
});
