import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvidence } from '../../src/api/evidence/open-evidence';
import { type Evidence, type EvidenceOrder, prepareEvidence } from '../../src/application/evidence';
import type { EvidenceFormat } from '../../src/domain/evidence/evidence.events';
import { epochMsOf, type Instant } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';
import { type EvidenceDesk, openEvidenceDesk } from '../../src/evidence/evidence-desk';
import type { EvidenceGenerators } from '../../src/evidence/evidence-generators';
import type { PreparedFiles } from '../../src/evidence/prepared-files';
import { openSqlitePreparedFiles } from '../../src/evidence/sqlite/sqlite-prepared-files';
import { type OpenReadModels, openReadModels } from '../../src/read-models/sqlite/open-read-models';
import type { Records } from '../../src/records/records';
import { openSqliteRecords } from '../../src/records/sqlite/sqlite-records';
import { openPeopleOffice, type PeopleOffice } from './people-office';

/** An office with read models, records, and a desk that prepares files in a directory of the test's own. */
export interface EvidenceOffice extends PeopleOffice {
  readonly models: OpenReadModels;
  readonly records: Records;
  readonly files: PreparedFiles;
  readonly desk: EvidenceDesk;
  readonly directory: string;
  readonly faults: unknown[];
  /** Orders a copy as of now, as the API does. */
  orderCopy(subjectId: string, more?: Partial<CopyOrder>): Promise<Evidence>;
  /** Orders a copy and waits until it is there. */
  copy(subjectId: string, more?: Partial<CopyOrder>): Promise<Buffer>;
  /** Orders another kind of file, of the office's organisation unless told otherwise, as of now. */
  orderExport(order: ExportOrder): Promise<Evidence>;
  /** Orders such a file and waits until it is there. */
  exported(order: ExportOrder): Promise<Buffer>;
  bytesOf(evidence: Evidence): Promise<Buffer>;
  /** Answers once the read models know all that was written. */
  applied(): Promise<void>;
  /** The desk of a node that starts where this one stopped. */
  reopened(generators?: EvidenceGenerators): Promise<EvidenceDesk>;
}

interface CopyOrder {
  readonly format: EvidenceFormat;
  readonly key: string;
  readonly effectiveAt: Instant;
  readonly position: Position;
}

type ExportOrder = Pick<EvidenceOrder, 'kind' | 'format'> & Partial<EvidenceOrder> & { readonly key?: string };

/** @param generators absent: those of the product */
export async function openEvidenceOffice(generators?: EvidenceGenerators): Promise<EvidenceOffice> {
  const office = await openPeopleOffice();
  const { app, clock } = office;
  const nowMs = () => epochMsOf(clock.now);
  const models = openReadModels({ file: ':memory:', store: app.store, nowMs });
  models.runner.start();
  const records = await openSqliteRecords(':memory:');
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-evidence-'));
  const faults: unknown[] = [];
  const shared = { app, readModels: models.readModels, progress: models.runner, nowMs, retryDelayMs: 20 };
  const opened: { desk: EvidenceDesk; files: PreparedFiles }[] = [];

  async function open(making = generators): Promise<EvidenceDesk> {
    const files = await openSqlitePreparedFiles(directory);
    const parts = { ...shared, files, reportFault: (error: unknown) => void faults.push(error) };
    const desk = making
      ? await openEvidenceDesk({ ...parts, generators: making })
      : await openEvidence({ ...parts, records });
    opened.push({ desk, files });
    return desk;
  }
  async function closeLast(): Promise<void> {
    const last = opened.pop();
    await last?.desk.close();
    await last?.files.close();
  }
  const applied = async () => {
    const head = await app.store.head();
    if (head === undefined || !(await models.runner.waitFor(head, 10_000))) throw new Error('The log is not applied.');
  };
  const current = () => {
    const last = opened.at(-1);
    if (!last) throw new Error('The desk is closed.');
    return last;
  };
  async function orderCopy(subjectId: string, more: Partial<CopyOrder> = {}): Promise<Evidence> {
    await applied();
    const order: EvidenceOrder = {
      organisationId: office.organisationId,
      kind: 'SUBJECT_COPY',
      format: more.format ?? 'JSON',
      subjectId,
      effectiveAt: more.effectiveAt ?? clock.now,
      position: more.position ?? models.readModels.applied().position,
    };
    const { desk } = current();
    const request = await office.request('officer', more.key);
    const asked = { subjectId, format: order.format };
    const { evidence } = await prepareEvidence(app, request, order, asked, () => desk.admit(order));
    await desk.order(evidence);
    return evidence;
  }
  async function orderExport({ key, ...order }: ExportOrder): Promise<Evidence> {
    await applied();
    const { position } = models.readModels.applied();
    const whole = { organisationId: office.organisationId, effectiveAt: clock.now, position, ...order };
    const { desk } = current();
    const admit = () => desk.admit(whole);
    const { evidence } = await prepareEvidence(app, await office.request('officer', key), whole, order, admit);
    await desk.order(evidence);
    return evidence;
  }
  const bytesOf = async ({ evidenceId }: Evidence) => {
    const file = await current().files.open(evidenceId);
    if (!file) throw new Error('The file is not there.');
    const chunks: Buffer[] = [];
    for await (const chunk of file.content) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  await open();
  return {
    ...office,
    models,
    records,
    directory,
    faults,
    get desk() {
      return current().desk;
    },
    get files() {
      return current().files;
    },
    orderCopy,
    orderExport,
    exported: async (order) => {
      const evidence = await orderExport(order);
      await current().desk.idle();
      return bytesOf(evidence);
    },
    bytesOf,
    copy: async (subjectId, more) => {
      const evidence = await orderCopy(subjectId, more);
      await current().desk.idle();
      return bytesOf(evidence);
    },
    applied,
    reopened: async (making) => {
      await closeLast();
      return open(making);
    },
    close: async () => {
      await closeLast();
      await models.close();
      await records.close();
      await office.close();
      rmSync(directory, { recursive: true });
    },
  };
}
