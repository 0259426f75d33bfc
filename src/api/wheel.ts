/** Looks at many things in turn, a few at a time, each once in a round. */
export interface Wheel<Entry> {
  /** Answers the place where it stands. */
  enter(entry: Entry): Spoke<Entry>;
  /** Takes it out again; told twice it is done once. */
  leave(entry: Entry, spoke: Spoke<Entry>): void;
}

/** Those who are looked at together. */
export type Spoke<Entry> = Set<Entry>;

interface WheelParts<Entry> {
  /** Milliseconds from one look at an entry to the next. The first comes anywhere within the first round. */
  readonly roundMs: number;
  /** Those entered after each other are looked at so far apart. Never throws. */
  readonly stepMs: number;
  readonly look: (entries: ReadonlySet<Entry>) => void;
}

/** The clock runs while there are entries. Steps that were missed are made up for, a round of them at the most. */
export function createWheel<Entry>({ roundMs, stepMs, look }: WheelParts<Entry>): Wheel<Entry> {
  const spokes = Array.from({ length: Math.max(1, Math.ceil(roundMs / stepMs)) }, (): Spoke<Entry> => new Set());
  let entries = 0;
  let entering = 0;
  let turned = 0;
  let begunMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const turn = () => {
    const due = Math.floor((performance.now() - begunMs) / stepMs);
    turned = Math.max(turned, due - spokes.length);
    while (turned < due) {
      const spoke = spokes[turned % spokes.length];
      turned += 1;
      if (spoke && spoke.size > 0) look(spoke);
    }
  };
  return {
    enter(entry) {
      const spoke = spokes[entering % spokes.length] ?? new Set();
      entering += 1;
      entries += 1;
      spoke.add(entry);
      if (timer === undefined) {
        [begunMs, turned] = [performance.now(), 0];
        timer = setInterval(turn, stepMs).unref();
      }
      return spoke;
    },
    leave(entry, spoke) {
      if (!spoke.delete(entry)) return;
      entries -= 1;
      if (entries > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
