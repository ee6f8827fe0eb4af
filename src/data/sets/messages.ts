/** Short messages, of which some are advertisements: what a filter of spam learns from. */
import type { Random } from '../random.ts';
import { type DataSet, textBytes } from './data-set.ts';

const fillings: Readonly<Record<string, readonly string[]>> = {
  thing: ['phone', 'prize', 'ticket', 'ring', 'camera', 'game', 'bag', 'holiday'],
  when: ['now', 'today', 'tonight', 'this week', 'tomorrow', 'after class'],
  who: ['mum', 'anna', 'tom', 'the boss', 'your friend'],
  do: ['come', 'call', 'text', 'pay', 'wait', 'cook'],
};

const ham = [
  'are you free {when}',
  'call me {when}',
  'i will {do} {when}',
  'did you win the {thing}',
  'the {thing} is at home',
  'can you {do} for me {when}',
  'sorry , i lost my {thing}',
  'tell {who} to {do}',
  'thanks for the {thing}',
  'how is {who} {when}',
] as const;

const spam = [
  'win a free {thing} {when}',
  'you have won a {thing} , call {when}',
  'claim your {thing} {when}',
  'a free {thing} for all who text {when}',
  'urgent : your {thing} waits',
  'buy one {thing} , get one free',
  'only {when} : a {thing} for half the price',
  'text win to get a {thing}',
] as const;

const filled = (sentence: string, random: Random): string =>
  sentence.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const words = fillings[slot]!;
    return words[random.below(words.length)]!;
  });

export const messages: DataSet = {
  summary: 'short messages, of which some are advertisements: class (ham, spam), text',
  formula:
    'spam with probability 0.25; two sentences of its class, of ten for ham and eight for spam, whose words for things, times and ' +
    'people are drawn; one in ten times the second is of the other class',
  counts: { training: 800, test: 1000 },
  extension: 'csv',
  make: (count, stream) =>
    textBytes([
      'class,text',
      ...Array.from({ length: count }, (_, k) => {
        const random = stream(k);
        const isSpam = random.unit() < 0.25;
        const other = random.unit() < 0.1;
        const sentence = (of: readonly string[]): string => filled(of[random.below(of.length)]!, random);
        const first = sentence(isSpam ? spam : ham);
        const second = sentence(isSpam === other ? ham : spam);
        return `${isSpam ? 'spam' : 'ham'},"${first} . ${second} ."`;
      }),
    ]),
};
