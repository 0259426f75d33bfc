/** Why a bundle proves nothing. Codes are never renamed; `docs/evidence.md` says of each what it means. */
export type BundleFault =
  /** No zip file, or a damaged or shortened one. */
  | 'BUNDLE_UNREADABLE'
  /** Larger, when unpacked, than any bundle: a zip bomb perhaps. */
  | 'BUNDLE_TOO_LARGE'
  /** Of a form that this release does not know. */
  | 'BUNDLE_FORMAT_UNKNOWN'
  /** The manifest is no list of files. */
  | 'MANIFEST_INVALID'
  | 'FILE_MISSING'
  | 'FILE_UNEXPECTED'
  /** A file is not the one that the manifest lists. */
  | 'FILE_ALTERED'
  /** A file cannot be read as what it should be. */
  | 'FILE_MALFORMED'
  | 'KEY_INVALID'
  /** What is said of how the key came to sign is not so. */
  | 'KEY_CHANGE_INVALID'
  | 'CHECKPOINT_INVALID'
  /** No key of the bundle signed the checkpoint. */
  | 'CHECKPOINT_NOT_SIGNED'
  /** It is of another log than the key or the checkpoint that was given. */
  | 'BUNDLE_OF_ANOTHER_LOG'
  /** The checkpoint is signed, but not with the key that was given. */
  | 'KEY_NOT_AS_GIVEN'
  /** The log that was signed is not the one that the given checkpoint was of. */
  | 'CHECKPOINT_CONTRADICTED'
  /** The given checkpoint is of another size, and the bundle cannot tell whether it is of the same log. */
  | 'CHECKPOINT_NOT_COMPARABLE'
  /** The leaves do not lead to the signed root. */
  | 'LEAVES_ALTERED'
  | 'STREAM_MAP_ALTERED'
  | 'EVENT_MALFORMED'
  /** An event is not what its leaf says. */
  | 'EVENT_ALTERED'
  | 'EVENT_MISSING'
  | 'EVENT_DUPLICATED'
  | 'EVENTS_OUT_OF_ORDER'
  /** An event was recorded after what the answer knows. */
  | 'EVENT_UNEXPECTED'
  /** This release does not know the event, or its rules. */
  | 'EVENT_UNKNOWN'
  | 'PROOF_WRONG'
  /** A stream that the answer rests on is not in the bundle. */
  | 'STREAM_MISSING'
  | 'STREAM_UNEXPECTED'
  /** The tag of a stream is not the one that follows from its name. */
  | 'STREAM_TAG_WRONG'
  | 'ORDER_MISSING'
  | 'RULES_UNKNOWN'
  | 'ANSWER_ALTERED'
  | 'TEXT_MISSING'
  | 'TEXT_ALTERED'
  | 'STATEMENT_ALTERED'
  | 'PERSONAL_VALUE_ALTERED'
  /** Personal values were asked for, and one that can be opened was left out. */
  | 'PERSONAL_VALUE_MISSING'
  /** It is no time stamp, or none that was granted. */
  | 'TIMESTAMP_INVALID'
  | 'TIMESTAMP_OF_ANOTHER_CHECKPOINT';

/** What is wrong: a file of the bundle, an event, a stream, a field of the answer. */
export interface Culprit {
  readonly file: string;
  readonly event?: string;
  readonly leaf?: number;
  readonly stream?: string;
  /** Where in the file, as names from the outside in. */
  readonly place?: string;
}

/** The bundle does not prove what it says. The first thing that is wrong is named. */
export class BundleRejected extends Error {
  override readonly name = 'BundleRejected';
  constructor(
    readonly code: BundleFault,
    readonly culprit: Culprit,
    why: string,
  ) {
    super(`${inWords(culprit)}: ${why}`);
  }
}

function inWords({ file, event, leaf, stream, place }: Culprit): string {
  const parts = [
    file,
    event !== undefined && `event ${event}`,
    leaf !== undefined && `leaf ${leaf}`,
    stream !== undefined && `stream ${stream}`,
    place !== undefined && place,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
