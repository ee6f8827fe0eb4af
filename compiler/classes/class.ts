/** What is right for one class of adapters and wrong for another: the shape of the record that each class has. */

export interface AdapterClass {
  /** What its kernels are printed in. */
  readonly language: 'wgsl' | 'wasm';
  /**
   * Elements before the first and behind the last one of each buffer that may be read, whatever is there: four
   * neighbours of which some are outside are then one read. 0 where nothing outside of a buffer may be read.
   */
  readonly readsAround: number;
  /** A kernel that gives each row to a thread or a workgroup needs this many rows to keep the adapter busy. */
  readonly fewestRows: number;
  readonly grid: {
    /** Threads of a workgroup, for so many equal units of work. */
    readonly workgroupSize: (units: number) => number;
    /** Units that a thread does one after another, where there are so many workgroups of one unit a thread. */
    readonly perThread: (workgroups: number) => number;
  };
  readonly rows: RowChoices;
  readonly lists: {
    /** Threads that list positions together; each goes through all of them. */
    readonly threads: number;
    /** Whether a thread takes all rows that have one list, or neighbouring threads neighbouring rows. */
    readonly rowsTogether: boolean;
  };
  readonly contraction: {
    readonly workgroupTiles: WorkgroupTiles | NoWorkgroupTiles;
    /** Blocks that a thread packs for itself; where there are none, or they do not pay, the tiles above and below. */
    readonly panels?: Panels;
    readonly threadTiles: ThreadTiles;
  };
  /** What a value costs that is kept in memory, in cheap operations on one element, as all threads together do them. */
  readonly recomputation: {
    /** To move one element from or to memory. */
    readonly word: number;
    /** To start a kernel, and wait for the one before. */
    readonly launch: number;
    /** How often a product uses an element that it has read. */
    readonly uses: number;
  };
  /** Operations in the text of a kernel; what more of them take to compile is not worth what they save. */
  readonly mostText: number;
}

/** Kernels that walk the columns of rows. */
export interface RowChoices {
  /** Threads of a workgroup in which each thread has rows of its own. */
  readonly workgroupSize: (threads: number) => number;
  /** How many threads, a power of two and at most `most`, share a row; undefined for one thread a row. */
  readonly together: (work: RowWork, most: number) => number | undefined;
  /** How the parts of a row are put together: in a tree with a barrier a level, or by every thread for itself. */
  readonly combination: 'tree' | 'everyone';
  /** Whether four columns are read wherever they begin, so that rows of any length are walked by vectors. */
  readonly ragged: boolean;
  /** Vectors of four neighbouring rows that a thread takes together, at most. */
  readonly vectors: number;
  /** Elements of a row that a thread keeps in memory of its own from one walk to the next, at most. */
  readonly mostKept: number;
  /** Why threads do not share rows where they do not. */
  readonly whyAlone: string;
}

export interface RowWork {
  readonly rows: number;
  readonly columns: number;
  /** How often the columns are walked. */
  readonly walks: number;
}

/** What one workgroup computes of a contraction from tiles of both operands in workgroup memory. */
export interface Block {
  /** Rows of the left and of the right operand in a workgroup's block, and columns of a tile. */
  readonly left: number;
  readonly right: number;
  readonly depth: number;
  /** Rows of each in a thread's register block: multiples of four. */
  readonly perLeft: number;
  readonly perRight: number;
}

export interface WorkgroupTiles {
  readonly kind: 'tried';
  /** Workgroups that keep the adapter busy. */
  readonly busy: number;
  /** Rows of the operand with fewer rows, and of the other one, below which tiles are mostly empty. */
  readonly fewest: readonly [number, number];
  /** The block of products with many rows on both sides. */
  readonly large: Block;
  /** All others, those with most work a thread first. */
  readonly others: readonly Block[];
}

export interface NoWorkgroupTiles {
  readonly kind: 'never';
  readonly because: string;
}

/** A tile of results in registers: rows of the left operand by vectors of four rows of the right one. */
export interface PanelTile {
  readonly rows: number;
  readonly vectors: number;
  /** How fast it multiplies and adds, in GFLOP/s of one thread. */
  readonly rate: number;
}

/** What one thread computes of a contraction from both operands packed in memory of its own. */
export interface Panels {
  readonly tiles: readonly PanelTile[];
  /** How much more it costs to store four neighbours apart. */
  readonly apart: number;
  /** Rows of the left and of the right operand in a block, at most. */
  readonly blocks: readonly (readonly [left: number, right: number])[];
  /** Cores that blocks should be shared out to evenly. */
  readonly cores: number;
  /** What packing one element costs, in multiplications of a tile. */
  readonly packing: number;
  /** Columns that are packed at once. */
  readonly columns: number;
  /** Fewer columns are not worth packing. */
  readonly fewestColumns: number;
  /** An operand that is masked, or has rows on several axes, is gathered one by one: not for fewer rows of the other. */
  readonly fewestUses: number;
}

/** What reading an operand costs one core for `threadsAtOnce` threads. */
export interface ReadCosts {
  /** Four neighbours at once. */
  readonly vector: number;
  /** One of four elements side by side. */
  readonly near: number;
  /** One of four elements at different places. */
  readonly apart: number;
  /** One element, the same for neighbouring threads. */
  readonly same: number;
  /** An operation of one lane on what was read. */
  readonly operation: number;
}

/** What a block of results that one thread keeps in registers costs: for comparisons only, in one unit of time a class. */
export interface ThreadTiles {
  /**
   * By how an operand is read: with lanes of rows, the right operand at different places and the left one at
   * the same place in neighbouring threads; and both with lanes of columns.
   */
  readonly reads: Readonly<Record<'left' | 'right' | 'columns', ReadCosts>>;
  /** One multiply-add of one lane: of four rows at once, or of four columns, which are then added up. */
  readonly multiplyAdd: Readonly<Record<'rows' | 'columns', number>>;
  /** Overhead of one turn of a loop. */
  readonly turn: number;
  /** Writing one result. */
  readonly result: number;
  /** Cores, and threads that one core runs at once. */
  readonly cores: number;
  readonly threadsAtOnce: number;
  /** Compiling a product, and an accumulator, of the text. */
  readonly compileProduct: number;
  readonly compileAccumulator: number;
  /** A kernel is expected to run so often that compiling it matters this much less. */
  readonly runs: number;
  /** Products of four lanes in the text of one turn. */
  readonly mostProducts: Readonly<Record<'usual' | 'little', number>>;
  readonly workgroupSize: (threads: number) => number;
}

export const powerOfTwo = (n: number): number => 2 ** Math.floor(Math.log2(n));
