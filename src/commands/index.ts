/** The commands by name, in the order in which `--help` lists them. Each is a file that is loaded when it is asked for. */
import type { CommandDefinition } from '../terminal/command.ts';

const commands = {
  new: async () => (await import('./new.ts')).newModel,
  data: async () => (await import('./data.ts')).data,
  digits: async () => (await import('./digits.ts')).digits,
  check: async () => (await import('./check.ts')).check,
  fmt: async () => (await import('./fmt.ts')).fmt,
  train: async () => (await import('./train.ts')).train,
  replay: async () => (await import('./replay.ts')).replay,
  rate: async () => (await import('./rate.ts')).rate,
  report: async () => (await import('./report.ts')).report,
  sweep: async () => (await import('./sweep.ts')).sweep,
  run: async () => (await import('./run.ts')).run,
  sample: async () => (await import('./sample.ts')).sample,
  plot: async () => (await import('./plot.ts')).plot,
  grad: async () => (await import('./grad.ts')).grad,
  init: async () => (await import('./init.ts')).init,
  trace: async () => (await import('./trace.ts')).trace,
  gradcheck: async () => (await import('./gradcheck.ts')).gradcheck,
  exercise: async () => (await import('./exercise.ts')).exercise,
  compare: async () => (await import('./compare.ts')).compare,
  dump: async () => (await import('./dump.ts')).dump,
  view: async () => (await import('./view.ts')).view,
  explain: async () => (await import('./explain.ts')).explain,
  profile: async () => (await import('./profile.ts')).profile,
  memory: async () => (await import('./memory.ts')).memory,
  opt: async () => (await import('./opt.ts')).opt,
  build: async () => (await import('./build.ts')).build,
  devices: async () => (await import('./devices.ts')).devices,
  lsp: async () => (await import('./lsp.ts')).lsp,
  completion: async () => (await import('./completion.ts')).completion,
} satisfies Readonly<Record<string, () => Promise<CommandDefinition>>>;

const byName: ReadonlyMap<string, () => Promise<CommandDefinition>> = new Map(Object.entries(commands));

/** The command of this name, or, where there is none, all that there are. */
export async function commandsFor(name: string | undefined): Promise<readonly CommandDefinition[]> {
  const load = byName.get(name ?? '');
  return Promise.all((load === undefined ? [...byName.values()] : [load]).map((one) => one()));
}
