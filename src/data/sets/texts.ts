/** A text of a small grammar, in which some pairs of words differ as other pairs do; and these pairs. */
import { type DataSet, textBytes } from './data-set.ts';

/** Who, what is said of them, and where they are: each row is a rank, its first word a man, its second a woman. */
const people = [
  ['king', 'queen', 'palace', 'rules'],
  ['prince', 'princess', 'garden', 'plays'],
  ['actor', 'actress', 'theatre', 'sings'],
  ['waiter', 'waitress', 'inn', 'serves'],
  ['uncle', 'aunt', 'farm', 'harvests'],
  ['grandfather', 'grandmother', 'village', 'remembers'],
] as const;

const genders = [
  ['he', 'his', 'man'],
  ['she', 'her', 'woman'],
] as const;

export const grammar: DataSet = {
  summary:
    'sentences of men and women of six ranks, for vectors of words: king is to queen as actor to actress',
  formula: 'rank, gender and one of four sentences are drawn evenly',
  counts: { training: 4000, test: 500 },
  extension: 'txt',
  make: (count, stream) =>
    textBytes(
      Array.from({ length: count }, (_, k) => {
        const random = stream(k);
        const rank = people[random.below(people.length)]!;
        const gender = random.below(2);
        const [who, [pronoun, own, kind]] = [rank[gender]!, genders[gender]!];
        const [, , place, does] = rank;
        const sentences = [
          `the ${who} ${does} in the ${place} .`,
          `the ${who} is a ${kind} and ${pronoun} ${does} .`,
          `${pronoun} is the ${who} of the ${place} .`,
          `the ${who} loves ${own} ${place} .`,
        ];
        return sentences[random.below(sentences.length)]!;
      }),
    ),
};

export const analogies: DataSet = {
  summary:
    'what differs alike in `grammar`, four words a row: king queen actor actress, to ask vectors of words for the fourth',
  formula:
    'row k: two of the six ranks, the same in each order, men first and then women first; nothing is drawn',
  counts: { training: 60, test: 60 },
  extension: 'txt',
  make: (count) => {
    const both = people.flatMap((one) =>
      people.filter((other) => other !== one).map((other) => [one, other]),
    );
    const rows = [0, 1].flatMap((first) =>
      both.map((ranks) => ranks.flatMap((rank) => [rank[first], rank[1 - first]]).join(' ')),
    );
    return textBytes(Array.from({ length: count }, (_, k) => rows[k % rows.length]!));
  },
};
