import { encodePosition } from '../../application/position-text';
import type { DecisionRecord } from '../../application/receipts/decision-record';
import { iso27560Receipt } from '../../application/receipts/iso-27560-receipt';
import { kantaraReceipt } from '../../application/receipts/kantara-receipt';
import { canonicalJson } from '../../domain/canonical-json';
import { instantAt } from '../../domain/time';
import { heldUntil } from '../../read-models/people';
import type { KeptRecord } from '../../records/records';
import type { EvidenceGenerator } from '../evidence-generators';
import { jsonList, jsonMembers, utf8 } from '../json-members';
import { type CopyOf, type CopyParts, copyOf } from './copy-source';
import { countFacts, type HeldFact, heldFacts } from './held-facts';
import { heldReceipts } from './held-receipts';
import { heldRecords } from './held-records';
import { heldStates } from './held-states';
import { type HeldText, namedTexts } from './held-texts';

/** Raised by one when a field is renamed or removed; fields may be added. */
const FORMAT = 'samtykke-subject-copy/1';

/**
 * All that is held about a person as one JSON document (rule R1, GDPR Art. 15 and 20), a row at a time: who they are
 * here, what they were, where they stand, every fact with its sealed values opened, the texts byte for byte, receipts,
 * logins and deliveries. Who acted on the organisation's side is left out: that is somebody else's.
 */
export function subjectCopyJson(parts: CopyParts): EvidenceGenerator {
  return async function* (order, work) {
    const copy = await copyOf(parts, order, work);
    const texts = namedTexts(parts, copy);
    const total = await countFacts(parts, copy);
    const profile: string[] = [];
    let done = 0;
    const facts = async function* () {
      for await (const fact of heldFacts(parts, copy)) {
        texts.note(fact);
        profile.push(...profileEntry(fact));
        yield factJson(fact);
        done += 1;
        work.rows(done, total);
      }
    };
    work.rows(0, total);
    yield utf8(`{${headJson(parts, copy)}`);
    yield* jsonList('states', heldStates(parts, copy).map(canonicalJson));
    yield* jsonList('facts', facts());
    yield* jsonList('profile', profile);
    yield* jsonList('texts', mapped(texts.all(), textJson));
    yield* jsonList('receipts', mapped(heldReceipts(parts, copy), receiptJson));
    yield* jsonList('loginsAndDeliveries', mapped(heldRecords(parts, copy), recordJson));
    yield utf8('\n}\n');
  };
}

async function* mapped<Item>(items: AsyncIterable<Item>, json: (item: Item) => string): AsyncGenerator<string> {
  for await (const item of items) yield json(item);
}

function headJson({ app }: CopyParts, { order, prefix, row, organisation, zone, externalId, ids }: CopyOf): string {
  const members = {
    format: FORMAT,
    id: order.evidenceId,
    requestedAt: order.requestedAt,
    asOf: {
      effectiveAt: order.effectiveAt,
      effectiveOn: order.effectiveOn,
      recordedAt: instantAt(prefix.clockMs),
      position: encodePosition(app.logId, prefix.position),
      timeZone: zone,
    },
    organisation: {
      id: organisation.id,
      slug: organisation.slug,
      name: organisation.name,
      number: organisation.number ?? organisation.foreignId,
    },
    person: {
      id: row.id,
      externalId: externalId ?? null,
      anonymous: row.anonymous,
      registeredAt: row.registeredAt,
      alsoKnownAs: ids.slice(1),
      linkedTo: row.linkedTo,
      erasureRequestedAt: row.erasureRequestedAt,
      restrictedUntil: heldUntil(row, order.effectiveAt),
    },
  };
  return jsonMembers(members);
}

function factJson({ position, type, occurredAt, recordedAt, sentence, data }: HeldFact): string {
  const head = canonicalJson({ position, type, occurredAt, recordedAt, sentence });
  return `${head.slice(0, -1)},"data":${data}}`;
}

/** What the person was to the organisation, from when on. */
function profileEntry({ event }: HeldFact): readonly string[] {
  if (event.type === 'SubjectRegistered') {
    const { subjectId, registeredAt, categories, customerId, exempt } = event.data;
    return [canonicalJson({ person: subjectId, from: registeredAt, categories, customer: customerId ?? null, exempt })];
  }
  if (event.type === 'SubjectClassified') {
    const { subjectId, validFrom, categories, customerId, customerEnded, exempt } = event.data;
    const customer = customerEnded ? null : customerId;
    return [canonicalJson({ person: subjectId, from: validFrom, categories, customer, exempt })];
  }
  return [];
}

function textJson({ policyId, handle, title, versionId, label, content, bytes, text }: HeldText): string {
  const { locale, format, sha256, charset } = content;
  return canonicalJson({
    policy: policyId,
    handle,
    title,
    version: versionId,
    label,
    locale,
    format,
    charset: charset ?? 'utf-8',
    sha256,
    bytes: bytes.length,
    base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    text,
  });
}

function receiptJson(record: DecisionRecord): string {
  const { id, act } = record;
  return `{"id":"${id}","issuedAt":"${act.at}","iso27560":${iso27560Receipt(record)},"kantara":${kantaraReceipt(record)}}`;
}

function recordJson({ kind, subjectId, channel, atMs }: KeptRecord): string {
  return canonicalJson({ kind, person: subjectId, channel, at: instantAt(atMs) });
}
