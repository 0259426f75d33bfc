import type { DomainEvent } from '../decider';

/**
 * A piece of a text's bytes, in the stream `text-<UUIDv5 of organisation and hash>` (rules X1, X2). A text is whole
 * once `count` pieces stand there.
 */
export type TextEvent = TextChunkStored;

export type TextChunkStored = DomainEvent<
  'TextChunkStored',
  {
    readonly organisationId: string;
    /** Lower-case hex of the SHA-256 of the whole text's bytes. */
    readonly sha256: string;
    /** From 0. */
    readonly index: number;
    readonly count: number;
    /** utf-8: `chunk` is the text of the bytes; base64: the bytes are not valid UTF-8 at this place. */
    readonly encoding: 'utf-8' | 'base64';
    readonly chunk: string;
  }
>;
