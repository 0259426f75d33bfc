import { type Evidence, evidenceOf } from '../application/evidence';
import type { EvidenceFormat, EvidenceKind } from '../domain/evidence/evidence.events';
import { Refusal } from '../domain/refusal';
import { epochMsOf, type Instant, instantAt } from '../domain/time';
import { watchErasures } from './erasure-watch';
import { EVIDENCE_MEDIA, type EvidenceGenerators } from './evidence-generators';
import type { FileOrder, OpenedFile, PreparedFile } from './prepared-files';
import { createPreparer, EVIDENCE_LIFE_MS, type PreparerParts } from './preparer';
import { isSigned, LINK_LIFE_MS, type SignedPart, signLink } from './signed-links';
import { holdersOf, spoiltFiles } from './spoilt-files';

/** Files of one person that may exist at once. */
export const MAX_FILES_OF_PERSON = 6;
/** Files of one organisation, of no person, that may exist at once: for one more the oldest that is done gives way. */
export const MAX_FILES_OF_ORGANISATION = 50;
/** Orders of everybody that may wait at once. */
export const MAX_WAITING = 1_000;

/** Where files are ordered, followed, fetched, and forgotten. One for each node. */
export interface EvidenceDesk {
  /** @throws Refusal EVIDENCE_KIND_NOT_AVAILABLE, EVIDENCE_FORMAT_NOT_AVAILABLE */
  assertOffered(kind: EvidenceKind, format: EvidenceFormat): void;
  /**
   * Whether another order may be taken; the file of an older one may be removed for it.
   * @throws Refusal EVIDENCE_TOO_MANY
   */
  admit(order: Pick<Evidence, 'subjectId' | 'organisationId'>): Promise<void>;
  /** Sees to it that the file of a recorded order is made; said again it changes nothing. */
  order(evidence: Evidence): Promise<void>;
  /** How far it is. A file that this node lacks, and that may still be had, is ordered anew. */
  stateOf(evidence: Evidence): Promise<EvidenceState>;
  /** A reference, relative to the installation's address, that fetches a file which is ready; undefined: it is not. */
  linkTo(evidence: Evidence): Promise<string | undefined>;
  /** What a link that somebody holds is good for. */
  open(id: string, link: SignedPart): Promise<Download | LinkFault>;
  /** Removes every file of a person, also one that is being made: before an erasure's outcome is recorded (rule E3). */
  forget(subjectId: string): Promise<void>;
  /** Removes what has expired; answers how many orders those were. */
  removeExpired(): Promise<number>;
  /** Answers once nothing is under way. */
  idle(): Promise<void>;
  /** Stops what is under way; it is made after the next start. */
  close(): Promise<void>;
}

/** EXPIRED: its time is over, it gave way, or its person, or one of the people whose values it held, is erased. */
export type EvidenceState =
  | { readonly status: 'PREPARING'; readonly rowsDone: number; readonly rowsTotal: number | undefined }
  | ({ readonly status: 'READY'; readonly expiresAt: Instant } & Pick<
      Extract<PreparedFile, { status: 'READY' }>,
      'rowsDone' | 'rowsTotal' | 'sha256' | 'bytes'
    >)
  | { readonly status: 'FAILED'; readonly failure: string }
  | { readonly status: 'EXPIRED' };

export interface Download extends OpenedFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
  /** Says nothing of anybody. */
  readonly fileName: string;
}

/** INVALID: not one of ours, or of no file. EXPIRED: the link; another may be had. GONE: the file. */
export type LinkFault = 'LINK_INVALID' | 'LINK_EXPIRED' | 'EVIDENCE_GONE';

/** Opens the desk and goes on with what was under way before a restart. */
export async function openEvidenceDesk(parts: PreparerParts): Promise<EvidenceDesk> {
  const { app, readModels, files, generators, nowMs } = parts;
  const spoilt = spoiltFiles(app, readModels);
  const lane = (isMine: (order: FileOrder) => boolean) => createPreparer({ ...parts, spoilt, isMine });
  // What one person waits for does not wait for the exports of whole populations.
  const lanes = [lane(({ subjectId }) => subjectId !== undefined), lane(({ subjectId }) => subjectId === undefined)];
  const remove = async (order: FileOrder) => {
    for (const each of lanes) await each.stop(({ id }) => id === order.id);
    await files.remove(order.id);
  };
  const forget = async (subjectId: string) => {
    for (const each of lanes) await each.stop((order) => order.subjectId === subjectId);
    await files.removePerson(subjectId);
    const ofMany = await files.ofMany();
    if (ofMany.length === 0) return;
    const holders = await holdersOf(app, subjectId);
    for (const order of ofMany) {
      if (order.organisationId !== undefined && holders.has(order.organisationId)) await remove(order);
    }
  };
  const forgetSpoilt = async () => {
    for (const order of await files.ofMany()) {
      const evidence = await evidenceOf(app, order.id);
      if (evidence && (await spoilt.isSpoilt(evidence))) await remove(order);
    }
  };
  const watch = watchErasures({ ...parts, forget, forgetSpoilt }, await files.people());
  app.forgetting.add(forget);

  async function order(evidence: Evidence): Promise<void> {
    const { evidenceId: id, organisationId, personalValues } = evidence;
    const subjectId = personIn(evidence);
    if (subjectId !== undefined) watch.add(subjectId);
    const ofMany = personalValues && evidence.subjectId === undefined && { personalValues };
    const ofOrganisation = { organisationId, ...ofMany };
    const added = await files.add({ id, subjectId, ...(subjectId === undefined && ofOrganisation) });
    if (added) wake();
  }
  const wake = () => {
    for (const each of lanes) each.wake();
  };

  async function stateOf(evidence: Evidence): Promise<EvidenceState> {
    const { evidenceId: id, requestedAt } = evidence;
    const subjectId = personIn(evidence);
    if (subjectId !== undefined && isErasing(readModels, subjectId)) return { status: 'EXPIRED' };
    if (await spoilt.isSpoilt(evidence)) return { status: 'EXPIRED' };
    const file = await files.find(id);
    if (file) return stateOfFile(file);
    if (epochMsOf(requestedAt) + EVIDENCE_LIFE_MS <= nowMs()) return { status: 'EXPIRED' };
    await order(evidence);
    return { status: 'PREPARING', rowsDone: 0, rowsTotal: undefined };
  }

  function stateOfFile(file: PreparedFile): EvidenceState {
    switch (file.status) {
      case 'PREPARING': {
        const { rowsDone = 0, rowsTotal } = rowsOf(file.id) ?? {};
        return { status: 'PREPARING', rowsDone, rowsTotal };
      }
      case 'GONE':
        return { status: 'EXPIRED' };
      case 'FAILED':
        return { status: 'FAILED', failure: file.failure };
      case 'READY': {
        const { rowsDone, rowsTotal, sha256, bytes, expiresAtMs } = file;
        if (expiresAtMs <= nowMs()) return { status: 'EXPIRED' };
        return { status: 'READY', rowsDone, rowsTotal, sha256, bytes, expiresAt: instantAt(expiresAtMs) };
      }
    }
  }

  const rowsOf = (id: string) => lanes.map((each) => each.rowsOf(id)).find((rows) => rows !== undefined);

  await files.removeExpired(nowMs());
  wake();
  return {
    assertOffered: (kind, format) => assertOffered(generators, kind, format),
    admit: async ({ subjectId, organisationId }) => {
      if ((await files.count()) >= MAX_WAITING) throw tooMany();
      // What is made after an erasure is of nobody any more.
      if (subjectId !== undefined && !isErasing(readModels, subjectId)) {
        if ((await files.count(subjectId)) >= MAX_FILES_OF_PERSON) throw tooMany();
        return;
      }
      while ((await files.countOf(organisationId)) >= MAX_FILES_OF_ORGANISATION) {
        if (!(await files.giveWay(organisationId))) throw tooMany();
      }
    },
    order,
    stateOf,
    linkTo: async (evidence) => {
      const state = await stateOf(evidence);
      if (state.status !== 'READY') return undefined;
      const until = Math.min(nowMs() + LINK_LIFE_MS, epochMsOf(state.expiresAt));
      const pepper = await app.vault.pepperOf(evidence.organisationId);
      const { expires, signature } = signLink(pepper, evidence.evidenceId, Math.floor(until / 1_000));
      return `/evidence/${evidence.evidenceId}?expires=${expires}&signature=${signature}`;
    },
    open: async (id, link) => {
      const evidence = await evidenceOf(app, id);
      if (!evidence) return 'LINK_INVALID';
      if (!isSigned(await app.vault.pepperOf(evidence.organisationId), id, link)) return 'LINK_INVALID';
      if (link.expires * 1_000 <= nowMs()) return 'LINK_EXPIRED';
      const state = await stateOf(evidence);
      const opened = state.status === 'READY' ? await files.open(id) : undefined;
      return opened && state.status === 'READY' ? downloadOf(evidence, state, opened) : 'EVIDENCE_GONE';
    },
    forget,
    removeExpired: () => files.removeExpired(nowMs()),
    idle: async () => {
      for (const each of lanes) await each.idle();
    },
    close: async () => {
      app.forgetting.delete(forget);
      watch.close();
      for (const each of lanes) await each.close();
    },
  };
}

/** Whose values a file may hold; what was asked for after an erasure holds none, and stays. */
function personIn({ subjectId, afterErasure }: Evidence): string | undefined {
  return afterErasure ? undefined : subjectId;
}

function assertOffered(generators: EvidenceGenerators, kind: EvidenceKind, format: EvidenceFormat): void {
  const formats = generators[kind];
  if (!formats) {
    throw new Refusal('EVIDENCE_KIND_NOT_AVAILABLE', 'This kind of file is not prepared here.', 'R1', {
      path: ['kind'],
    });
  }
  if (!formats[format]) {
    const message = `This kind of file is prepared as ${Object.keys(formats).join(' or ')}.`;
    throw new Refusal('EVIDENCE_FORMAT_NOT_AVAILABLE', message, 'R1', { path: ['format'] });
  }
}

const tooMany = () =>
  new Refusal('EVIDENCE_TOO_MANY', 'Too many files are being prepared or kept. Fetch those, or try again later.', 'E3');

function downloadOf(
  { kind, format, evidenceId }: Evidence,
  { sha256, bytes }: Pick<Extract<EvidenceState, { status: 'READY' }>, 'sha256' | 'bytes'>,
  { content }: OpenedFile,
): Download {
  const { type: mediaType, extension } = EVIDENCE_MEDIA[format];
  const fileName = `${kind.toLowerCase().replaceAll('_', '-')}-${evidenceId}.${extension}`;
  return { content, sha256, bytes, mediaType, fileName };
}

function isErasing({ subjectById, applied }: PreparerParts['readModels'], subjectId: string): boolean {
  const row = subjectById(subjectId, applied());
  return row?.erasureStartedAt !== undefined || row?.erasedAt !== undefined;
}
