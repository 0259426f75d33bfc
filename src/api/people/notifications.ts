import type { Application, RequestContext } from '../../application/application';
import { NotFound } from '../../application/not-found';
import { type NoticeRecord, recordNotice } from '../../application/notices';
import { Refusal } from '../../domain/refusal';
import type { OnText } from '../../domain/subject/person-facts';
import { createPacedTurns, type PacedTurns } from '../paced-turns';

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
const MAX_UNDER_WAY = 16;
/** Waiting beyond this is let go: the person is told again, which is no harm (rule O3). */
const MAX_WAITING = 100_000;
/** Recording begins when nothing was sent for so long: telling thousands comes before noting that they were told. */
const QUIET_MS = 50;
/** However much is being sent, it is put off only so many times. */
const MAX_PUT_OFF = 200;

interface Waiting {
  readonly key: string;
  readonly request: RequestContext;
  readonly told: ToldOfVersion;
  readonly textOf: () => Omit<OnText, 'versionId'> | undefined;
}

/** @param onFault told of what went wrong; the item was sent and is not recorded, so it may be sent again */
export function createNotifications(
  app: Application,
  onFault: (error: unknown) => void,
  turns: PacedTurns = createPacedTurns(),
): Notifications {
  let waiting: Waiting[] = [];
  let place = 0;
  /** Who is told several things of one version is noted once. */
  const keys = new Set<string>();
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let idle: (() => void)[] = [];

  const isIdle = () => underWay === 0 && place === waiting.length;
  const next = () => {
    while (underWay < MAX_UNDER_WAY) {
      const entry = waiting[place];
      if (entry === undefined) break;
      place += 1;
      underWay += 1;
      keys.delete(entry.key);
      turns.take(() => void run(entry));
    }
    if (place === waiting.length) [waiting, place] = [[], 0];
    if (!isIdle()) return;
    for (const resolve of idle) resolve();
    idle = [];
  };
  const run = async ({ request, told, textOf }: Waiting) => {
    try {
      const text = textOf();
      if (text) await recordNotice(app, request, { ...told, ...text, step: 'NOTIFIED' });
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
      if (waiting.length > seen && putOff < MAX_PUT_OFF) beginWhenQuiet(waiting.length, putOff + 1);
      else begin();
    }, QUIET_MS);
  };
  return {
    record: (request, told, textOf) => {
      const key = `${told.channel} ${told.versionId} ${told.subjectId}`;
      if (keys.has(key) || keys.size >= MAX_WAITING) return;
      keys.add(key);
      waiting.push({ key, request, told, textOf });
      if (underWay === 0 && timer === undefined) beginWhenQuiet(waiting.length, 0);
    },
    settled: () => {
      begin();
      return isIdle() ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
  };
}
