/** The reducers that are formulas over others: the checker writes them out. One record each. */
import type { positionReducers, valueReducers } from './primitive.ts';
import type { DerivedReducer, Formulas } from './record.ts';

type Primitive = keyof typeof valueReducers | keyof typeof positionReducers;

/** How many elements take part; where there are none, 1, so that it divides. */
const count = <E>(f: Formulas<Primitive, E>): E =>
  f.guarded ? f.call('maximum', f.reduce('sum', f.number(1)), f.number(1)) : f.number(f.points);

export const derivedReducers = {
  mean: {
    doc: 'The mean of all elements.',
    formula: (x, f) => f.call('divide', f.reduce('sum', x), count(f)),
  },
  /**
   * The maximum is taken off first, which changes nothing but the rounding (Blanchard, Higham, Higham 2021). Where
   * guards may leave nothing, the sum, which the largest element makes 1 or more, counts as at least 1/2: what is
   * left is the maximum over nothing. That bound hides from the adjoint that the maximum has no effect, so there it
   * is said.
   */
  logsumexp: {
    doc: 'The logarithm of the sum of exp(x) over all elements x, without overflow.',
    formula: (x, f) => {
      const maximum = f.reduce('max', x);
      const largest = f.guarded ? f.call('stop_gradient', maximum) : maximum;
      const sum = f.reduce('sum', f.call('exp', f.call('subtract', x, largest)));
      const positive = f.guarded ? f.call('maximum', sum, f.number(0.5)) : sum;
      return f.call('add', f.call('log', positive), largest);
    },
  },
  /** At 0 the root has no slope: there the gradient is 0, one of the subgradients. */
  norm: {
    doc: 'The Euclidean norm, the root of the sum of squares; where it is 0, its gradient is 0.',
    formula: (x, f) => {
      const squares = f.reduce('sum', f.call('multiply', x, x));
      return f.choose(f.call('equal', squares, f.number(0)), f.number(0), f.call('sqrt', squares));
    },
    ofOne: (x, f) => f.call('abs', x),
  },
  /** The mean is taken off before squaring: a difference of squares would cancel where the mean is large. */
  var: {
    doc: 'The variance, the mean of the squared distances from the mean: divided by how many there are, not by one less.',
    formula: (x, f) => {
      const n = count(f);
      const distance = f.call('subtract', x, f.call('divide', f.reduce('sum', x), n));
      return f.call('divide', f.reduce('sum', f.call('multiply', distance, distance)), n);
    },
    ofOne: (_, f) => f.number(0),
  },
} as const satisfies Record<string, DerivedReducer<Primitive>>;
