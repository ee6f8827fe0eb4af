/** Recurrent networks as a user writes them, from the prelude and by hand: the bodies of models that have an output y. */

export interface RecurrentText {
  readonly name: string;
  readonly text: string;
}

const model = (body: string, more = ''): string => `${more}model m {\n${body}\n}\n`;

const sequence = 'input x: f32[B, T, 2]';

const decoder = `layer Decoder(units: int) (x: f32[B, T, I], m: f32[B, S, C]) -> f32[B, T, units] {
  attend = Attention(3)
  cell = Cell(units)
  scan t: T {
    v[:, t] = attend((h[:, t - 1] else 0), m)
    h[:, t] = cell(concat(x[:, t], v[:, t], over -1), (h[:, t - 1] else 0))
  }
  return h
}

/// The values, weighed by how well each goes with what is asked for.
layer Attention(size: int) (q: f32[B, J], m: f32[B, S, C]) -> f32[B, C] {
  param v: f32[size] init normal
  asked = q |> Dense(size)
  keys = m |> Dense(size, bias = false)
  e[b, s] = sum[a] v[a] * tanh(asked[b, a] + keys[b, s, a])
  w = softmax(e)
  return c[b, i] = sum[s] w[b, s] * m[b, s, i]
}

layer Cell(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
  reset = sigmoid((x |> Dense(units)) + (h |> Dense(units, bias = false)))
  update = sigmoid((x |> Dense(units)) + (h |> Dense(units, bias = false)))
  candidate = tanh((x |> Dense(units)) + (reset * h |> Dense(units, bias = false)))
  return update * h + (1 - update) * candidate
}
`;

const field = `layer Field(hidden: int) (y: f32[B, D]) -> f32[B, D] { return y |> Dense(hidden) |> tanh |> Dense(D) }
fn euler(f: layer, y: f32[B, D], h) -> f32[B, D] = y + h * f(y)
fn runge_kutta(f: layer, y: f32[B, D], h) -> f32[B, D] {
  k1 = f(y)
  k2 = f(y + h / 2 * k1)
  k3 = f(y + h / 2 * k2)
  k4 = f(y + h * k3)
  return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
}
`;

const solved = (method: string): string =>
  model(
    `input x: f32[B, 2]
  input times: f32[T]
  f = Field(3)
  scan t: T { s[:, t] = ${method}(f, (s[:, t - 1] else x), times[t]) }
  output y = s`,
    field,
  );

export const recurrentTexts: readonly RecurrentText[] = [
  { name: 'RNN', text: model(`${sequence}\n  output y = x |> RNN(3)`) },
  { name: 'gated unit', text: model(`${sequence}\n  output y = x |> GatedUnit(3)`) },
  { name: 'GRU', text: model(`${sequence}\n  output y = x |> GRU(3)`) },
  {
    name: 'GRU, reset after',
    text: model(`${sequence}\n  output y = x |> GRU(3, z_keeps = false, reset_after = true)`),
  },
  { name: 'LSTM', text: model(`${sequence}\n  output y = x |> LSTM(3)`) },
  { name: 'two LSTMs', text: model(`${sequence}\n  output y = x |> LSTM(2) |> LSTM(2)`) },
  { name: 'bidirectional', text: model(`${sequence}\n  output y = x |> Bidirectional(RNN(2), GRU(3))`) },
  {
    name: 'decoder with attention',
    text: model(`${sequence}\n  input m: f32[B, 3, 2]\n  output y = Decoder(2)(x, m)`, decoder),
  },
  { name: 'Euler method', text: solved('euler') },
  { name: 'Runge-Kutta method', text: solved('runge_kutta') },
  {
    name: 'linear filter',
    text: model(`input x: f32[B, T]
  param a: f32[2] init normal
  param c: f32[2] init normal
  output y[b, t: T] = (sum[k] c[k] * (x[b, t - k] else 0)) + (sum[k] a[k] * (y[b, t - 1 - k] else 0))`),
  },
  { name: 'Gram-Schmidt', text: model('input x: f32[T, T + 1]\n  output y = orthonormal_rows(x)') },
  {
    name: 'truncated backpropagation',
    text: model(`${sequence}
  state h0: f32[B, 3] init zeros
  h = RNN(3)(x, h0)
  h0 <- h[:, -1]
  output y = h`),
  },
];
