import type { Application } from '../application/application';
import type { EvidenceDesk } from '../evidence/evidence-desk';
import type { LedgerState } from '../ledger/ledger';
import type { Proofs } from '../ledger/proofs';
import type { ProjectionRunner } from '../read-models/projection-runner';
import type { ReadModels } from '../read-models/read-models';
import type { AccessRecord } from '../records/records';
import type { AccessContext } from './auth/access';
import type { Caller } from './auth/caller';
import type { SubjectTokens } from './auth/subject-tokens';
import type { NoticeBell } from './people/notice-bell';
import type { Notifications } from './people/notifications';
import type { SharedNotices } from './people/shared-notices';
import type { LiveChanges } from './policies/live-changes';
import type { DeliveredChange } from './policies/policy-changes';
import type { Scope } from './scope';
import type { TextBudget } from './text-budget';

/** What the API stands on. Made once by the composition root. */
export interface ApiServices {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly progress: Progress;
  /** What happens to policies, looked up once however many watch. */
  readonly liveChanges: LiveChanges<DeliveredChange>;
  /** Wakes those who wait for what one person is told. */
  readonly noticeBell: NoticeBell;
  /** What many persons are told at the same time, answered once. */
  readonly sharedNotices: SharedNotices;
  /** Records what a transport has taken as told to a person (rule O3). */
  readonly notifications: Notifications;
  /** Makes tokens for the clients of subjects. */
  readonly subjectTokens: SubjectTokens;
  /** Keeps logins or deliveries among the system's own records (rules R4, L2). */
  readonly recordAccess: (access: AccessRecord, times: number) => void;
  /** Where files are prepared; undefined: this node prepares none. */
  readonly evidence?: EvidenceDesk | undefined;
  /** Checkpoints of the log and proofs over it. */
  readonly proofs: Proofs;
  /** Whether the log is still the one that was proven. */
  readonly ledgerState: () => LedgerState;
  /** The node's clock, in milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
  /** Told of every fault that is hidden behind INTERNAL_SERVER_ERROR. */
  readonly reportFault: (fault: Fault) => void;
}

/** How far this node's read models have come, and who waits for it. */
export type Progress = Pick<ProjectionRunner, 'waitFor' | 'onApplied' | 'lag'>;

/** A fault as it is logged: where it happened, never what was asked or answered. */
export interface Fault {
  /** Stands in the answer too, so that a user can name it. */
  readonly id: string;
  readonly correlationId: string;
  /** Field names from the root on, e.g. "Query.policy"; list indexes left out. */
  readonly where: string;
  readonly error: unknown;
}

/** What is told apart from request to request. */
export interface ApiRequest {
  readonly caller: Caller;
  readonly correlationId: string;
  /** `extensions.atLeast` of the request as it came: a position that the answer has to include (rule N2). */
  readonly atLeast?: unknown;
  readonly transport: 'http' | 'websocket' | 'sse';
  /** True when the operation stands in an address, which browsers and proxies write down. */
  readonly inAddress?: boolean;
}

/** The GraphQL context: one for each operation, which for a subscription lasts as long as it is open. */
export interface ApiContext extends ApiServices, ApiRequest, AccessContext {
  /** The scope of the operation's root, once it was opened, and what texts it may still ask for. */
  readonly opened: { scope?: Promise<Scope> | undefined; budget?: TextBudget | undefined };
}

export function createApiContext(services: ApiServices, request: ApiRequest): ApiContext {
  const { readModels } = services;
  let known: Map<string, string> | undefined;
  const { caller, correlationId, atLeast, transport, inAddress = false } = request;
  // Name by name: this is done for every request, and copying whole objects takes ten times as long.
  return {
    app: services.app,
    readModels,
    progress: services.progress,
    liveChanges: services.liveChanges,
    noticeBell: services.noticeBell,
    sharedNotices: services.sharedNotices,
    notifications: services.notifications,
    subjectTokens: services.subjectTokens,
    recordAccess: services.recordAccess,
    evidence: services.evidence,
    proofs: services.proofs,
    ledgerState: services.ledgerState,
    nowMs: services.nowMs,
    reportFault: services.reportFault,
    caller,
    correlationId,
    atLeast,
    transport,
    inAddress,
    opened: {},
    // An organisation keeps its slug and id for ever; one that is not there yet may come while a subscription is open.
    organisationIdOf: (slug) => {
      const id = known?.get(slug) ?? readModels.organisationBySlug(slug, readModels.applied())?.id;
      if (id === undefined) return undefined;
      known ??= new Map();
      known.set(slug, id);
      return id;
    },
  };
}
