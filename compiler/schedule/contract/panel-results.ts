/** The end of a block of packed panels: its sums in memory in, what the kernel stores out, four neighbours at once. */
import { add, scale } from '../../index/build.ts';
import { lane } from '../../nest/terms.ts';
import { type Builder, bind, type Emit, held } from '../builder.ts';
import { type Place, together } from '../point.ts';
import { writeAt } from './epilogue.ts';
import { cellOf, type Results, recall } from './panel-sides.ts';
import { named, placeAt } from './positions.ts';
import type { Contraction } from './recognise.ts';
import { counted, eachQuad, eachStrip, inside } from './strips.ts';

export function finishPanels(
  builder: Builder,
  contraction: Contraction,
  results: Results,
  batch: Place,
  emit: Emit,
): void {
  const { left, right, memory } = results;
  eachStrip(builder, right, emit, (panel, rightOnAxis, within) => {
    counted(builder, `${right.axis.name}_vector`, right.rows, within, (vector, into) => {
      const unit = add(scale(rightOnAxis, right.rows), vector);
      eachQuad(builder, right.axis, unit, false, into, (positions, to) => {
        const places = positions.length === 4 ? [positions] : positions.map((position) => [position]);
        const rights = places.map((rows) =>
          named(builder, placeAt(builder, new Map([[right.axis, rows]])), to),
        );
        eachStrip(builder, left, to, (strip, leftOnAxis, toStrip) => {
          counted(builder, `${left.axis.name}_row`, left.rows, toStrip, (row, toRow) => {
            const at = add(scale(leftOnAxis, left.rows), row);
            inside(builder, left.axis.name, at, left.axis.extent, toRow, (on, innermost) => {
              const one = named(builder, placeAt(builder, new Map([[left.axis, [on]]])), innermost);
              const position = cellOf(results, panel, strip, row, vector);
              const sum = bind(builder, innermost, held(contraction.sum), recall(memory, position));
              rights.forEach((right, k) => {
                const part = rights.length === 1 && positions.length === 4 ? sum : lane(sum, k);
                writeAt(builder, contraction, together(batch, one, right), part, innermost);
              });
            });
          });
        });
      });
    });
  });
}
