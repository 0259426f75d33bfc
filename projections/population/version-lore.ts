import { numberOf, type Row, textOf, type View } from '../projection';

/**
 * What was recorded with a version, by numbers: its place in the order of effect and its roots (rules V5, V6). A row is
 * never changed; what a later event said of it stands elsewhere.
 */
export interface VersionLore {
  readonly version: number;
  readonly effectiveFrom: number;
  /** Ordinal of the event that recorded it. */
  readonly n: number;
  readonly notice: number;
  readonly acceptance: number;
  /** By purpose. */
  readonly consent: ReadonlyMap<number, number>;
  /** The first version before it with the same consent roots, itself if none has. */
  readonly twin: number;
  /** The version that preceded it when it was recorded; 0: none. */
  readonly before: number;
}

export type Lore = (version: number) => VersionLore | undefined;

export function loreIn(view: Pick<View, 'rows'>): Lore {
  return (number) => {
    const [row] = view.rows('lore', { number });
    return row && loreOf(row);
  };
}

export function loreOf(row: Row): VersionLore {
  return {
    version: numberOf(row, 'number'),
    effectiveFrom: numberOf(row, 'effective_from'),
    n: numberOf(row, 'n'),
    notice: numberOf(row, 'notice'),
    acceptance: numberOf(row, 'acceptance'),
    consent: new Map(JSON.parse(textOf(row, 'consent')) as readonly (readonly [number, number])[]),
    twin: numberOf(row, 'twin'),
    before: numberOf(row, 'preceding'),
  };
}

/** Whether one comes before another in the order of effect (rule V5). */
export function precedes(
  a: Pick<VersionLore, 'effectiveFrom' | 'n'>,
  b: Pick<VersionLore, 'effectiveFrom' | 'n'>,
): boolean {
  return a.effectiveFrom === b.effectiveFrom ? a.n < b.n : a.effectiveFrom < b.effectiveFrom;
}
