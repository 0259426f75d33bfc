import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { commandLine, printed } from '../support/command-line';

/** Never in any source, so that finding it means that it was kept. */
const CANARY = ['kanarifugl', process.pid, Date.now().toString(36)].join('-');

const line = commandLine();
let server: ChildProcess;
let logged = '';
let url: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = line.start(['demo'], {
    SAMTYKKE_PORT: String(port),
    SAMTYKKE_LOG_LEVEL: 'trace',
    NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${line.directory}`,
  });
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      logged += chunk.toString();
    });
  }
  const welcome = await printed(server, /\noperator\n {2}\S+\n/);
  for (const [, role, token] of welcome.matchAll(/^(\w+)(?:@\S+)?(?: \(.+\))?\n {2}(\S+)$/gm)) {
    tokens.set(String(role), String(token));
  }
}, 60_000);

afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  line.remove();
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

async function ask(role: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(role)}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** Files below a directory that hold the canary, as UTF-8, UTF-16 or base64. */
function filesWithCanary(directory: string): readonly string[] {
  const forms = [
    Buffer.from(CANARY, 'utf8'),
    Buffer.from(CANARY, 'utf16le'),
    ...[0, 1, 2].map((shift) =>
      Buffer.from(
        Buffer.from(`${' '.repeat(shift)}${CANARY}`)
          .toString('base64')
          .slice(shift === 0 ? 0 : 4, -4),
      ),
    ),
  ];
  return filesBelow(directory).filter((path) => {
    const bytes = readFileSync(path);
    return forms.some((form) => bytes.includes(form));
  });
}

/** A socket, as a serving node opens one beside the log, holds nothing. */
function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const found = statSync(path);
    return found.isDirectory() ? filesBelow(path) : found.isFile() ? [path] : [];
  });
}

async function prepared(input: object): Promise<void> {
  const { evidencePrepare } = await ask(
    'officer',
    'mutation ($input: EvidencePrepareInput!) { evidencePrepare(input: $input) { evidence { id } } }',
    { input },
  );
  const { evidence } = evidencePrepare as { evidence: { id: string } };
  for (let tries = 0; tries < 300; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await ask('officer', 'query ($id: ID!) { evidence(id: $id) { status } }', { id: evidence.id });
    const { status } = answer.evidence as { status: string };
    if (status === 'READY') return;
    if (status !== 'PREPARING') throw new Error(`The file is ${status}.`);
  }
  throw new Error('The file was not made.');
}

async function heapSnapshot(): Promise<string> {
  const before = new Set(readdirSync(line.directory));
  server.kill('SIGUSR2');
  for (let tries = 0; tries < 600; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const name = readdirSync(line.directory).find((each) => each.endsWith('.heapsnapshot') && !before.has(each));
    // It is whole when it ends as JSON does.
    if (name && readFileSync(join(line.directory, name)).subarray(-16).includes('}')) return join(line.directory, name);
  }
  throw new Error('There is no heap snapshot.');
}

test('what a person was called is found nowhere after their erasure', async () => {
  const { organisation } = await ask('operator', '{ organisation(slug: "fjordlys") { id } }', {});
  const { id } = organisation as { id: string };
  const registered = await ask(
    'service',
    'mutation ($input: SubjectRegisterInput!) { subjectRegister(input: $input) { subject { id externalId } } }',
    { input: { organisation: id, externalId: CANARY, categories: ['customer'], idempotencyKey: `key ${CANARY}` } },
  );
  const { subject } = registered.subjectRegister as { subject: { id: string; externalId: string } };
  expect(subject.externalId).toBe(CANARY);
  const { policy } = await ask('operator', '{ policy(handle: "fjordlys/privacy") { id } }', {});
  await ask(
    'service',
    'mutation ($input: ProcessingRightInput!) { processingRestrict(input: $input) { userErrors { code } position } }',
    { input: { subject: subject.id, policy: (policy as { id: string }).id, purposes: ['newsletter'], reason: CANARY } },
  );
  const data = await ask('officer', 'query ($id: ID!) { subject(id: $id) { facts { nodes { data } } } }', {
    id: subject.id,
  });
  expect(JSON.stringify(data)).toContain(CANARY);
  expect(filesWithCanary(join(line.directory, 'data'))).toEqual([]);
  for (const format of ['JSON', 'CSV']) {
    await prepared({ kind: 'AUDIT', format, policy: (policy as { id: string }).id, personalValues: true });
  }
  expect(filesWithCanary(join(line.directory, 'data'))).toHaveLength(2);

  const erased = await ask(
    'officer',
    'mutation ($input: SubjectEraseInput!) { subjectErase(input: $input) { subject { erased } userErrors { code } } }',
    { input: { subject: subject.id, reason: `${CANARY} asked for it` } },
  );
  expect(erased.subjectErase).toEqual({ subject: { erased: true }, userErrors: [] });
  // Requests that were answered are let go by the next ones.
  for (let index = 0; index < 20; index += 1) await ask('officer', '{ caller { actor } }', {});
  const after = await ask('officer', 'query ($id: ID!) { subject(id: $id) { externalId facts { nodes { data } } } }', {
    id: subject.id,
  });
  expect(JSON.stringify(after)).not.toContain(CANARY);

  expect(readFileSync(await heapSnapshot(), 'utf8').includes(CANARY)).toBe(false);
  server.kill('SIGTERM');
  await once(server, 'close');
  const backup = await line.run(['backup', join(line.directory, 'backup')]);
  expect(backup.code).toBe(0);
  expect(filesWithCanary(line.directory)).toEqual([]);
  expect(logged).not.toContain(CANARY);
}, 120_000);
