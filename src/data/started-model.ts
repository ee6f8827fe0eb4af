/** What `nnc new` begins with: a name in, the text of a model and a table of points that it tells apart out. */
import { randomStream } from './random.ts';

export const startedModel = (
  name: string,
  commands: readonly string[],
): string => `// Tells two classes of points apart. To go on: change what it reads, its layers, its recipe.
//
${commands.map((command) => `//     ${command}\n`).join('')}
model ${name}(hidden = 16) {
  input x: f32[B, 2]
  target t: i32[B]

  logits = x |> Dense(hidden) |> tanh |> Dense(2)

  loss = cross_entropy(logits, t)
  metric accuracy = accuracy(logits, t)
  output p = softmax(logits)
}

train ${name} {
  minimize loss with adam(lr = 0.02)
  batch 20 epochs 40 validate 0.2
}
`;

const points = 200;

/** Two half moons that reach into each other, with noise. */
export function startedPoints(): string {
  const random = randomStream(0, 0);
  const rows = Array.from({ length: points }, (_, k) => {
    const angle = Math.PI * random.unit();
    const [across, up] = k % 2 === 0 ? [0, 1] : [1, -1];
    const x = across + (k % 2 === 0 ? 1 : -1) * Math.cos(angle) + 0.12 * random.normal();
    const y = up * Math.sin(angle) + (k % 2 === 0 ? 0 : 0.4) + 0.12 * random.normal();
    return `${x.toFixed(3)},${y.toFixed(3)},${k % 2 === 0 ? 'upper' : 'lower'}\n`;
  });
  return `x,y,side\n${rows.join('')}`;
}
