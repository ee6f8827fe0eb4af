/** The examples of the language's description, and one with all that its table of needs lists. */
export const documented: readonly string[] = [
  `
// mlp.nn: a two-layer perceptron for handwritten digits
model mlp(hidden = 128) {
  input  x: f32[B, 784]
  target t: i32[B]

  h      = x |> Dense(hidden) |> relu
  logits = h |> Dense(10)

  loss     = cross_entropy(logits, t)
  metric accuracy = mean(argmax(logits, over -1) == t)
  output probs    = softmax(logits)
}

train mlp {
  minimize loss with adam(lr = 1e-3)
  batch 128  epochs 3
}
`,
  `/// The positive part of x.
fn relu(x)     = max(x, 0)
fn sigmoid(x)  = if x >= 0 then 1/(1 + exp(-x)) else exp(x)/(1 + exp(x))
                 derivative y * (1 - y)              // y is the result: numerically safe

fn softmax(x: f32[..., C]) -> f32[..., C] {
  m[...]    = max[c] x[..., c]
  e[..., c] = exp(x[..., c] - m[...])
  return y[..., c] = e[..., c] / sum[k] e[..., k]
}

layer Dense(units: int, bias: bool = true) (x: f32[..., I]) -> f32[..., units] {
  param W: f32[units, I] init he_normal(fan_in = I)
  param b: f32[units]    init zeros  if bias
  return y[..., o] = b[o] + sum[i] x[..., i] * W[o, i]
}

layer Conv2d(filters: int, kernel: int = 3, stride = 1, pad = 0, dilation = 1)
            (x: f32[N, C, H, W]) -> f32[N, filters, OH, OW]
      where OH = (H + 2*pad - dilation*(kernel - 1) - 1) / stride + 1,
            OW = (W + 2*pad - dilation*(kernel - 1) - 1) / stride + 1 {
  assert OH > 0 : "kernel {kernel} is larger than the padded height {H + 2*pad}"
  param w: f32[filters, C, kernel, kernel] init he_normal(fan_in = C*kernel*kernel)
  param b: f32[filters] init zeros
  return y[n, f, j, i] =
    b[f] + sum[c, u, v] w[f, c, u, v] * (x[n, c, j*stride + u*dilation - pad,
                                                 i*stride + v*dilation - pad] else 0)
}

optimizer momentum(lr = 0.01, gamma = 0.9) {       // per parameter w with gradient g
  state m = 0
  m <- gamma*m + lr*g
  w <- w - m
}

optimizer adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8) {
  state m = 0,  v = 0
  m <- beta1*m + (1 - beta1)*g
  v <- beta2*v + (1 - beta2)*g*g
  w <- w - lr * (m/(1 - beta1**step)) / (sqrt(v/(1 - beta2**step)) + eps)
}

fn exponential_decay(lr, k) = lr * exp(-k * step)
`,
  `use "blocks.nn"

model more(T = 4) {
  input  x1: f32, x2: f32
  input  image: f32[B, C, (H - 2)/2, W]
  target t: i32[B]

  enc = Dense(64)
  z = normal[B, 64]
  mask = bernoulli(1 - 0.5)[B, C]
  f = log(x1) + x1*x2 - sin(x2)
  h = if training then z * mask else z
  s[b, i] = sum[j where j <= i] h[b, j]
  e[b, d] = E[t[b], d]
  a = (h[i - 1] else 0) + sum(h, over C) + mean(h)
  g = grad(loss, image)
  k = stop_gradient(g) |> enc
  assert H > 2 : "too small: {H}"
  loss adv = mean(k)
}

train more(T = 8) {
  minimize adv over enc with clip_norm(5) |> adam(lr = exponential_decay(1e-3, 1e-4))
  batch 128 epochs 3
}
`,
];
