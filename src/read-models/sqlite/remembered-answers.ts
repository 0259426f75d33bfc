import type { Checkpoint } from '../projection-tables';

/** Most answers kept of one question. */
const MAX_REMEMBERED = 1_000;

/** How far the tables have come: another object after every batch that was applied, and after every swap. */
export type TablesState = () => Pick<Checkpoint, 'n'>;

/**
 * The same question, whose answers are kept until the tables change: between two batches the same few rows are asked
 * for again and again, and reading a row takes longer than finding its answer. Nothing found is asked again.
 *
 * @param ask on a prefix of so many events, for something by its name
 * @param isLight false for an answer too large to be kept
 */
export function remembering<Answer>(
  state: TablesState,
  ask: (n: number, name: string) => Answer | undefined,
  isLight: (answer: Answer) => boolean = () => true,
): (n: number, name?: string) => Answer | undefined {
  const answers = new Map<string, Answer>();
  let madeAt: object | undefined;
  return (n, name = '') => {
    const now = state();
    if (now !== madeAt) {
      answers.clear();
      madeAt = now;
    }
    const key = `${n} ${name}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(n, name);
    if (answer === undefined || !isLight(answer)) return answer;
    if (answers.size >= MAX_REMEMBERED) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}
