/** The guide's commands work, and print what it says. */
import { describe } from 'vitest';
import { testShellBlocks } from '../support/shell-blocks.ts';

describe('the commands of the guide', () => testShellBlocks('docs/guide.md'));
