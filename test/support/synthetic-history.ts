import type { PlannedCommit } from './git-repository';

export interface HistoryShape {
  readonly paths: number;
  readonly commits: number;
  /** Of one text, in bytes, more or less. */
  readonly textBytes: number;
  readonly seed: number;
  /** Committer date of the first commit in seconds; the others follow ten minutes apart. */
  readonly startS?: number;
}

const START_S = 1_262_304_000;
const WORDS =
  'data formål lagring samtykke rett innsyn sletting bruker kunde tjeneste avtale behandling vilkår personvern '
    .concat(
      'opplysning leverandør retention purpose access cookie partner support contact region notice change service',
    )
    .split(' ');

/**
 * A long history: each commit changes one path by some words of one paragraph, as an editor would. The same for the
 * same seed.
 */
export function* syntheticHistory(shape: HistoryShape): Generator<PlannedCommit> {
  const { paths, commits, textBytes, seed, startS = START_S } = shape;
  const random = randomNumbers(seed);
  const sentence = () => `${Array.from({ length: 12 }, () => WORDS[random(WORDS.length)]).join(' ')}.`;
  const paragraph = () => Array.from({ length: 4 }, sentence).join(' ');
  const size = Math.max(1, Math.round(textBytes / 420));
  const texts = new Map<number, string[]>();
  for (let commit = 0; commit < commits; commit += 1) {
    const number = commit < paths ? commit : random(paths);
    const text = texts.get(number) ?? Array.from({ length: size }, paragraph);
    texts.set(number, text);
    text[random(size)] = `${paragraph()} (${commit})`;
    const path = `Tjeneste ${number % 10}/Personvernerklæring ${number}.md`;
    yield { at: startS + commit * 600, files: [[path, `# Personvern ${number}\n\n${text.join('\n\n')}\n`]] };
  }
}

/** Whole numbers from 0 to below the argument (xorshift), the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
