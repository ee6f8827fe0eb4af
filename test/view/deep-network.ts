/** A number of layers in, the text of a residual convolution network of that depth out. */

export function deepNetwork(layers: number): string {
  const calls = Array.from({ length: layers }, (_, k) => `  h${k + 1} = h${k} |> Residual(8)`);
  return `// A residual network, ${layers} convolutions deep.

/// Two images of a batch never meet; the border is padded with zeros.
layer Residual(channels: int) (u: f32[B, C, H, W]) -> f32[B, C, H, W] {
  param f: f32[channels, C, 3, 3] init he_normal(fan_in = 9 * channels)
  param b: f32[channels] init zeros
  conv[n: B, o: channels, y: H, x: W] = b[o] + sum[c, i: 3, j: 3] f[o, c, i, j] * (u[n, c, y + i - 1, x + j - 1] else 0)
  return v[n, o, y, x] = u[n, o, y, x] + relu(conv[n, o, y, x])
}

model deep {
  input image: f32[B, 8, 16, 16]
  target t: i32[B]

  h0 = image
${calls.join('\n')}
  pooled[n, c] = mean[y, x] h${layers}[n, c, y, x]
  logits = pooled |> Dense(10)
  loss = cross_entropy(logits, t)
}

train deep {
  minimize loss with adam(lr = 1e-3)
  batch 32 epochs 1
}
`;
}
