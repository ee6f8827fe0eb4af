/** The commands, in the order in which `--help` lists them. */
import type { CommandDefinition } from '../command.ts';
import { build } from './build.ts';
import { check } from './check.ts';
import { compare } from './compare.ts';
import { devices } from './devices.ts';
import { digits } from './digits.ts';
import { dump } from './dump.ts';
import { explain } from './explain.ts';
import { fmt } from './fmt.ts';
import { grad } from './grad.ts';
import { gradcheck } from './gradcheck.ts';
import { init } from './init.ts';
import { memory } from './memory.ts';
import { opt } from './opt.ts';
import { profile } from './profile.ts';
import { run } from './run.ts';
import { trace } from './trace.ts';
import { train } from './train.ts';
import { view } from './view.ts';

export const commands: readonly CommandDefinition[] = [
  check,
  fmt,
  train,
  run,
  grad,
  init,
  trace,
  gradcheck,
  compare,
  dump,
  view,
  explain,
  profile,
  memory,
  opt,
  build,
  devices,
  digits,
];
