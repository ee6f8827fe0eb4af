/** The digits of LeCun, where they are at hand, in the place of those that nnc draws. */
export const onMnist = [
  '--data x=train-images-idx3-ubyte.gz --data t=train-labels-idx1-ubyte.gz',
  '--eval x=t10k-images-idx3-ubyte.gz --eval t=t10k-labels-idx1-ubyte.gz',
].join(' ');

/** The share of the class that most of its test images have. */
export const majorityOfMnist = 0.1135;
