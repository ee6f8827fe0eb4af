import { stageTests } from '../support/stage-tests.ts';

stageTests(1);
