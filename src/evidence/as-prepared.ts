import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { WrittenFile } from './prepared-files';

/** The bytes of a prepared file are not those that were written: the disk lost some, or somebody altered it. */
export class PreparedFileAltered extends Error {
  override readonly name = 'PreparedFileAltered';
  readonly code = 'PREPARED_FILE_ALTERED';
}

/**
 * The same bytes as long as they are those that were prepared. The last of them are held back until all are known to
 * be, so that whoever fetches an altered file never has it whole.
 *
 * @returns ends in PreparedFileAltered where the bytes are others
 */
export function asPrepared(content: NodeJS.ReadableStream, { sha256 }: Pick<WrittenFile, 'sha256'>): Readable {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      const isSame = hash.digest('hex') === sha256;
      done(isSame ? null : new PreparedFileAltered('A prepared file is not as it was written.'), held);
    },
  });
  // Whichever of them ends, the other does; what went wrong is told by the one that is read.
  pipeline(content, checked, () => undefined);
  return checked;
}
