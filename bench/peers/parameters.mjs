// A workload comes in; where its tables lie in nnc's model goes out: parameter path -> name in the workload.

const dense = (path, name) => ({ [`${path}.W`]: `w${name}`, [`${path}.b`]: `b${name}` });
const convolution = (path, name) => ({ [`${path}.w`]: `w${name}`, [`${path}.b`]: `b${name}` });
const normalisation = (path, scale, shift) => ({ [`${path}.gamma`]: scale, [`${path}.beta`]: shift });
const joined = (parts) => Object.assign({}, ...parts);

const models = {
  mlp: ({ cfg }) => joined(Array.from({ length: cfg.layers }, (_, k) => dense(`Dense_${k + 1}`, `${k + 1}`))),
  lenet: () =>
    joined([
      ...[1, 2].map((k) => convolution(`Convolution_${k}`, `c${k}`)),
      ...[1, 2, 3].map((k) => dense(`Dense_${k}`, `${k}`)),
    ]),
  resnet: () =>
    joined([
      convolution('Convolution_1', 's'),
      ...[0, 1, 2].flatMap((block) =>
        ['a', 'b'].map((half, k) => ({
          [`Block_${block + 1}.Convolution_${k + 1}.w`]: `w${block}${half}`,
          ...normalisation(`Block_${block + 1}.BatchNorm_${k + 1}`, `g${block}${half}`, `h${block}${half}`),
        })),
      ),
      dense('Dense_1', 'f'),
    ]),
  gpt: () => ({
    tokens: 'tok',
    positions: 'pos',
    ...joined([0, 1].map(transformerBlock)),
    ...normalisation('LayerNorm_1', 'gf', 'hf'),
    'Dense_1.W': 'head',
  }),
  lstm: () => ({
    E: 'emb',
    'LSTM_1.W': 'wx',
    'LSTM_1.U': 'wh',
    'LSTM_1.b': 'b',
    ...dense('Dense_1', 'o'),
  }),
};

function transformerBlock(l) {
  const parts = {
    ...normalisation('LayerNorm_1', 'g1', 'h1'),
    ...dense('Attention_1.Dense_1', 'qkv'),
    ...dense('Attention_1.Dense_2', 'o'),
    ...normalisation('LayerNorm_2', 'g2', 'h2'),
    ...dense('Dense_1', '1'),
    ...dense('Dense_2', '2'),
  };
  return Object.fromEntries(
    Object.entries(parts).map(([path, name]) => [`Block_${l + 1}.${path}`, `l${l}.${name}`]),
  );
}

export const parametersOf = (workload) => models[workload.model](workload);
