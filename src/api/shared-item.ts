import type { ApiContext } from './context';

/**
 * An item of a subscription that many are given at the same time: what it tells, which is the same for all of them, and
 * what differs from one reader to the next.
 */
export interface SharedItem {
  /** The same object for everybody who is told the same; undefined: nobody else is told it. */
  readonly told: ToldToAll | undefined;
  readonly own: OwnFields;
}

/** Fields of the item that are the reader's own. */
export interface OwnFields {
  readonly id: string;
  readonly cursor: string;
}

export interface ToldToAll {
  /**
   * What is shown of it, at what is known now. Whoever is asking may not matter here; what does is left to the fields
   * below, which say who may read them.
   *
   * @param own stand for the reader's own fields
   */
  view(context: ApiContext, own: OwnFields): object;
}

export function isSharedItem(item: unknown): item is SharedItem {
  return typeof item === 'object' && item !== null && 'told' in item && 'own' in item;
}
