import DataLoader from 'dataloader';
import type { Application } from '../application/application';
import { compareKnownTexts, type KnownText } from '../application/comparison/compare-known-texts';
import type { SectionComparison } from '../application/comparison/compare-texts';
import { readText } from '../application/texts';
import type { ContentRef } from '../domain/policy/policy.events';
import type { Policy } from '../domain/policy/policy.state';
import type { Template } from '../domain/template/template.decider';
import type { StoredEvent } from '../event-store/event-store';
import type { FactRow, Prefix } from '../read-models/read-models';
import { actorNames } from './actor-names';
import { policyAt, templateAt } from './folds-at';
import type { TextBudget } from './text-budget';

/**
 * Whatever one answer needs from outside the read models, asked for once. Made anew for each prefix, so that what was
 * loaded at one stamp never answers at another.
 */
export interface Loaders {
  /** Counted against the operation's budget. @throws TOO_COMPLEX */
  readonly texts: { load(key: TextKey): Promise<string> };
  /** Compares two texts that were loaded. Counted against the budget. @throws TOO_COMPLEX RATE_LIMITED */
  readonly compare: (from: KnownText | undefined, to: KnownText | undefined) => Promise<readonly SectionComparison[]>;
  /** Shared by all loaders of one operation. */
  readonly budget: TextBudget;
  /** Names of actors by their random ids; the id where the vault has no name. */
  readonly actors: DataLoader<string, string>;
  /** The product's own id of a person; null for anonymous and erased ones. */
  readonly externalIds: DataLoader<string, string | null>;
  /** A policy with its draft, folded up to the prefix. */
  readonly policies: DataLoader<string, Policy | undefined>;
  readonly templates: DataLoader<string, Template | undefined>;
  /** The events that facts stand for. */
  readonly events: DataLoader<FactRow, StoredEvent | undefined, number>;
}

export interface TextKey {
  readonly organisationId: string;
  readonly content: ContentRef;
}

export function createLoaders(app: Application, head: Prefix, budget: TextBudget): Loaders {
  const texts = new DataLoader<TextKey, string, string>(
    (keys) => settled(keys, (key) => readText(app, key.organisationId, key.content)),
    { cacheKeyFn: ({ organisationId, content }) => `${organisationId} ${content.sha256} ${content.charset ?? ''}` },
  );
  return {
    budget,
    texts: {
      load: async (key) => {
        budget.take(key.content.bytes);
        return texts.load(key);
      },
    },
    compare: async (from, to) => {
      budget.takeCompared((from?.text.length ?? 0) + (to?.text.length ?? 0));
      return compareKnownTexts(app, from, to);
    },
    actors: new DataLoader((ids) => actorNames(app, ids)),
    externalIds: new DataLoader(async (ids) => {
      const known = await app.vault.externalIdsOf(ids);
      return ids.map((_, index) => {
        const externalId = known[index];
        return typeof externalId === 'string' ? externalId : null;
      });
    }),
    policies: new DataLoader((ids) => settled(ids, (id) => policyAt(app, id, head))),
    templates: new DataLoader((ids) => settled(ids, (id) => templateAt(app, id, head))),
    events: new DataLoader((rows) => settled(rows, (row) => eventOf(app, row)), { cacheKeyFn: ({ n }) => n }),
  };
}

/** One failed answer must not fail the others of its batch. */
async function settled<Key, Value>(
  keys: readonly Key[],
  load: (key: Key) => Promise<Value>,
): Promise<readonly (Value | Error)[]> {
  const answers = await Promise.allSettled(keys.map(load));
  return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : asError(answer.reason)));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('Something other than an error was thrown.');
}

async function eventOf({ store }: Application, { stream, version }: FactRow): Promise<StoredEvent | undefined> {
  for await (const event of store.readStream(stream, { from: version, to: version })) return event;
  return undefined;
}
