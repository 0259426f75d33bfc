import type { Appended } from '../event-store';
import type { AppendRequest } from './append-request';

/** Appends whose outcome is not known yet. */
export interface AppendsUnderWay {
  /**
   * Sends an append, or waits for the same one that is on its way already. The server drops a repetition that comes
   * before the first is committed, and says so only two to three seconds later.
   */
  share(request: AppendRequest, send: () => Promise<Appended>): Promise<Appended>;
  /** Once all that are under way now have an outcome. */
  settled(): Promise<void>;
}

export function appendsUnderWay(): AppendsUnderWay {
  const answers = new Map<string, Promise<Appended>>();
  return {
    share: (request, send) => {
      const name = nameOf(request);
      const known = answers.get(name);
      if (known !== undefined) {
        return known;
      }
      const answer = send().finally(() => answers.delete(name));
      answers.set(name, answer);
      return answer;
    },
    settled: async () => {
      await Promise.allSettled(answers.values());
    },
  };
}

/** What the server knows a repetition by. */
function nameOf({ stream, expected, events }: AppendRequest): string {
  return `${stream} ${expected} ${events.map(({ id }) => id).join()}`;
}
