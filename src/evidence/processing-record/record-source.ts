import type { Evidence } from '../../application/evidence';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyRow } from '../../read-models/read-models';
import type { EvidenceWork } from '../evidence-generators';
import { type ExportParts, type FilePlace, filePlace } from '../file-head';
import {
  type LeftOutPolicy,
  type ProcessingActivity,
  type ProcessingRecord,
  processingRecord,
} from './processing-record';

/** A record with all that a file of it says. */
export interface RecordFile {
  readonly place: FilePlace;
  readonly record: ProcessingRecord;
  /** As the record tells them, and the work is told how far it is. */
  activities(): AsyncGenerator<ProcessingActivity>;
  /** Organisation slug / policy slug. */
  handleOf(of: ProcessingActivity | LeftOutPolicy): Promise<string>;
  titleOf(policy: PolicyRow): string;
  purposeTitle(activity: ProcessingActivity): string;
}

export async function recordFile(parts: ExportParts, order: Evidence, work: EvidenceWork): Promise<RecordFile> {
  const { readModels } = parts;
  const place = await filePlace(parts, order, work.prefix);
  const { prefix, at, language, organisationThen } = place;
  const { organisationId } = order;
  const record = await processingRecord(readModels, { organisationId, at, prefix, organisationThen });

  async function* activities(): AsyncGenerator<ProcessingActivity> {
    let done = 0;
    work.rows(done, record.total);
    for await (const activity of record.activities()) {
      work.signal.throwIfAborted();
      yield activity;
      done += 1;
      work.rows(done, record.total);
    }
  }
  return {
    place,
    record,
    activities,
    handleOf: async ({ policy }) => `${(await organisationThen(policy.organisation)).slug}/${policy.slug}`,
    titleOf: ({ id, slug }) => inLocale(readModels.policyTitles(id, at), language, language)?.text ?? slug,
    purposeTitle: ({ purpose }) => inLocale(purpose.titles, language, language)?.text ?? purpose.key,
  };
}
