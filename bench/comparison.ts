import { compareTexts } from '../src/application/comparison/compare-texts';
import { countChangedWords } from '../src/application/comparison/count-changed-words';
import type { BenchRow } from './bench-row';

/** Two texts of this size are compared. Characters. */
const SIZE = 200_000;
/** In less than this. Milliseconds of one processor. */
const LIMIT_MS = 1_000;

const seed = Number(process.env.BENCH_SEED ?? 20_240_501);
const random = randomOf(seed);
const words = Array.from({ length: 2_000 }, (_, at) => `ord${at.toString(36)}`);
const anyWord = (of: number): string => words[random(of)] ?? '';

const cases: readonly (readonly [name: string, from: string, to: string])[] = [
  ['a policy and its next version', policy(0), policy(40)],
  ['all different words', filled((at) => `a${at} `), filled((at) => `b${at} `)],
  ['one repeated word', filled(() => 'ord '), filled(() => 'ord ').slice(0, SIZE / 2)],
  ['the same words in another order', filled(() => `${anyWord(2_000)} `), filled(() => `${anyWord(2_000)} `)],
  ['few words in another order', filled(() => `${anyWord(10)} `), filled(() => `${anyWord(10)} `)],
  ['no headings', filled(sentence), filled(sentence)],
  ['10,000 headings', filled((at) => `# ${at}. H\n\nt${at}\n\n`), filled((at) => `# ${at * 3}. H\n\nu${at}\n\n`)],
  ['10,000 equal headings', filled(() => `# H\n\n${anyWord(99)}\n\n`), filled(() => `# H\n\n${anyWord(99)}\n\n`)],
  ['one line, one word', 'x'.repeat(SIZE), 'y'.repeat(SIZE)],
  ['marks alone', filled(() => '.,;:!?*#'[random(8)] ?? ''), filled(() => '.,;:!?*#'[random(8)] ?? '')],
  ['combining marks alone', filled(() => '\u0301\u0316'), filled(() => '\u0316\u0301')],
];

/** A row for each case: the dearer of comparing two texts and of counting what differs. */
export async function run(): Promise<BenchRow[]> {
  process.stderr.write(`comparison: texts of ${SIZE} characters, BENCH_SEED=${seed}\n`);
  return cases.map(([name, from, to]) => {
    const value = Math.max(
      timeOf(() => compareTexts(from, to)),
      timeOf(() => countChangedWords(from, to)),
    );
    const ratio = value / LIMIT_MS;
    const limit = `< ${LIMIT_MS} ms of one processor`;
    return { name: `comparison: ${name}`, value, unit: 'ms', limit, ratio, ok: ratio < 1 };
  });
}

/** A text with numbered sections of which every n-th word differs; 0: none. */
function policy(everyNth: number): string {
  return filled((at) => {
    const body = Array.from({ length: 120 }, (_, word) => {
      const place = at * 120 + word;
      return everyNth > 0 && place % everyNth === 0 ? `ny${place}` : (words[(place * 7) % words.length] ?? '');
    });
    return `${at + 1}. Overskrift ${words[at % words.length]}\n\n${body.join(' ')}.\n\n`;
  });
}

function sentence(): string {
  return `${Array.from({ length: 12 }, () => anyWord(500)).join(' ')}.\n\n`;
}

function filled(part: (at: number) => string): string {
  let text = '';
  for (let at = 0; text.length < SIZE; at += 1) text += part(at);
  return text.slice(0, SIZE);
}

/** Processor time, so that what else runs on the machine does not count. */
function timeOf(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1_000;
}

/** The same numbers for the same seed (a linear congruential generator). */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}
