import type { PolicyKind } from '../policy/policy.events';
import type { VersionTerms } from '../policy/policy-facts';
import type { Instant } from '../time';
import { acceptanceStateUnder } from './acceptance-state';
import { type ConsentState, type ConsentStatus, consentStateUnder } from './consent-state';
import { noticeState } from './notice-state';
import type { PersonFacts } from './person-facts';
import { because, type StateReason } from './state-reason';
import type { AskingVersion } from './version-line';

export const OBLIGATION_KINDS = ['READ_NOTICE', 'ACCEPT_TERMS', 'DECIDE_CONSENT', 'RENEW_CONSENT'] as const;
export type ObligationKind = (typeof OBLIGATION_KINDS)[number];

/** Something a version asks of a person that they have not done. */
export interface Demand {
  readonly kind: ObligationKind;
  /** The version whose change asked for it: the root of the one in force (rule V6). */
  readonly root: VersionTerms;
  /** One, for consent. */
  readonly purposes: readonly string[];
  /** From when a yes no longer counts, by expiry or because its version was voided. */
  readonly lapsedAt: Instant | undefined;
  readonly reason: StateReason;
}

export interface Demands {
  readonly demands: readonly Demand[];
  /** Everything it was looked at for, by root, done or not: a later version of the same root asks no more. */
  readonly asked: readonly string[];
  /** When a yes that meets one of them expires. */
  readonly expiries: readonly Instant[];
}

/**
 * What a version asks of a person it is meant for and they have not done by then (rules O2, D3).
 *
 * @param askedBefore what earlier versions asked already
 */
export function demandsOf(person: PersonFacts, asking: AskingVersion, askedBefore: ReadonlySet<string>): Demands {
  const parts = [readingOf(person, asking), acceptanceOf(person, asking), ...consentsOf(person, asking)];
  const fresh = parts.filter((part) => part !== undefined).filter(({ asked }) => !askedBefore.has(asked));
  return {
    demands: fresh.flatMap(({ demand }) => demand ?? []),
    asked: fresh.map(({ asked }) => asked),
    expiries: fresh.flatMap(({ expiresAt }) => expiresAt ?? []),
  };
}

interface Part {
  readonly asked: string;
  readonly demand?: Demand | undefined;
  readonly expiresAt?: Instant | undefined;
}

const READ: ReadonlySet<PolicyKind> = new Set(['PRIVACY_NOTICE', 'COOKIE_NOTICE']);

/** A blocking notice has to be acknowledged; any other has been read once it was shown (rule O2). */
function readingOf(person: PersonFacts, { policy, version, at }: AskingVersion): Part | undefined {
  const root = rootOf(policy.rootsAt(version.id, at)?.notice, policy.version);
  if (!READ.has(policy.kind) || !root) return undefined;
  const asked = `read ${root.id}`;
  if (root.change.noticeDuty === 'NONE') return { asked };
  const { step, reason } = noticeState(person, policy, version.id, at);
  const isRead = step === 'ACKNOWLEDGED' || (step === 'SHOWN' && !root.change.blocking);
  if (isRead) return { asked };
  const notRead = { ...because('NOT_READ'), decidedBy: reason.decidedBy };
  return { asked, demand: { kind: 'READ_NOTICE', root, purposes: [], lapsedAt: undefined, reason: notRead } };
}

function acceptanceOf(person: PersonFacts, asking: AskingVersion): Part | undefined {
  const { policy, version, at } = asking;
  const root = rootOf(policy.rootsAt(version.id, at)?.acceptance, policy.version);
  if (policy.kind !== 'TERMS' || !root) return undefined;
  const asked = `accept ${root.id}`;
  if (root.change.noticeDuty === 'NONE') return { asked };
  const { accepted, current, reason } = acceptanceStateUnder(person, asking);
  if (accepted && current) return { asked };
  return { asked, demand: { kind: 'ACCEPT_TERMS', root, purposes: [], lapsedAt: undefined, reason } };
}

function consentsOf(person: PersonFacts, asking: AskingVersion): readonly Part[] {
  const { policy, version, at } = asking;
  const purposes = version.statement?.purposes.map(({ key }) => key) ?? [];
  return purposes.flatMap((purpose): readonly Part[] => {
    const root = rootOf(policy.rootsAt(version.id, at)?.consent[purpose], policy.version);
    const state = consentStateUnder(person, purpose, asking);
    if (!root || state.legalBasis !== 'CONSENT') return [];
    const asked = `consent ${root.id} ${purpose}`;
    const kind = demandOf(state.status);
    if (kind === undefined) return [{ asked, expiresAt: state.valid ? state.expiresAt : undefined }];
    const lapsedAt = lapsedAtOf(state, policy.version);
    return [{ asked, demand: { kind, root, purposes: [purpose], lapsedAt, reason: state.reason } }];
  });
}

/** Who refused, withdrew, objected or had it restricted is asked nothing. */
function demandOf(status: ConsentStatus): 'DECIDE_CONSENT' | 'RENEW_CONSENT' | undefined {
  switch (status) {
    case 'UNKNOWN':
    case 'REQUESTED':
    case 'DEFERRED':
      return 'DECIDE_CONSENT';
    case 'INVALIDATED':
    case 'EXPIRED':
      return 'RENEW_CONSENT';
    case 'GIVEN':
    case 'RENEWED':
    case 'REFUSED':
    case 'WITHDRAWN':
    case 'TERMINATED':
    case 'OBJECTED':
    case 'RESTRICTED':
    case 'NOT_REQUIRED':
      return undefined;
  }
}

type FindVersion = AskingVersion['policy']['version'];

/** Of a yes that ended by itself, or with its version; one that a newer root asks anew ended with that root's date. */
function lapsedAtOf({ status, expiresAt, reason, text }: ConsentState, version: FindVersion): Instant | undefined {
  if (status === 'EXPIRED') return expiresAt;
  return reason.code === 'VOIDED' && text ? version(text.versionId)?.withdrawal?.from : undefined;
}

function rootOf(id: string | undefined, version: FindVersion): VersionTerms | undefined {
  return id === undefined ? undefined : version(id);
}
