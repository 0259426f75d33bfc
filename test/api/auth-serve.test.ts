import type { ChildProcess } from 'node:child_process';
import { commandLine } from '../support/command-line';
import { type OpenIdProvider, PROVIDER_AUDIENCE, startOpenIdProvider } from '../support/openid-provider';
import { bodyOf, codesOf, eventually } from './server/running-server';

/** The program itself, with tokens that its command line makes and those of a provider. */
const line = commandLine();
let provider: OpenIdProvider;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  provider = await startOpenIdProvider();
  await provider.stop();
  await line.run(['organisation', 'register', '--slug', 'fjordlys', '--name', 'Fjordlys AS']);
  // The provider is out when the server starts.
  server = line.start(['serve'], {
    SAMTYKKE_PORT: '0',
    SAMTYKKE_OIDC_ISSUER: provider.issuer,
    SAMTYKKE_OIDC_AUDIENCE: PROVIDER_AUDIENCE,
    SAMTYKKE_OIDC_ROLES_CLAIM: 'realm_access.roles',
  });
  url = await servingAt(server);
}, 60_000);
afterAll(async () => {
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.kill('SIGTERM');
  await closed;
  await provider.stop();
  line.remove();
});

/** A server says where it is on stderr, for stdout is for data. */
function servingAt({ stderr }: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve) => {
    stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /^Serving at (http:\S+)/m.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}

async function ask(query: string, token: string) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}
const token = async (...args: readonly string[]) => (await line.run(['token', ...args])).out.toString().trim();
const GRANTS = '{ caller { actor grants { role organisation { slug } } } }';

test('a provider that is out at the start keeps nothing else from working, and is followed once it is there', async () => {
  const health = async () => {
    const response = await fetch(`${url}/health/ready`);
    const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail?: string }[] };
    return { status: response.status, check: checks.find(({ name }) => name === 'OPENID_PROVIDER') };
  };
  await eventually(async () => (await health()).check?.detail?.includes('cannot be reached') === true, 'it is told');
  expect(await health()).toMatchObject({ status: 200, check: { ok: false, required: false } });
  const officer = await provider.token({ realm_access: { roles: ['officer@fjordlys', 'operator'] } });
  const early = await ask(GRANTS, officer);
  expect([early.status, codesOf(early)]).toEqual([401, ['UNAUTHENTICATED']]);
  const own = await ask(GRANTS, await token('--role', 'editor', '--organisation', 'fjordlys', '--actor', 'Eva'));
  expect(own.body).toMatchObject({ data: { caller: { actor: 'Eva' } } });

  await provider.start();
  while (!(await health()).check?.ok) await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await ask(GRANTS, officer)).body).toEqual({
    data: {
      caller: {
        actor: 'Kari Nordmann',
        grants: [{ role: 'officer', organisation: { slug: 'fjordlys' } }],
      },
    },
  });
}, 60_000);

test('a subject’s token of the command line is good from end to end, and goes with the role alone', async () => {
  const service = await token('--role', 'service', '--organisation', 'fjordlys');
  const { body } = await ask('{ organisation(slug: "fjordlys") { id } }', service);
  const { id } = (body.data as { organisation: { id: string } }).organisation;
  const registered = await ask(
    `mutation { subjectRegister(input: { organisation: "${id}", externalId: "kari" }) { subject { id } } }`,
    service,
  );
  const kari = (registered.body.data as { subjectRegister: { subject: { id: string } } }).subjectRegister.subject.id;
  const own = await token('--role', 'subject', '--organisation', 'fjordlys', '--subject', kari, '--for', '5m');
  expect((await ask('{ me { id } }', own)).body).toEqual({ data: { me: { id: kari } } });
  const signedIn = await provider.token({ realm_access: { roles: ['subject@fjordlys'] } });
  expect((await ask('{ me { id } }', signedIn)).body).toEqual({ data: { me: { id: kari } } });

  await ask(`mutation { subjectTokensRevoke(input: { subject: "${kari}" }) { position } }`, service);
  for (const ended of [own, signedIn]) {
    const answer = await ask('{ me { id } }', ended);
    expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  }
  const fresh = await token('--role', 'subject', '--organisation', 'fjordlys', '--subject', kari);
  expect((await ask('{ me { id } }', fresh)).body).toEqual({ data: { me: { id: kari } } });

  for (const args of [
    ['--role', 'subject', '--organisation', 'fjordlys'],
    ['--role', 'officer', '--organisation', 'fjordlys', '--subject', kari],
    ['--role', 'subject', '--subject', 'kari'],
  ]) {
    const { code, out } = await line.run(['token', ...args]);
    expect([args, code === 0, out.toString()]).toEqual([args, false, '']);
  }
}, 60_000);
