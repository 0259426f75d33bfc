import type { Instant, TimeZone } from '../time';
import type {
  Change,
  ContentRef,
  ImportSource,
  PolicyEvent,
  PolicyKind,
  PolicyVersionImported,
  PolicyVersionPublished,
  RerootedVersion,
  Roots,
  TemplateVariable,
  TextFlag,
} from './policy.events';
import type { LocalisedText, ProcessingStatement } from './processing-statement';

export type PolicyState = { readonly status: 'absent' } | Policy;

export interface Policy {
  readonly status: 'existing';
  readonly policyId: string;
  readonly organisationId: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  readonly titles: readonly LocalisedText[];
  readonly template?: { readonly id: string; readonly variables: readonly TemplateVariable[] };
  readonly draft: Draft;
  /** Versions and retirements in effective order: by (effectiveFrom, order). Revoked imports are gone from it. */
  readonly timeline: readonly Entry[];
  /** Ids of the imports that were taken out again (rule V7). */
  readonly takenOut: readonly string[];
  /** True once any version was withdrawn, from whatever instant on. */
  readonly withdrawn: boolean;
  /** How many entries were ever recorded; the next entry's `order`. */
  readonly recorded: number;
  readonly lastSequence: number;
  readonly lastPublished?: Pick<Draft, 'contents' | 'statement'>;
  /** When the first own publication, or own retirement, was made or takes effect; imports lie before it (rule V7). */
  readonly ownSince?: Instant;
  /** When a live command was last carried out; a later one is never earlier, whichever clock was fast (rule S5). */
  readonly lastLiveAt?: Instant;
}

export interface Draft {
  /** Number of draft edits so far; the expectedVersion of the next (rule V9). */
  readonly revision: number;
  /** Sorted by locale. */
  readonly contents: readonly ContentRef[];
  readonly statement?: ProcessingStatement;
  /** Who wrote any of it since the last publication, applied template changes included (rule V9). */
  readonly authors: readonly string[];
  readonly approvals: readonly Approval[];
  /** The revision of the template that the texts were last taken from. */
  readonly templateRevision?: number;
}

export interface Approval {
  readonly approver: string;
  readonly at: Instant;
  readonly draftHash: string;
  readonly revision: number;
}

export type Entry = VersionEntry | RetirementEntry;

export interface VersionEntry {
  readonly kind: 'version';
  readonly id: string;
  /** Place in the order of recording among all entries of the policy. */
  readonly order: number;
  readonly sequence: number;
  readonly label: string;
  readonly effectiveFrom: Instant;
  readonly effectiveFromForExisting?: Instant;
  /** Of an import: its effectiveFrom. */
  readonly publishedAt: Instant;
  /** The organisation's when it was recorded: its deadlines end with the days of this zone (rules S3, S6). */
  readonly timeZone: TimeZone;
  readonly imported: boolean;
  readonly source?: ImportSource;
  readonly audience: readonly string[];
  readonly contents: readonly ContentRef[];
  readonly statement?: ProcessingStatement;
  readonly change: Change;
  readonly flags: readonly TextFlag[];
  readonly authors: readonly string[];
  /** In order of recording; the last whose `since` is not after T holds at T. The first holds from the beginning. */
  readonly roots: readonly RootsSince[];
  readonly withdrawal?: Withdrawal;
}

export interface RootsSince {
  readonly since: Instant | undefined;
  readonly roots: Roots;
}

export interface Withdrawal {
  readonly from: Instant;
  readonly voidsDecisions: boolean;
  /** When it was decided: nothing about an earlier instant knows of it (rule T3). */
  readonly withdrawnAt: Instant;
}

/** A version without text in the same order: while it decides, the policy is retired (rule V4). */
export interface RetirementEntry {
  readonly kind: 'retirement';
  readonly id: string;
  readonly order: number;
  readonly effectiveFrom: Instant;
  /** When it was decided; of an import: its effectiveFrom. */
  readonly retiredAt: Instant;
  readonly imported: boolean;
  readonly source?: ImportSource;
}

export const noPolicy: PolicyState = { status: 'absent' };

export function evolvePolicy(state: PolicyState, event: PolicyEvent): PolicyState {
  if (event.type === 'PolicyCreated') return created(event.data);
  if (state.status === 'absent') throw new Error(`${event.type} stands before PolicyCreated.`);
  switch (event.type) {
    case 'PolicyTitleSet':
      return { ...state, titles: withLocale(state.titles, event.data.title) };
    case 'PolicyDraftTextEdited':
      return edited(state, event.data, { contents: withLocale(state.draft.contents, event.data.content) });
    case 'PolicyDraftLocaleRemoved': {
      const contents = state.draft.contents.filter((content) => content.locale !== event.data.locale);
      return edited(state, event.data, { contents });
    }
    case 'PolicyDraftStatementSet':
      return edited(state, event.data, { statement: event.data.statement });
    case 'PolicyDraftTemplateApplied':
      return templateApplied(state, event.data);
    case 'PolicyDraftDiscarded':
      return discarded(state, event.data.revision);
    case 'PolicyDraftApproved':
      return approved(state, event.data);
    case 'PolicyVersionPublished':
      return published(state, event.data);
    case 'PolicyVersionImported':
      return imported(state, event.data);
    case 'PolicyVersionImportRevoked':
      return reroot(without(state, event.data.versionId), event.data.rerooted, undefined);
    case 'PolicyVersionLocaleAdded': {
      const { content, flags, author } = event.data;
      return withVersion(state, event.data.versionId, (version) => ({
        ...version,
        contents: withLocale(version.contents, content),
        flags: [...version.flags, ...flags],
        authors: [...new Set([...version.authors, author])],
      }));
    }
    case 'PolicyVersionWithdrawn': {
      const { from, voidsDecisions, withdrawnAt, rerooted } = event.data;
      const withdrawn = withVersion(state, event.data.versionId, (version) => ({
        ...version,
        withdrawal: { from, voidsDecisions, withdrawnAt },
      }));
      return { ...reroot(withdrawn, rerooted, from), withdrawn: true, lastLiveAt: withdrawnAt };
    }
    case 'PolicyRetired':
    case 'PolicyRetirementImported':
      return retired(state, event);
    case 'PolicyRetirementImportRevoked':
      return without(state, event.data.retirementId);
  }
}

function created(data: Extract<PolicyEvent, { type: 'PolicyCreated' }>['data']): Policy {
  return {
    status: 'existing',
    policyId: data.policyId,
    organisationId: data.organisationId,
    slug: data.slug,
    kind: data.kind,
    titles: [data.title],
    ...(data.templateId && { template: { id: data.templateId, variables: data.variables ?? [] } }),
    draft: { revision: 0, contents: [], authors: [], approvals: [] },
    timeline: [],
    takenOut: [],
    withdrawn: false,
    recorded: 0,
    lastSequence: 0,
  };
}

function edited(
  state: Policy,
  edit: { readonly revision: number; readonly author: string },
  change: Pick<Draft, 'contents'> | Pick<Draft, 'statement'>,
): Policy {
  const authors = [...new Set([...state.draft.authors, edit.author])];
  return { ...state, draft: { ...state.draft, ...change, authors, revision: edit.revision } };
}

function templateApplied(
  state: Policy,
  data: Extract<PolicyEvent, { type: 'PolicyDraftTemplateApplied' }>['data'],
): Policy {
  const authors = [...new Set([...state.draft.authors, data.author, ...data.templateAuthors])];
  const contents = [...data.contents].sort(byLocale);
  const { revision, templateRevision } = data;
  return {
    ...state,
    template: { id: data.templateId, variables: data.variables },
    draft: { ...state.draft, contents, authors, revision, templateRevision },
  };
}

function draftAfterPublication(draft: Draft, revision: number, content: Policy['lastPublished']): Draft {
  const { templateRevision } = draft;
  return {
    revision,
    contents: content?.contents ?? [],
    ...(content?.statement && { statement: content.statement }),
    authors: [],
    approvals: [],
    ...(templateRevision !== undefined && { templateRevision }),
  };
}

/** Whoever wrote what was discarded may have written what comes next (rule V9): the authors stay. */
function discarded(state: Policy, revision: number): Policy {
  const { authors } = state.draft;
  return { ...state, draft: { ...draftAfterPublication(state.draft, revision, state.lastPublished), authors } };
}

function approved(state: Policy, data: Extract<PolicyEvent, { type: 'PolicyDraftApproved' }>['data']): Policy {
  const { approver, draftHash, revision, approvedAt: at } = data;
  const approvals = [...state.draft.approvals, { approver, draftHash, revision, at }];
  return { ...state, draft: { ...state.draft, approvals } };
}

function published(state: Policy, data: PolicyVersionPublished['data']): Policy {
  const { contents, statement } = data;
  const version: VersionEntry = {
    ...versionEntry(state, data),
    statement,
    publishedAt: data.publishedAt,
    imported: false,
    authors: state.draft.authors,
    ...(data.effectiveFromForExisting && { effectiveFromForExisting: data.effectiveFromForExisting }),
  };
  const lastPublished = { contents, statement };
  const draft = draftAfterPublication(state.draft, data.draftRevision, lastPublished);
  const ownSince = earlierOf(state.ownSince, data.publishedAt);
  const lastLiveAt = data.publishedAt;
  return reroot({ ...withEntry(state, version), draft, lastPublished, ownSince, lastLiveAt }, data.rerooted, undefined);
}

function imported(state: Policy, data: PolicyVersionImported['data']): Policy {
  const version: VersionEntry = {
    ...versionEntry(state, data),
    ...(data.statement && { statement: data.statement }),
    ...(data.source && { source: data.source }),
    publishedAt: data.effectiveFrom,
    imported: true,
    authors: [data.importer],
  };
  return reroot(withEntry(state, version), data.rerooted, undefined);
}

function versionEntry(state: Policy, data: PolicyVersionPublished['data'] | PolicyVersionImported['data']) {
  const { versionId: id, sequence, label, effectiveFrom, timeZone, audience, contents, change, flags } = data;
  const roots: readonly RootsSince[] = [{ since: undefined, roots: data.roots }];
  const order = state.recorded;
  return {
    kind: 'version',
    id,
    order,
    sequence,
    label,
    effectiveFrom,
    timeZone,
    audience,
    contents,
    change,
    flags,
    roots,
  } as const;
}

function retired(
  state: Policy,
  event: Extract<PolicyEvent, { type: 'PolicyRetired' | 'PolicyRetirementImported' }>,
): Policy {
  const isImport = event.type === 'PolicyRetirementImported';
  const source = isImport ? event.data.source : undefined;
  const next = withEntry(state, {
    kind: 'retirement',
    id: event.data.retirementId,
    order: state.recorded,
    effectiveFrom: event.data.from,
    retiredAt: isImport ? event.data.from : event.data.retiredAt,
    imported: isImport,
    ...(source && { source }),
  });
  if (event.type === 'PolicyRetirementImported') return next;
  return { ...next, ownSince: earlierOf(state.ownSince, event.data.from), lastLiveAt: event.data.retiredAt };
}

function earlierOf(known: Instant | undefined, instant: Instant): Instant {
  return known !== undefined && known < instant ? known : instant;
}

function withEntry(state: Policy, entry: Entry): Policy {
  const timeline = state.timeline.toSpliced(placeInTimeline(state.timeline, entry.effectiveFrom), 0, entry);
  const lastSequence = entry.kind === 'version' ? entry.sequence : state.lastSequence;
  return { ...state, timeline, recorded: state.recorded + 1, lastSequence };
}

/** Index after every entry that takes effect at or before the instant: where an entry recorded next belongs. */
export function placeInTimeline(timeline: readonly Entry[], effectiveFrom: Instant): number {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = timeline[middle];
    if (entry && entry.effectiveFrom <= effectiveFrom) low = middle + 1;
    else high = middle;
  }
  return low;
}

function without(state: Policy, id: string): Policy {
  // From the end: an import takes out many, the latest first.
  const place = state.timeline.findLastIndex((entry) => entry.id === id);
  if (place < 0) return state;
  return { ...state, timeline: state.timeline.toSpliced(place, 1), takenOut: [...state.takenOut, id] };
}

function withVersion(state: Policy, id: string, change: (version: VersionEntry) => VersionEntry): Policy {
  const timeline = state.timeline.map((entry) => (entry.id === id && entry.kind === 'version' ? change(entry) : entry));
  return { ...state, timeline };
}

function reroot(state: Policy, rerooted: readonly RerootedVersion[], otherwise: Instant | undefined): Policy {
  return rerooted.reduce(
    (policy, { versionId, roots, since = otherwise }) =>
      withVersion(policy, versionId, (version) => ({ ...version, roots: [...version.roots, { since, roots }] })),
    state,
  );
}

function byLocale(a: { readonly locale: string }, b: { readonly locale: string }): number {
  return a.locale < b.locale ? -1 : a.locale > b.locale ? 1 : 0;
}

function withLocale<T extends { readonly locale: string }>(list: readonly T[], item: T): readonly T[] {
  return [...list.filter(({ locale }) => locale !== item.locale), item].sort(byLocale);
}
