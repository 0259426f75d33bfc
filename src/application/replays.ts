import { v7 as uuidv7 } from 'uuid';
import { replayDecider } from '../domain/evidence/replay.decider';
import type { LogReplayed } from '../domain/evidence/replay.events';
import { decodeEvent } from '../domain/stored-events';
import type { StoredEvent } from '../event-store/event-store';
import type { Aggregate } from './aggregate';
import type { Application, RequestContext } from './application';
import { handleCommand } from './handle-command';
import { evidenceStream, madeBy } from './stream-names';

/** What of an organisation is taken away. */
export type ReplayTaken = Omit<LogReplayed['data'], 'replayId' | 'replayedAt'>;

const replays = {
  decider: replayDecider,
  stream: evidenceStream,
  read: (event: StoredEvent) => decodeEvent(event.type, event.metadata.schemaVersion, event.data) as LogReplayed,
} satisfies Aggregate<unknown, never, LogReplayed>;

/**
 * Records that somebody takes a replay of an organisation away, before it is made: every export is a fact.
 * @throws StoreUnavailable
 */
export async function recordReplay(app: Application, request: RequestContext, taken: ReplayTaken): Promise<void> {
  const { organisationId } = taken;
  const identity = { commandId: uuidv7() };
  const replayId = madeBy(identity.commandId, 'evidence');
  const command = { type: 'ReplayLog', data: { ...taken, replayId, replayedAt: app.now() } } as const;
  await handleCommand(app, replays, replayId, { organisationId, request }, { identity, command });
}
