import { createHmac } from 'node:crypto';
import type { DomainEvent } from '../domain/decider';
import { Refusal } from '../domain/refusal';
import {
  appendBytes,
  type JsonObject,
  MAX_APPEND_BYTES,
  MAX_APPEND_EVENTS,
  type NewEvent,
  type Position,
  WrongExpectedVersion,
} from '../event-store/event-store';
import type { Aggregate } from './aggregate';
import type { Application, RequestContext } from './application';
import { type CommandIdentity, eventId } from './command-ids';

/** The stored form of events that this version writes; readers bring older ones up to it. */
const SCHEMA_VERSION = 1;
/** What a fold weighs before its first event: there are many people of whom little is known. */
const FOLD_WEIGHT = 8;
/** How often a command decides again after another node was first, before it gives up. */
const MAX_CONFLICTS = 100;

/** A command with what tells it apart. The command may depend on the state it meets, as texts to compare do. */
export interface Step<State, Command> {
  readonly identity: CommandIdentity;
  readonly command: Command | ((state: State) => Promise<Command>);
  /** What is stored in the place of an event that was decided: what somebody wrote freely, sealed. Absent: the event. */
  readonly toStore?: ToStore;
}

/** Makes the stored form of an event that will stand under this id in this stream. */
export type ToStore = (
  event: DomainEvent,
  place: { readonly stream: string; readonly eventId: string },
) => Promise<DomainEvent>;

/** The organisation a command concerns, and who sent it. */
export interface Origin {
  readonly organisationId: string;
  readonly request: RequestContext;
  /** How the ledger names the stream, where not everybody may compute that; absent: the public one (rule L1). */
  readonly streamTag?: string;
}

export interface Handled {
  /** Of the command's last event. */
  readonly position: Position;
  /** True when the command had been handled before; nothing was then written. */
  readonly repeated: boolean;
  /** Place of the command's last event in its stream; undefined: it decided that there was nothing to record. */
  readonly place: number | undefined;
}

/** The same idempotency key came with another input; nothing was written. */
export class IdempotencyConflict extends Refusal {
  constructor() {
    super('IDEMPOTENCY_CONFLICT', 'This idempotency key was used for another input.', 'I1', {
      path: ['idempotencyKey'],
    });
  }
}

/** A stream folded so far, with the commands found in it. */
export interface Fold<State> {
  readonly state: State;
  readonly version: number;
  readonly position: Position | undefined;
  /**
   * Place of each command's last event, by the command's id; what else is asked of one that comes again is read there.
   * One for all folds of a stream, since what is in the log stays there; to copy it each time would cost by its length.
   */
  readonly commands: Map<string, number>;
}

interface KnownCommand {
  readonly position: Position;
  readonly place: number;
}

/** What one command of a batch comes to. */
interface Decided {
  readonly events: readonly NewEvent[];
  readonly known: KnownCommand | undefined;
}

/**
 * The one path that writes events: load, look whether the command is already there (rule I1), decide, append with
 * the version that was seen, and begin again when somebody else was first.
 *
 * @throws Refusal IdempotencyConflict StoreUnavailable
 */
export async function handleCommand<State, Command, Event extends DomainEvent>(
  app: Application,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  origin: Origin,
  step: Step<State, Command>,
): Promise<Handled> {
  const [handled] = await handleCommands(app, aggregate, id, origin, [step]);
  if (!handled) throw new Error('A command was handled without an answer.');
  return handled;
}

/** Handles commands on one stream in their order, as few appends as the limits allow. A refusal stops before its command. */
export function handleCommands<State, Command, Event extends DomainEvent>(
  app: Application,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  origin: Origin,
  steps: readonly Step<State, Command>[],
): Promise<readonly Handled[]> {
  const stream = aggregate.stream(id);
  return app.turns.run(stream, async () => {
    const answers: Handled[] = [];
    let conflicts = 0;
    while (answers.length < steps.length) {
      try {
        const done = await handleSome(app, aggregate, stream, origin, steps.slice(answers.length));
        answers.push(...done);
      } catch (error) {
        if (!(error instanceof WrongExpectedVersion) || ++conflicts > MAX_CONFLICTS) throw error;
        app.folds.delete(stream);
      }
    }
    return answers;
  });
}

/** Decides as many commands as fit into one append, and appends. */
async function handleSome<State, Command, Event extends DomainEvent>(
  app: Application,
  aggregate: Aggregate<State, Command, Event>,
  stream: string,
  origin: Origin,
  steps: readonly Step<State, Command>[],
): Promise<readonly Handled[]> {
  const fold = await loadFold(app, aggregate, stream);
  const batch: Decided[] = [];
  let { state } = fold;
  let pending = 0;
  let bytes = 0;
  const deciding = new Set<string>();
  const tagged = { ...origin, streamTag: origin.streamTag ?? publicStreamTag(app.logId, stream) };
  for (const step of steps) {
    const { identity, command } = step;
    // The same command again: it is met in the stream, once what comes before it is appended.
    if (deciding.has(identity.commandId)) break;
    const place = fold.commands.get(identity.commandId);
    if (place !== undefined) {
      batch.push({ events: [], known: await knownCommand(app, stream, place, identity) });
      continue;
    }
    const decided = await decideOne(aggregate, state, command).catch(keepEarlier(batch));
    if (!decided) break;
    const metadata = eventMetadata(app, stream, tagged, identity);
    const events = await Promise.all(decided.map((event, index) => newEvent(stream, step, event, index, metadata)));
    if (steps.length > 1) bytes += appendBytes(events);
    pending += events.length;
    if (batch.length > 0 && (bytes > MAX_APPEND_BYTES || pending > MAX_APPEND_EVENTS)) break;
    batch.push({ events, known: undefined });
    deciding.add(identity.commandId);
    state = decided.reduce(aggregate.decider.evolve, state);
  }
  return appendBatch(app, stream, fold, state, batch);
}

/** A refusal of a later command must not undo the earlier ones: they are appended first, and it is met again. */
function keepEarlier(batch: readonly unknown[]): (error: unknown) => undefined {
  return (error) => {
    if (batch.length === 0 || !(error instanceof Refusal)) throw error;
    return undefined;
  };
}

async function decideOne<State, Command, Event extends DomainEvent>(
  { decider }: Aggregate<State, Command, Event>,
  state: State,
  command: Step<State, Command>['command'],
): Promise<readonly Event[]> {
  const ready = command instanceof Function ? await command(state) : command;
  return decider.decide(ready, state);
}

/** @throws IdempotencyConflict */
async function knownCommand(
  { store }: Application,
  stream: string,
  place: number,
  { digest }: CommandIdentity,
): Promise<KnownCommand> {
  for await (const { metadata, position } of store.readStream(stream, { from: place, to: place })) {
    if (metadata.digest !== digest) throw new IdempotencyConflict();
    return { position, place };
  }
  throw new Error(`${stream} has lost its event ${place}.`);
}

async function appendBatch<State>(
  app: Application,
  stream: string,
  fold: Fold<State>,
  state: State,
  batch: readonly Decided[],
): Promise<readonly Handled[]> {
  const events = batch.flatMap((entry) => entry.events);
  if (events.length === 0) {
    return batch.map(({ known }) => {
      const position = known?.position ?? fold.position ?? unwritten();
      return { position, repeated: true, place: known?.place };
    });
  }
  const { version, position } = await app.store.append(stream, events, fold.version);
  const { commands } = fold;
  let place = fold.version;
  for (const { metadata } of events) {
    place += 1;
    commands.set(String(metadata.commandId), place);
  }
  const next: Fold<State> = { state, version, position, commands };
  app.folds.set(stream, next, version + FOLD_WEIGHT);
  return answersOf(batch, position, fold.version);
}

function answersOf(batch: readonly Decided[], position: Position, version: number): readonly Handled[] {
  let place = version;
  return batch.map(({ events, known }) => {
    if (known) return { position: known.position, repeated: true, place: known.place };
    place += events.length;
    return { position, repeated: false, place: events.length === 0 ? undefined : place };
  });
}

function unwritten(): never {
  throw new Error('A command decided nothing in an empty stream.');
}

/** Folds a stream up to its end, from what this process already knows of it. */
export async function loadFold<State, Command, Event extends DomainEvent>(
  app: Application,
  aggregate: Aggregate<State, Command, Event>,
  stream: string,
): Promise<Fold<State>> {
  const cached = app.folds.get(stream) as Fold<State> | undefined;
  let { state, version, position } = cached ?? {
    state: aggregate.decider.initialState,
    version: 0,
    position: undefined,
  };
  const commands = cached?.commands ?? new Map<string, number>();
  const first = version;
  for await (const event of app.store.readStream(stream, { from: version + 1 })) {
    state = aggregate.decider.evolve(state, aggregate.read(event));
    ({ version, position } = event);
    commands.set(String(event.metadata.commandId), event.version);
  }
  if (cached && version === first) return cached;
  const fold: Fold<State> = { state, version, position, commands };
  app.folds.set(stream, fold, version + FOLD_WEIGHT);
  return fold;
}

async function newEvent(
  stream: string,
  { identity, toStore }: Pick<Step<unknown, unknown>, 'identity' | 'toStore'>,
  event: DomainEvent,
  index: number,
  metadata: JsonObject,
): Promise<NewEvent> {
  const id = eventId(identity.commandId, stream, index);
  const stored = toStore ? await toStore(event, { stream, eventId: id }) : event;
  return { id, type: event.type, data: stored.data as JsonObject, metadata };
}

/** What stands beside every event: who caused it by which command, for whom, in which form. */
export function eventMetadata(
  app: Application,
  stream: string,
  { organisationId, request, streamTag }: Partial<Origin> & Pick<Origin, 'request'>,
  { commandId, digest }: CommandIdentity,
): JsonObject {
  return {
    commandId,
    ...(digest && { digest }),
    actor: request.actor,
    ...(organisationId && { tenant: organisationId }),
    schemaVersion: SCHEMA_VERSION,
    streamTag: streamTag ?? publicStreamTag(app.logId, stream),
    $correlationId: request.correlationId,
    $causationId: commandId,
  };
}

/** How the ledger names a stream of an organisation, a policy or a template: anyone may compute it (rule L1). */
export function publicStreamTag(logId: string, stream: string): string {
  return createHmac('sha256', logId).update(stream, 'utf8').digest('base64url');
}
