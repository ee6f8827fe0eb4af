/** `nnc plot`: pictures of what a model has learned, and of how. */
import { Option } from 'commander';
import { parseModel } from '../model/model.ts';
import { boundaryPlot } from '../plots/boundary.ts';
import { filterSheet } from '../plots/filters.ts';
import { type ModelOptions, withModelOpened } from '../plots/opened.ts';
import { lossSurface } from '../plots/surface.ts';
import { checkOutputs, dataPlaces, sourcePlaces } from '../saved/outputs.ts';
import { weightsPlaces, withWeights } from '../saved/starting-weights.ts';
import {
  type CommandDefinition,
  dataOption,
  dataText,
  deviceOption,
  nameList,
  samplesAStep,
  seedOption,
  threadsOption,
  verboseOption,
  wholeNumber,
  withModel,
} from '../terminal/command.ts';
import { writeFileAtomic } from '../terminal/files.ts';
import { print, tell } from '../terminal/output.ts';
import { trainModel } from '../training/training.ts';
import { checkChartFile, checkPictureFile, writeChart } from '../views/chart-file.ts';

interface Options extends ModelOptions {
  readonly of: Kind;
  readonly out: string;
  readonly along: readonly string[];
  readonly standardize: readonly string[];
  readonly epochs?: number;
  readonly batch?: number | 'all';
}

/** An SVG, or the bytes of a PNG. */
type Draw = (file: string, options: Options, say: (text: string) => void) => Promise<string | Uint8Array>;

/** A kind of picture is a row here. */
const kinds = {
  boundary: opened(boundaryPlot),
  surface: drawSurface,
  filters: opened(filterSheet),
} as const satisfies Readonly<Record<string, Draw>>;

type Kind = keyof typeof kinds;

function opened<T extends string | Uint8Array>(
  work: (model: Parameters<Parameters<typeof withModelOpened>[3]>[0]) => Promise<T>,
): Draw {
  return (file, options, say) => withModelOpened(parseModel(file), options, say, work);
}

async function drawSurface(file: string, options: Options, say: (text: string) => void): Promise<string> {
  const { of: _, out: __, along, ...others } = options;
  const { look, picture } = lossSurface(along);
  const training = { ...others, eval: new Map(), shuffle: true, resume: false, quiet: true };
  await trainModel(file, training, new AbortController().signal, say, look);
  return picture();
}

export const plot: CommandDefinition = {
  name: 'plot',
  summary: 'draw what a model says of a plane, its loss and the way of a training, or its filters',
  examples: [
    'nnc plot moons/moons.nn --data x=moons/points.csv#x,y --data t=moons/points.csv#side:labels --out runs/moons.svg',
    'nnc plot models:linear_regression --of surface --data x=moons/points.csv#x --data t=moons/points.csv#y --epochs 5 --device cpu --out runs/way.svg',
    'nnc plot models:networks/lenet5 --of filters --out runs/filters.png',
  ],
  define: (command) =>
    withWeights(withModel(command), 'the initial ones of the seed')
      .addOption(
        new Option(
          '--of <KIND>',
          'boundary: what is said over an input of two numbers; surface: the loss over two weights; filters: the first weights',
        )
          .choices(Object.keys(kinds))
          .default('boundary'),
      )
      .requiredOption('--out <FILE>', 'where to: .svg or .png; .png for filters')
      .addOption(dataOption())
      .option('--along <NUMBERS>', 'of a surface: its two weights, as in "W[0, 1],b[0]"', weightList, [])
      .option('--standardize <NAMES>', 'of a surface: as in training', nameList, [])
      .option('--batch <N>', 'of a surface: samples a step, or all (default: the recipe)', samplesAStep)
      .option('--epochs <N>', 'of a surface: times through the data (default: the recipe)', wholeNumber(1))
      .addOption(seedOption())
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addHelpText('after', dataText)
      .action(async (file: string, options: Options) => {
        const { out, of } = options;
        if (of === 'filters') checkPictureFile('--out', out);
        else checkChartFile('--out', out);
        checkOutputs(
          [{ what: '--out', path: out }],
          [
            ...sourcePlaces(parseModel(file)),
            ...weightsPlaces(options.weights),
            ...dataPlaces('--data', options.data),
          ],
        );
        const drawn = await kinds[of](file, options, (text) => tell(`${text}\n`));
        if (typeof drawn === 'string') await writeChart(out, drawn);
        else writeFileAtomic(out, drawn);
        print(`written to ${out}\n`);
      }),
};

/** Separated by commas outside of brackets. */
const weightList = (text: string): readonly string[] => text.split(/,(?![^[]*\])/).map((part) => part.trim());
