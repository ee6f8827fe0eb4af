/** Whether blocks for Python run here. */
import { spawnSync } from 'node:child_process';

export const hasNumpy = (): boolean => spawnSync('python3', ['-c', 'import numpy']).status === 0;
