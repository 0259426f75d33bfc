import { createHash } from 'node:crypto';
import { publicStreamTag } from '../../src/application/handle-command';
import { storeText } from '../../src/application/texts';
import { canonicalJson } from '../../src/domain/canonical-json';
import { consentStates } from '../../src/domain/subject/consent-state';
import { noticeStates } from '../../src/domain/subject/notice-state';
import { obligations } from '../../src/domain/subject/obligations';
import type { Instant } from '../../src/domain/time';
import type { JsonObject } from '../../src/event-store/event-store';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import type { Prefix } from '../../src/read-models/read-models';
import { seededRandom } from '../read-models/support/random-history';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type PeopleHistory, peopleHistory } from '../support/person-stories';
import { randomInstant, ToldLog } from '../support/told-log';
import { fileIn, readZip } from '../support/zip-files';

/** Whatever happened, a bundle verifies and says what the read models say. Set TEST_SEED to replay a history. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 500 : 10;
const STEPS = 60;
const BUNDLES = 6;
/** A history takes half a second; a busy machine is given much more. */
jest.setTimeout(HISTORIES * 24_000);

beforeAll(() => {
  console.info(`Random histories in bundles: TEST_SEED=${seed}, ${HISTORIES} of them`);
});

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const textOf = (hash: string) => `Teksten av ${hash}`;

/** The same with hashes of texts that there are. */
function withTexts(value: unknown): unknown {
  if (typeof value === 'string') return /^[0-9a-f]{64}$/.test(value) ? hashOf(textOf(value)) : value;
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withTexts(field)]));
  return 'sha256' in fields && 'bytes' in fields ? { ...fields, bytes: textOf(hashOf('')).length } : fields;
}

/** Every content of an event, as the history told it. */
function contentsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(contentsIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('sha256' in value && typeof value.sha256 === 'string') return [value.sha256];
  return Object.values(value).flatMap(contentsIn);
}

async function tell(office: BundleOffice, { events }: PeopleHistory): Promise<void> {
  const { app } = office;
  const versions = new Map<string, number>();
  const owners = new Map<string, string>();
  for (const { n, stream, event } of events) {
    if (event.type === 'PolicyCreated') owners.set(stream, event.data.organisationId);
    const owner = owners.get(stream);
    for (const hash of owner === undefined ? [] : contentsIn(event.data)) {
      await storeText(app, owner ?? '', { locale: 'nb', format: 'PLAIN_TEXT', bytes: Buffer.from(textOf(hash)) });
    }
    const streamTag = stream.startsWith('subject-')
      ? await tagOfPerson(office, stream)
      : publicStreamTag(app.logId, stream);
    const seen = versions.get(stream) ?? 0;
    versions.set(stream, seen + 1);
    const data = withTexts(JSON.parse(JSON.stringify(event.data))) as JsonObject;
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    await app.store.append(stream, [{ id, type: event.type, data, metadata: { schemaVersion: 1, streamTag } }], seen);
  }
}

/** The vault holds a key of everybody, also of whom the history says that they are erased. */
async function tagOfPerson({ app }: BundleOffice, stream: string): Promise<string> {
  const subjectId = stream.slice('subject-'.length);
  await app.vault.addAnonymousSubject(subjectId);
  const key = await app.vault.subjectKey(subjectId);
  if (!key) throw new Error('The vault made no key.');
  return key.streamTag(stream);
}

describe('bundles of random histories', () => {
  it('verify, and answer as the read models do', async () => {
    for (let index = 0; index < HISTORIES; index += 1) {
      const office = await openBundleOffice();
      try {
        const history = peopleHistory(seededRandom(seed + index), STEPS);
        await tell(office, history);
        await office.applied();
        await checkHistory(office, history, new ToldLog(seededRandom(-1 - index - seed)), seed + index);
      } finally {
        await office.close();
      }
    }
  });
});

async function checkHistory(
  office: BundleOffice,
  history: PeopleHistory,
  dice: ToldLog,
  replay: number,
): Promise<void> {
  // All orders first: the first bundle that is made then signs a checkpoint over all of them.
  const checks: (() => Promise<void>)[] = [];
  for (let turn = 0; turn < BUNDLES; turn += 1) {
    const { readModels } = office.models;
    const { n } = readModels.prefixAtOrdinal(history.events.length) ?? readModels.applied();
    const prefix = readModels.prefixAtOrdinal(turn % 2 === 0 ? readModels.applied().n : n - dice.below(n / 2));
    if (!prefix) continue;
    const asked: Asked = {
      prefix,
      at: randomInstant(dice, history.events),
      replay,
      ...(turn % 3 === 0 && { listed: 5 }),
    };
    const subject = readModels.subjectById(dice.pick(history.subjects), prefix);
    if (subject) checks.push(await personCheck(office, asked, subject.id, subject.organisation));
    const policy = readModels.policyById(dice.pick(history.policies), prefix);
    if (policy) checks.push(await policyCheck(office, asked, policy.id, policy.organisation));
  }
  for (const check of checks) await check();
}

interface Asked {
  readonly prefix: Prefix;
  readonly at: Instant;
  readonly replay: number;
  readonly listed?: number;
}

async function personCheck(office: BundleOffice, asked: Asked, subjectId: string, organisationId: string) {
  const { prefix, at, listed, replay } = asked;
  const order = await office.order({ subjectId }, { organisationId, effectiveAt: at, position: prefix.position });
  const where = { replay, subjectId, n: prefix.n, at };
  return async () => {
    const { readModels } = office.models;
    const path = await office.write(order, listed);
    await orTold(where, verifyBundle(path));
    const answer = JSON.parse(String(fileIn(await readZip(path), 'answer.json')));
    const person = readModels.personFacts(subjectId, prefix);
    if (!person) throw new Error('The person is not known.');
    const policies = (answer.policies as { id: string }[]).flatMap(
      ({ id }) => readModels.policyFacts(id, prefix) ?? [],
    );
    const told = policies.map((policy) => ({
      consents: consentStates(person, policy, at).map(({ purpose, status, valid, reason }) => ({
        purpose,
        status,
        valid,
        reason,
      })),
      notices: noticeStates(person, policy, at).map(({ step, reason }) => ({ step, reason })),
    }));
    expect({ where, policies: answer.policies }).toMatchObject({ where, policies: JSON.parse(canonicalJson(told)) });
    const items = obligations(person, policies, at).items.map(({ kind, deadline }) => ({ kind, deadline }));
    expect({ where, obligations: answer.obligations }).toMatchObject({ where, obligations: items });
  };
}

async function policyCheck(office: BundleOffice, asked: Asked, policyId: string, organisationId: string) {
  const { prefix, at, listed, replay } = asked;
  const order = await office.order({ policyId }, { organisationId, effectiveAt: at, position: prefix.position });
  const where = { replay, policyId, n: prefix.n, at };
  return async () => {
    const path = await office.write(order, listed);
    await orTold(where, verifyBundle(path));
    const { inForce } = JSON.parse(String(fileIn(await readZip(path), 'answer.json')));
    const found = office.models.readModels.versionInForce(policyId, { effectiveAt: at, n: prefix.n });
    const version = found.code === 'VERSION_IN_FORCE' ? found.versionId : undefined;
    expect({ where, code: inForce.code, version: inForce.version }).toEqual({ where, code: found.code, version });
  };
}

/** What failed is told with what replays it. */
async function orTold<T>(where: object, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${JSON.stringify(where)}: ${String(error)}`);
  }
}
