/** Placeholder until the contraction stands. */
import { refused, type Schedule } from '../schedule.ts';
export const contract: Schedule = { name: 'contract', doc: '', attempt: () => refused('not a contraction') };
