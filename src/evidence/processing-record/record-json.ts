import { canonicalJson } from '../../domain/canonical-json';
import type { EvidenceGenerator } from '../evidence-generators';
import type { ExportParts } from '../file-head';
import { jsonList, jsonMembers, utf8 } from '../json-members';
import type { LeftOutPolicy, ProcessingActivity } from './processing-record';
import { type RecordFile, recordFile } from './record-source';
import { LEFT_OUT } from './record-words';

/** Raised by one when a field is renamed or removed; fields may be added. */
const FORMAT = 'samtykke-processing-record/1';

/** The record (GDPR Art. 30) as one JSON document, an activity on a line. */
export function recordJson(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await recordFile(parts, order, work);
    yield utf8(`{${jsonMembers({ format: FORMAT, ...file.place.head })}`);
    yield* jsonList('activities', activityTexts(file));
    yield* jsonList('leftOut', leftOutTexts(file));
    yield utf8('\n}\n');
  };
}

async function* activityTexts(file: RecordFile): AsyncGenerator<string> {
  for await (const activity of file.activities()) yield canonicalJson(await activityOf(file, activity));
}

async function activityOf(file: RecordFile, activity: ProcessingActivity) {
  const { policy, version, purpose, ...stated } = activity;
  const { key, titles, bases, optional, sources, automatedDecisions, voluntary, consentValidFor } = purpose;
  return {
    ...stated,
    policy: { id: policy.id, handle: await file.handleOf(activity), kind: policy.kind, title: file.titleOf(policy) },
    version: versionOf(version),
    purpose: { key, titles, bases, optional, sources, automatedDecisions, voluntary, consentValidFor },
  };
}

async function* leftOutTexts(file: RecordFile): AsyncGenerator<string> {
  for (const each of file.record.leftOut) {
    const { code, policy, version } = each;
    const named = { id: policy.id, handle: await file.handleOf(each), kind: policy.kind, title: file.titleOf(policy) };
    yield canonicalJson({ code, why: LEFT_OUT[code], policy: named, version: version && versionOf(version) });
  }
}

function versionOf({ id, sequence, label, effectiveFrom, audience }: NonNullable<LeftOutPolicy['version']>) {
  return { id, sequence, label, effectiveFrom, audience };
}
