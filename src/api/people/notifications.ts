import type { Application, RequestContext } from '../../application/application';
import { NotFound } from '../../application/not-found';
import { type NoticeRecord, recordNotice } from '../../application/notices';
import { Refusal } from '../../domain/refusal';
import type { OnText } from '../../domain/subject/person-facts';
import type { PacedTurns } from '../paced-turns';

/** That a person was told of a version, on a channel. */
export type ToldOfVersion = Pick<NoticeRecord, 'subjectId' | 'policyId' | 'versionId' | 'channel'>;

/** Records, behind the back of the connection, that a person was told of a version (rule O3). */
export interface Notifications {
  /**
   * Told of what the transport has taken. Again it records nothing: once per person, version and channel.
   *
   * @param textOf the text that was told of, asked for when it is recorded; undefined: there is nothing to record
   */
  record(request: RequestContext, told: ToldOfVersion, textOf: () => Omit<OnText, 'versionId'> | undefined): void;
  /** Records at once what still waits, and waits for what is under way. */
  settled(): Promise<void>;
}

/** Appends under way at a time, which are committed together; each begins in a turn of its own. */
const MAX_UNDER_WAY = 8;
/** Waiting beyond this is let go: the person is told again, which is no harm (rule O3). */
const MAX_WAITING = 100_000;
/** Recording begins when nothing was sent for so long: telling thousands comes before noting that they were told. */
const QUIET_MS = 50;
/** However much is being sent, it is put off only so many times. */
const MAX_PUT_OFF = 200;

/** All who are to be noted as told of one version, on one channel: thousands at a time, so each takes one entry. */
interface Waiting {
  readonly told: Omit<ToldOfVersion, 'subjectId'>;
  readonly textOf: () => Omit<OnText, 'versionId'> | undefined;
  /** By person, whoever is told several things of the version once. */
  readonly people: Map<string, RequestContext>;
}

/** @param onFault told of what went wrong; the item was sent and is not recorded, so it may be sent again */
export function createNotifications(
  app: Application,
  onFault: (error: unknown) => void,
  turns: PacedTurns,
): Notifications {
  const waiting = new Map<string, Waiting>();
  /** Of all versions; how many came in all. */
  let [size, came] = [0, 0];
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let idle: (() => void)[] = [];

  const isIdle = () => underWay === 0 && size === 0;
  /** Whoever came first of those told of the same. */
  const nextOf = (name: string, { told, textOf, people }: Waiting) => {
    const [first] = people;
    if (first === undefined || people.size === 1) waiting.delete(name);
    if (first === undefined) return undefined;
    const [subjectId, request] = first;
    people.delete(subjectId);
    size -= 1;
    return { request, told: { subjectId, ...told }, textOf };
  };
  const next = () => {
    for (const [name, some] of waiting) {
      while (underWay < MAX_UNDER_WAY) {
        const entry = nextOf(name, some);
        if (entry === undefined) break;
        underWay += 1;
        turns.take(() => void run(entry));
      }
      if (underWay >= MAX_UNDER_WAY) break;
    }
    if (!isIdle()) return;
    for (const resolve of idle) resolve();
    idle = [];
  };
  const run = async ({ request, told, textOf }: NonNullable<ReturnType<typeof nextOf>>) => {
    try {
      const text = textOf();
      if (text) await recordNotice(app, request, { step: 'NOTIFIED', ...text, ...told });
    } catch (error) {
      // Erased, linked or withdrawn in between: there is nobody to tell, or nothing to tell them.
      if (!(error instanceof Refusal || error instanceof NotFound)) onFault(error);
    } finally {
      underWay -= 1;
      next();
    }
  };
  const begin = () => {
    clearTimeout(timer);
    timer = undefined;
    next();
  };
  /** Looks again after a while whether more is still being sent. */
  const beginWhenQuiet = (seen: number, putOff: number) => {
    timer = setTimeout(() => {
      if (came > seen && putOff < MAX_PUT_OFF) beginWhenQuiet(came, putOff + 1);
      else begin();
    }, QUIET_MS);
  };
  return {
    record: (request, { subjectId, ...told }, textOf) => {
      if (size >= MAX_WAITING) return;
      const name = `${told.channel} ${told.policyId} ${told.versionId}`;
      const some = waiting.get(name) ?? { told, textOf, people: new Map() };
      if (some.people.has(subjectId)) return;
      waiting.set(name, some);
      some.people.set(subjectId, request);
      size += 1;
      came += 1;
      if (underWay === 0 && timer === undefined) beginWhenQuiet(came, 0);
    },
    settled: () => {
      begin();
      return isIdle() ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
  };
}
