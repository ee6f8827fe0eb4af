/** A compiled program and the values of its leaves in; what a device makes of them, by result, out. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import type { Session } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import { allocate, type Tensor, type TypedArray } from '../../runtime/tensor.ts';

export async function runOnDevice(
  session: Session,
  program: Program,
  feeds: ReadonlyMap<string, Tensor64>,
): Promise<ReadonlyMap<string, TypedArray>> {
  const stored = ({ name, dtype, shape }: Omit<Tensor, 'data'> & { readonly name: string }): Tensor => {
    const { data } = feeds.get(name)!;
    const array = allocate(dtype, data.length);
    array.set(data);
    return { dtype, shape, data: array };
  };
  for (const spec of program.persistent) await session.set(spec.name, stored(spec));
  const runner = await session.load(program);
  try {
    for (const spec of program.inputs) runner.write(spec.name, stored(spec).data);
    const scalar = (name: string): number => feeds.get(name)?.data[0] ?? 1;
    await runner.run({ step: scalar('step'), key: scalar('key') });
    return await runner.readMany(program.results.map(({ name }) => name));
  } finally {
    runner.close();
  }
}
